"""A plain transcript dressed as a recogniser writes: with its capitals, punctuation and figures.

Whisper writes "A flat white, please."; who labels speech often writes "a flat white please". Trained on the latter, a model
would unlearn how to write. So the words are those of the transcript, and their dress is what the base model itself wrote.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from lect.speech.scoring.alignment import Edit, Kind, align
from lect.speech.text.normalise import normaliser
from lect.speech.text.normalise.characters import UNSPACED
from lect.speech.text.sentences import ENDS

_LONGEST_SPAN = 8  # columns within which two ways of writing are recognised: "twenty five" and "25"
_MARKS = f"{ENDS},;:\u3001\uff0c\uff1b\uff1a"
_QUOTES = '"()\u201c\u201d\u00ab\u00bb'
_TOKEN = re.compile(rf"\s*(?:{UNSPACED}[^\w\s]*|(?:(?!{UNSPACED})\S)+)")
_PARTS = re.compile(rf"(\s*[\u00bf\u00a1{_QUOTES}]*)(.*?)([{_MARKS}{_QUOTES}]*)", re.DOTALL)
_UNQUOTED = str.maketrans("", "", _QUOTES)
_SELF = re.compile(r"I(?:['\u2019]\w+)?")
_SMALL_SELF = re.compile(r"(?<!\w)i(?=$|[\s'\u2019,.?!;:])")

Words = Callable[[str], list[str]]


@dataclass(frozen=True, kw_only=True)
class _Token:
    """A word of one of the two texts: what stands before it, itself, the marks behind it."""

    before: str
    word: str
    after: str

    def __str__(self) -> str:
        return self.before + self.word + self.after

    @property
    def ends_sentence(self) -> bool:
        return any(mark in ENDS for mark in self.after)


@dataclass(frozen=True, kw_only=True)
class _Column:
    """What stands at one place in the two texts; one side may be empty."""

    reference: Sequence[_Token]
    written: Sequence[_Token]
    same: bool  # the same words, however they are written
    opens: bool  # what was written begins a sentence here


def recased(reference: str, written: str, *, locale: str) -> str:
    """The words of a reference with the capitals, punctuation and figures of what a recogniser wrote.

    Where both are the same words, the form is that of `written`; elsewhere it is that of the reference, and the marks of
    what was written there. A reference keeps what it has: its capitals, if it has any but of `I` and is not in capitals as
    a whole; its marks, if it has any. The words that the normaliser sees never change.

    Args:
        reference: what was said, such as "two flat whites please"
        written: what the recogniser displayed for the same audio, such as "2 flat whites, please."
        locale: whose normaliser says which words are the same
    """
    words = normaliser(locale).words
    cased, marked = is_cased(reference), is_marked(reference)
    if (cased and marked) or not words(reference):
        return reference
    theirs = _tokens(written.translate(_UNQUOTED))
    columns = list(_columns(_tokens(_without_capitals(reference)), theirs, words))
    tokens = _dressed(columns, cased=cased, marked=marked)
    if not marked and theirs and theirs[-1].ends_sentence and not tokens[-1].ends_sentence:
        tokens[-1] = replace(tokens[-1], after=theirs[-1].after)
    text = _text(tokens)
    return text if words(text) == words(reference) else reference


def _tokens(text: str) -> list[_Token]:
    parts = [_PARTS.fullmatch(token) for token in _TOKEN.findall(text.rstrip())]
    return [_Token(before=part[1], word=part[2], after=part[3]) for part in parts if part]


def _text(tokens: Sequence[_Token]) -> str:
    return "".join(map(str, tokens)).strip()


def is_cased(text: str) -> bool:
    """Whether a text has capitals that say something."""
    words = [token.word for token in _tokens(text) if not _SELF.fullmatch(token.word)]
    return not _is_in_capitals(text) and any(char.isupper() for word in words for char in word)


def _is_in_capitals(text: str) -> bool:
    return text.isupper() and sum(len(word) > 1 for word in text.split()) > 1


def _without_capitals(text: str) -> str:
    return _SMALL_SELF.sub("I", text.lower()) if _is_in_capitals(text) else text


def is_marked(text: str) -> bool:
    """Whether a text has marks that part or end sentences."""
    return any(mark in _MARKS for token in _tokens(text) for mark in token.after)


# --- What stands at the same place -----------------------------------------------------------------------------------


def _columns(reference: Sequence[_Token], written: Sequence[_Token], words: Words) -> Iterator[_Column]:
    edits = align(_keys(reference, words), _keys(written, words)).edits
    at, i, j = 0, 0, 0
    while at < len(edits):
        end = _same_until(edits, at, reference[i:], written[j:], words)
        n, m = _lengths(edits[at : max(end, at + 1)])
        yield _Column(
            reference=reference[i : i + n],
            written=written[j : j + m],
            same=end > at,
            opens=j == 0 or written[j - 1].ends_sentence,
        )
        at, i, j = max(end, at + 1), i + n, j + m


def _keys(tokens: Sequence[_Token], words: Words) -> list[str]:
    return [" ".join(words(token.word)) or token.word for token in tokens]


def _lengths(edits: Sequence[Edit]) -> tuple[int, int]:
    """How many words of the reference, and of what was written, some columns hold."""
    reference = sum(edit.reference is not None for edit in edits)
    return reference, sum(edit.hypothesis is not None for edit in edits)


def _same_until(
    edits: Sequence[Edit], at: int, reference: Sequence[_Token], written: Sequence[_Token], words: Words
) -> int:
    """The end of the longest span from here on whose two sides are the same words; `at` if there is none."""
    if edits[at].kind is Kind.CORRECT:
        return at + 1
    for end in range(min(at + _LONGEST_SPAN, len(edits)), at, -1):
        n, m = _lengths(edits[at:end])
        same = n and m and edits[end - 1].kind is not Kind.CORRECT
        if same and words(_text(reference[:n])) == words(_text(written[:m])):
            return end
    return at


# --- How it is written -----------------------------------------------------------------------------------------------


def _dressed(columns: Sequence[_Column], *, cased: bool, marked: bool) -> list[_Token]:
    tokens: list[_Token] = []
    for column, follower in zip(columns, [*columns[1:], None], strict=True):
        if not column.reference:
            continue
        after = column.reference[-1].after
        if not marked and column.written and (column.same or not follower or follower.same):
            after = column.written[-1].after or after
        elif not marked and tokens and not column.written:  # the mark comes behind what the recogniser missed
            after, tokens[-1] = tokens[-1].after or after, replace(tokens[-1], after="")
        starts = not tokens or tokens[-1].ends_sentence
        form = _form(column, starts=starts, cased=cased)
        form[-1] = replace(form[-1], after=after)
        tokens += [replace(form[0], word=_capitalised(form[0].word)), *form[1:]] if starts else form
    return tokens


def _form(column: _Column, *, starts: bool, cased: bool) -> list[_Token]:
    """The words of a column as one of the two wrote them."""
    reference, written = column.reference, column.written
    if not column.same or not _is_better(_text(written), _text(reference), cased=cased):
        return list(reference)
    first = written[0].word
    if column.opens and not starts and first.istitle() and reference[0].word.islower() and first != "I":
        return list(reference)  # its capital is that of a sentence which does not begin here
    before = reference[0].before
    if starts and not before.strip():
        before += written[0].before.strip()
    return [replace(written[0], before=before), *written[1:]]


def _is_better(written: str, reference: str, *, cased: bool) -> bool:
    """Whether to take what was written: the same letters, or figures; not another spelling."""
    if _letters(written) == _letters(reference):
        return not cased
    return any(char.isdigit() or unicodedata.category(char) == "Sc" for char in written + reference)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _capitalised(word: str) -> str:
    return word[:1].upper() + word[1:] if word.islower() else word
