"""Text in UTF-8 that was read as Latin-1 or Windows-1252 and saved again: `pokÃ©mon` for `pokémon`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable

_SHOWN = 40  # characters of the word, in messages
_MOST_TIMES = 3  # that a text was saved so
_AS_LATIN_1 = {  # the characters that Windows-1252 has where Latin-1 has control codes
    ord(bytes([byte]).decode("cp1252")): chr(byte)
    for byte in range(0x80, 0xA0)
    if byte not in {0x81, 0x8D, 0x8F, 0x90, 0x9D}
}

_NEXT = "[\x80-\xbf]"
_CLOSING = r"\x85\x8b\x91-\x94\x96\x97\x9b\xab\xbb"  # … ‹ ‘ ’ “ ” – — › « »
# These and a hard blank follow a capital at the end of sound words, too: `GRÅ…`, `»MÄ«`.
_LAST = rf"(?:[\x80-\xbf](?<![{_CLOSING}\xa0])|[{_CLOSING}](?=\w))"
_LATIN = (  # é, ł, ș, ệ
    rf"[\xc3-\xc5]{_LAST}|(?<=[a-z])[\xc3-\xc5]{_NEXT}|(?<![A-Z\xc0-\xde])[\xc2\xc3]\xa0|\xc2(?=[\xa1-\xbf]){_LAST}"
    rf"|\xc8[\x98-\x9b](?=\w)|\xe1[\xb8-\xbb]{_LAST}"
)
_SIGN = rf"\xe2[\x80-\x84]{_NEXT}|\xf0\x9f{_NEXT}{{2}}"  # quotation marks, dashes, €, emoji
# Other scripts take at least two letters: one alone may be a foreign letter between marks.
_SCRIPT = rf"(?:[\xc6-\xdf]{_NEXT}|[\xe0-\xef]{_NEXT}{{2}}){{2,}}"
_GARBLED = re.compile(f"{_LATIN}|{_SIGN}|{_SCRIPT}")


def mojibake(text: str) -> Iterator[Problem]:
    """What is wrong with a text whose letters were torn into their bytes; a rule as those of `rules`."""
    if text.isascii() or (first := _GARBLED.search(text.translate(_AS_LATIN_1))) is None:
        return
    start = text.rfind(" ", 0, first.start()) + 1
    end = text.find(" ", first.end())
    word = text[start : None if end < 0 else end]
    if (meant := restored(word)) != word:
        yield Problem(
            code=Code.MOJIBAKE,
            column=first.start() + 1,
            message=f"{printable(word[:_SHOWN])!r} is probably {printable(meant[:_SHOWN])!r}, "
            "in UTF-8 that was read as another encoding and saved again",
            suggestion="Export the text anew as UTF-8, or write what is meant.",
        )


def restored(text: str) -> str:
    """The text as it probably was.

    >>> restored("pokÃ©mon â€“ cafÃƒÂ©")
    'pokémon – café'
    """
    for _ in range(_MOST_TIMES):
        bytes_of = text.translate(_AS_LATIN_1)
        if (mended := _mended(text, bytes_of)) == text:
            break
        text = mended
    return text


def _mended(text: str, bytes_of: str) -> str:
    """The text with letters in place of what, in `bytes_of`, are their bytes."""
    parts, at = [], 0
    for match in _GARBLED.finditer(bytes_of):
        parts += [text[at : match.start()], _decoded(match[0]) or text[match.start() : match.end()]]
        at = match.end()
    return "".join([*parts, text[at:]])


def _decoded(letters: str) -> str:
    try:
        return letters.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return ""
