"""A text as patterns read it: words, and every way in which one or several of them can be read as characters.

"Twenty five" reads as its letters, as 20 and as 25; "dash" is a word and a sign. What stands between two words may join them (a
blank between figures), part them (a blank between words of letters) or end what is read (the end of a sentence).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lect.speech.text.display.numbers import (
    DIGITS,
    SCALES,
    TENS,
    UNITS,
    ZEROS,
    cardinal,
    cardinal_of,
    ordinal,
    suffixed,
)
from lect.speech.text.normalise.characters import UNSPACED

_WORD = re.compile(rf"[0-9]+|{UNSPACED}|(?:(?!{UNSPACED})[^\W\d_])+(?:['\u2019](?:(?!{UNSPACED})[^\W\d_])+)*")
_IS_UNSPACED = re.compile(UNSPACED).match
_LONGEST_WORD = 200  # letters; what is longer is not said
_SENTENCE_END = re.compile(r"[.?!;\u3002\uff01\uff1f\uff1b\u0964\u061f]\S*(?:\s|$)")
_INSIDE_WORD = re.compile(r"[.@_\\]+")  # joins the parts of an address
_MARK_AND_BLANK = re.compile(r"\S\s")
_SIGNS = {
    "dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "colon": ":", "dot": ".", "point": ".", "period": ".",
    "comma": ",", "at": "@", "and": "&", "ampersand": "&", "hash": "#", "pound": "#", "number": "#", "underscore": "_",
    "plus": "+", "percent": "%", "star": "*", "asterisk": "*", "equals": "=", "dollar": "$", "dollars": "$",
    "euros": "€", "pounds": "£", "apostrophe": "'",
}  # fmt: skip
_SHORTENED = frozenset(
    "dr mr mrs ms prof vs st ave rd blvd jr sr no nos fig vol inc ltd co corp dept ext apt approx".split()
)  # a point behind them ends no sentence
_MULTIPLES = {"double": 2, "triple": 3}


@dataclass(frozen=True, slots=True)
class Reading:
    """Words as characters, up to the word `end`."""

    chars: str  # letters small
    original: str  # as many, as they stand in the text
    end: int
    is_spelled: bool = False  # letters said one by one, which classes of letters read
    is_sign: bool = False  # a character that is no letter and no digit


@dataclass(frozen=True, slots=True)
class Text:
    """A text whose words were found."""

    text: str
    words: tuple[re.Match[str], ...]
    readings: tuple[tuple[Reading, ...], ...]  # of each word those that begin with it
    may_begin: tuple[bool, ...]  # whether a pattern may begin with a word
    may_end: tuple[bool, ...]  # whether a pattern may end before a word, or behind the last
    is_parted: tuple[bool, ...]  # whether a word and the one before it are two words for whoever writes them
    is_cut: tuple[bool, ...]  # whether nothing that is read goes from the word before into a word


def read(text: str, *, is_english: bool = True) -> Text:
    """Find the words of a text and their readings."""
    words = tuple(_WORD.finditer(text))
    reader = _Reader(text, words, is_english=is_english)
    gaps = ["", *(text[a.end() : b.start()] for a, b in pairwise(words)), ""]
    inside = [False, *(reader.is_inside(at, gaps[at]) for at in range(1, len(words))), False]
    before = [
        False,
        *(_is_joint(gap, *pair) for gap, pair in zip(gaps[1:-1], pairwise(words), strict=True)),
        False,
    ]
    return Text(
        text=text,
        words=words,
        readings=tuple(reader.readings(at) for at in range(len(words))),
        may_begin=tuple(not (inside[at] or before[at]) for at in range(len(words))),
        may_end=tuple(not (inside[at] or before[at]) for at in range(len(words) + 1)),
        is_parted=tuple(reader.is_parted(at, gaps[at]) for at in range(len(words))),
        is_cut=tuple(reader.is_cut(at, gaps[at]) for at in range(len(words))),
    )


class _Reader:
    """Reads the words of one text."""

    def __init__(self, text: str, words: Sequence[re.Match[str]], *, is_english: bool) -> None:
        self._words = words
        self._is_english = is_english
        self._small = [_letters(word.group()).casefold() for word in words]

    def readings(self, at: int) -> tuple[Reading, ...]:
        """All that begins with a word, the furthest first."""
        word = _letters(self._words[at].group())
        if len(word) > _LONGEST_WORD:
            return ()
        is_spelled = word.isupper() or (len(word) == 1 and not _IS_UNSPACED(word))
        found = [Reading("".join(map(small, word)), word, at + 1, is_spelled=is_spelled)]
        if self._is_english and not word.isdigit():
            found += self._numbers(at)
            if sign := _SIGNS.get(self._small[at]):
                found.append(Reading(sign, sign, at + 1, is_sign=True))
        return tuple(sorted(found, key=lambda reading: -reading.end))

    def _numbers(self, at: int) -> list[Reading]:
        word = self._small[at]
        found: dict[tuple[str, int], None] = {}
        if word in ZEROS:
            found["0", at + 1] = None
        if word in UNITS:
            found[str(UNITS[word]), at + 1] = None
        if word in TENS and not (0 < UNITS.get(self._word(at + 1), 0) < 10):  # "twenty two" is not 20 and 2
            found[str(TENS[word]), at + 1] = None
        if times := _MULTIPLES.get(word):
            follows = self._word(at + 1)
            if digit := "0" if follows in ZEROS else DIGITS.get(follows):
                found[digit * times, at + 2] = None
        if (word in _NUMBERS or word == "a") and (whole := cardinal(self._small, at)):
            found[str(whole[0]), whole[1]] = None
        if (word in _NUMBERS or cardinal_of(word)) and (rank := ordinal(self._small, at)):
            found[suffixed(rank[0]), rank[1]] = None
        return [
            Reading(chars, chars, end)
            for chars, end in found
            if not any(self._ends_sentence(between) for between in range(at + 1, end))
        ]

    def is_inside(self, at: int, gap: str) -> bool:
        """Whether a number goes on from the word before into a word, so that no pattern may begin or end there."""
        if not (self._is_number(at - 1) and self._is_number(at)) or _MARK_AND_BLANK.search(gap):
            return False
        is_one_thing = self._small[at] == "one" and not self._is_number(at + 1)
        return not is_one_thing or self._small[at - 1] in TENS

    def is_parted(self, at: int, gap: str) -> bool:
        """Whether whoever writes leaves something between two words: not between figures and letters that are spelled."""
        if at == 0 or not gap:
            return False
        return not any(
            self._is_number(each) or len(self._small[each]) == 1 or self._small[each] in ZEROS
            for each in (at - 1, at)
        )

    def is_cut(self, at: int, gap: str) -> bool:
        """Whether a sentence ends between two words; "A. B." is none."""
        before = self._small[at - 1]
        return bool(_SENTENCE_END.search(gap)) and len(before) > 1 and before not in _SHORTENED

    def _word(self, at: int) -> str:
        return self._small[at] if at < len(self._small) else ""

    def _ends_sentence(self, at: int) -> bool:
        return self.is_cut(at, self._text_between(at))

    def _text_between(self, at: int) -> str:
        before, word = self._words[at - 1], self._words[at]
        return word.string[before.end() : word.start()]

    def _is_number(self, at: int) -> bool:
        if not 0 <= at < len(self._small):
            return False
        word = self._small[at]
        if not self._is_english:
            return word.isdigit()
        return word.isdigit() or word in _NUMBERS or (word in _BEGIN_NUMBERS and self._is_number(at + 1))


_NUMBERS = frozenset([*UNITS, *TENS, *SCALES, "hundred"])
_BEGIN_NUMBERS = frozenset([*ZEROS, *_MULTIPLES])


def small(char: str) -> str:
    """A character in small, one as well."""
    lowered = char.lower()
    return lowered if len(lowered) == 1 else char


def _letters(word: str) -> str:
    return word.replace("'", "").replace("\u2019", "")


def _is_joint(gap: str, one: re.Match[str], other: re.Match[str]) -> bool:
    """Whether two words are parts of one, such as an address."""
    if not gap:
        return not (_IS_UNSPACED(one.group()) or _IS_UNSPACED(other.group()))
    return bool(_INSIDE_WORD.fullmatch(gap))
