"""The words of a text as the language model counts them, and the same rules for a text that arrives in pieces.

A word is a run of letters, marks and digits, lower case, with apostrophes inside; everything else parts words. In scripts
written without blanks (Chinese, Japanese, Thai, Lao, Burmese, Khmer) each character is a word. A sentence ends where
`.`, `?` or `!` is followed by a blank ("3.5" has none), or at the full stop of a script that uses no blank after it.
A tag is a word, too: one letter of a private plane, which stands for any item of a class.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

from lect.core.errors import LimitExceeded

# Of the probability of a known word: its plural and possessive, where these are not known themselves.
INFLECTED = 0.1
_SHORTEST_STEM = 3  # letters; shorter words have too many namesakes

BREAK = " "  # a word ends
STOP = "."  # a word and its sentence end

_UNSPACED_RANGES = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Burmese, Khmer
    "\u3041-\u30fa\u30fc-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # kana, Han
)
# Vowel signs and accents that `\w` leaves out although they stand inside words.
_MARKS = (
    "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0670\u0900-\u0963\u0966-\u0dff"
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
)
_FIRST_TAG, _LAST_TAG = 0xF0000, 0xFFFFD
_TAGS = f"{chr(_FIRST_TAG)}-{chr(_LAST_TAG)}"
_LETTER = rf"[\w{_MARKS}{_TAGS}]"
_PUNCTUATION = rf"[^\w{_MARKS}{_TAGS}\s]"
_WORD_PATTERN = rf"{_LETTER}++(?:'{_LETTER}++)*+"
# A run of punctuation that holds a stop, then a blank. It starts only where the run starts and never backtracks,
# so that a line of ten million dots takes linear time.
_STOP_PATTERN = rf"(?<!{_PUNCTUATION})(?=[^\w{_MARKS}{_TAGS}\s.?!]*+[.?!]){_PUNCTUATION}++\s"

_UNSPACED = re.compile(f"[{_UNSPACED_RANGES}]")
_TAG = re.compile(f"[{_TAGS}]")
_DECADE = re.compile(r"(?<!\S)\d{3}0$")
_FULL_STOP = re.compile("[\u3002\uff61\uff01\uff1f\u061f\u0964\u0965]")  # of Chinese, Japanese, Arabic, Hindi
WORD = re.compile(_WORD_PATTERN)
_STOP = re.compile(_STOP_PATTERN)
_OPERATION = re.compile(rf"(?P<stop>{_STOP_PATTERN})|(?P<letters>'?{_WORD_PATTERN})|.", re.DOTALL)
_OPEN_STOP = re.compile(rf"[.?!]{_PUNCTUATION}*\Z")


def tag(number: int) -> str:
    """The word that stands for any item of a class.

    Raises:
        LimitExceeded: There is no tag for so many classes.
    """
    if not 0 <= number <= _LAST_TAG - _FIRST_TAG:
        raise LimitExceeded(f"There are more than {number:,} lists.", hint="Join some of them.")
    return chr(_FIRST_TAG + number)


def without_tags(line: str) -> str:
    """The line without letters that would be taken for tags."""
    return line if line.isascii() else _TAG.sub(" ", line)


def words_of(text: str) -> list[str]:
    """All words of a text, lower case.

    >>> words_of("St. Mary's, 2-door")
    ['st', "mary's", '2', 'door']
    """
    return [word for sentence in sentences(text) for word in sentence]


def written_words(text: str) -> list[str]:
    """All words of a text, which keep their capitals."""
    return [word for sentence in written_sentences(text) for word in sentence]


def stem(word: str, *, language: str) -> str:
    """The word of which this may be the plural or the possessive, empty if it is none. English alone has this rule.

    Of numbers only decades have a plural: "bay 12 so far" is easily heard as "bay 12s so far", and "X 40" as "X 40s".

    >>> [stem(word, language="en") for word in ("lattes", "latte's", "as", "boss", "1990s", "12s", "x 40s")]
    ['latte', 'latte', '', '', '1990', '', '']
    >>> stem("lucas", language="it")
    ''
    """
    if language != "en":
        return ""
    found = word[:-1].removesuffix("'") if word.endswith("s") else ""
    if len(found) < _SHORTEST_STEM or found.endswith("s"):
        return ""
    return found if not found[-1].isdecimal() or _DECADE.search(found) else ""


def written_sentences(line: str) -> Iterator[list[str]]:
    """The sentences of a line as lists of words that keep their capitals; empty sentences are left out."""
    if line.isascii() and line.replace(" ", "").isalnum():
        yield line.split()  # as below, and four times faster: items of lists come by the hundred thousand
        return
    for sentence in _STOP.split(_prepare(line)):
        words = WORD.findall(sentence)
        if words:
            yield words


def lower(words: list[str]) -> list[str]:
    """The same words in lower case, one for one."""
    return _lower(" ".join(words)).split(" ") if words else []


def folded(word: str) -> str:
    """A written word as vocabularies hold it.

    >>> folded("Κόσμος")
    'κόσμοσ'
    """
    return _lower(unified(word))


def sentences(line: str) -> list[list[str]]:
    """The sentences of a line as lists of lower-case words.

    >>> sentences("Two 16-ounce lattes. Don't rush!")
    [['two', '16', 'ounce', 'lattes'], ["don't", 'rush']]
    """
    return [lower(words) for words in written_sentences(line)]


def operations(data: bytes) -> tuple[tuple[str, ...], bytes]:
    """What a piece of text does to the words before it.

    Args:
        data: Bytes of UTF-8 text cut anywhere, even inside a character, after the carry of the piece before.

    Returns:
        The operations in order: letters that continue the open word or begin one, `BREAK` and `STOP`; and the carry,
        the bytes at the end whose meaning depends on what follows. Letters that begin with an apostrophe lose it where
        no word is open. Any cutting of a text in NFC, as recognisers write it, gives the same words and sentences as
        `sentences` of the whole.
    """
    decoded, used = codecs.utf_8_decode(data, "replace", False)
    text, carry = _split_open_end(_lower(_prepare(decoded)))
    found: list[str] = []
    for match in _OPERATION.finditer(text):
        operation = match["letters"] or (STOP if match["stop"] else BREAK)
        if operation != BREAK or found[-1:] != [BREAK]:
            found.append(operation)
    return tuple(found), carry + data[used:]


def _split_open_end(text: str) -> tuple[str, bytes]:
    """The text that is settled, and what must wait: an apostrophe or a stop at the very end."""
    if _OPEN_STOP.search(text):
        return text, b"."  # the word before it has ended in any case
    if text.endswith("'"):
        return text[:-1], b"'"
    return text, b""


def unified(text: str) -> str:
    """The text with one way to write an accented letter (NFC: as one character) and an apostrophe."""
    return text if text.isascii() else unicodedata.normalize("NFC", text).replace("\u2019", "'")


def _prepare(text: str) -> str:
    """Unify letters, apostrophes and full stops, and put blanks around the characters that are words by themselves."""
    if not text.isascii():
        text = _FULL_STOP.sub(". ", unified(text))
        text = _UNSPACED.sub(r" \g<0> ", text)
    return text.replace("_", " ")


def _lower(text: str) -> str:
    """Lower case that does not depend on the neighbours (the Greek final sigma does)."""
    return text.lower().replace("\u03c2", "\u03c3")
