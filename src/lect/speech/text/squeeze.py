"""A text without what recognisers write in several ways: `Three C.P.O.`, `3 CPO` and `3-cpo` all squeeze to `3cpo`.

Letters lose their case, in English their accents, and what stands between them; numbers are their digits, whether said one by
one, in pairs or as a whole ("twelve thirty four" is `1234`), and nought is the letter that it is said as; signs are what they are
called.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from lect.speech.text.accents import without_accents
from lect.speech.text.normalise import spelling
from lect.speech.text.normalise.characters import UNSPACED

_MARKS = "\u0300-\u036f\u0900-\u0963\u0966-\u0dff"  # accents and vowel signs that `\w` leaves out
_LETTER = rf"(?:(?!{UNSPACED})[^\W\d_]|[{_MARKS}])"
_ATOM = re.compile(
    rf"{UNSPACED}|\d+(?:\.\d+)*|[A-Z]{{2,}}(?=s(?!\w))|{_LETTER}+|[&+@%#*]|(?<![\w.\-/])[.\-/](?=\w)"
)
_JOINT = re.compile(r"\s*|[-\u2010-\u2013'\u2019._/:,]|\s?[-\u2010-\u2013/]\s?")
_SPELLED_JOINT = re.compile(r"[.,]\s")  # "C, P, O" and "C. P. O."
_INSIDE = re.compile(r"[.'\u2019_:,]?")  # with this between them, two atoms are one word
_APOSTROPHE = re.compile(r"['\u2019]")
_UNSPACED = re.compile(UNSPACED)

_SIGNS = {
    "dot": ".", "point": ".", "period": ".", "dash": "-", "hyphen": "-", "minus": "-", "slash": "/",
    "underscore": "_", "plus": "+", "and": "&", "at": "@", "percent": "%", "sharp": "#", "hash": "#", "star": "*",
}  # fmt: skip
_SILENT = frozenset("._-/")  # inside a term these part, and nobody can tell whether they were said
SAID_SIGNS = {sign: name for name, sign in reversed(_SIGNS.items()) if sign not in _SILENT}  # `&` is "and"
_POINTS = frozenset({"point", "dot"})
_MOST_POINTS = 3  # 192.168.1.1
NOUGHTS = {"oh": "o", "nought": "o", "naught": "o"}
_TIMES = {"double": 2, "triple": 3}


class Atom(NamedTuple):
    """Letters, digits or a sign: `text[start:end]`."""

    start: int
    end: int
    folded: str


class Squeezed:
    """A text as atoms, each with its part of the squeezed text."""

    def __init__(self, text: str, language: str) -> None:
        self.text = text
        self._is_english = language == "en"
        fold = _plain if self._is_english else _folded
        self.atoms = [Atom(*match.span(), fold(match.group())) for match in _ATOM.finditer(text)]
        self._cardinals, self._first_words, self._longest = _cardinals(language)

    @property
    def whole(self) -> str:
        """All of it squeezed, whatever stands between."""
        parts, at = "", 0
        while at < len(self.atoms):
            part, at = self.part(at, first=at == 0)
            parts += part
        return parts

    def part(self, at: int, *, first: bool = False) -> tuple[str, int]:
        """What an atom, and perhaps those behind it, squeeze to, and where the next part begins.

        A sign that parts is nothing, unless it is the first of a term (`.NET`).
        """
        digits, end = self.number(at)
        if digits:
            return digits.replace("0", "o"), end
        word = self.atoms[at].folded
        if not self._is_english:
            return word, at + 1
        if word in _TIMES and self.joins(at + 1) and self.atoms[at + 1].folded not in _TIMES:
            part, end = self.part(at + 1)
            if len(part) == 1:
                return part * _TIMES[word], end
        part = NOUGHTS.get(word) or _SIGNS.get(word, word)
        return ("" if part in _SILENT and not first else part), at + 1

    def parts(self, at: int = 0, end: int | None = None) -> list[str]:
        """What some atoms, or all, squeeze to, part by part."""
        found = []
        while at < (len(self.atoms) if end is None else end):
            part, at = self.part(at)
            found.append(part)
        return found

    def joins(self, at: int) -> bool:
        """Whether an atom may belong to the same term as the one before it."""
        if not 0 < at < len(self.atoms):
            return False
        gap = self._gap(at)
        spelled = self.atoms[at - 1].folded.isdecimal() or len(self.atoms[at - 1].folded) == 1
        return bool(_JOINT.fullmatch(gap) or (spelled and _SPELLED_JOINT.fullmatch(gap)))

    def opens(self, at: int) -> bool:
        """Whether a word begins with this atom."""
        return at == 0 or not self._is_inside(at)

    def closes(self, at: int) -> bool:
        """Whether a word ends with this atom, or what follows is the ending of `3CPO's` or `UPSs`."""
        if at + 1 == len(self.atoms) or not self._is_inside(at + 1):
            return True
        if self.atoms[at + 1].folded != "s" or not (at + 2 == len(self.atoms) or not self._is_inside(at + 2)):
            return False
        gap = self._gap(at + 1)
        return bool(_APOSTROPHE.fullmatch(gap)) or (not gap and self.written(at).isupper())

    def written(self, at: int) -> str:
        """An atom as it stands in the text."""
        return self.text[self.atoms[at].start : self.atoms[at].end]

    def span(self, at: int, end: int) -> tuple[int, int]:
        """Where some atoms begin and end in the text."""
        return self.atoms[at].start, self.atoms[end - 1].end

    def _gap(self, at: int) -> str:
        return self.text[self.atoms[at - 1].end : self.atoms[at].start]

    def _is_inside(self, at: int) -> bool:
        """Whether an atom continues the word of the atom before it."""
        gap = self._gap(at)
        if not gap and (_UNSPACED.match(self.written(at)) or _UNSPACED.match(self.written(at - 1))):
            return False
        return bool(_INSIDE.fullmatch(gap))

    def number(self, at: int) -> tuple[str, int]:
        """The digits of the longest number that begins here, with its decimals; empty if there is none."""
        digits, end = self._whole_number(at)
        for _ in range(_MOST_POINTS):
            decimals, after = self._whole_number(end + 1) if digits and self._is_point(end) else ("", end)
            if not decimals:
                break
            digits, end = f"{digits}.{decimals}", after
        return digits, end

    def _whole_number(self, at: int) -> tuple[str, int]:
        if self.atoms[at].folded[0].isdecimal():
            return self.atoms[at].folded, at + 1
        value, end = self._cardinal(at)
        if value and self._is_english and self.joins(end) and self.atoms[end].folded == "thousand":
            value, end = value * 1000, end + 1
            rest, after = self._cardinal(end) if self.joins(end) else (None, end)
            value, end = value + (rest or 0), after
        return ("" if value is None else str(value)), end

    def _cardinal(self, at: int) -> tuple[int | None, int]:
        """A number below a thousand in words: its value, None if there is none, and where it ends."""
        value, best = None, at
        phrase: tuple[str, ...] = ()
        if self.atoms[at].folded not in self._first_words:
            return None, at
        for end in range(at, min(at + self._longest, len(self.atoms))):
            if end > at and not self.joins(end):
                break
            phrase = (*phrase, self.atoms[end].folded)
            if phrase in self._cardinals:
                value, best = self._cardinals[phrase], end + 1
        return value, best

    def _is_point(self, at: int) -> bool:
        """Whether a spoken decimal point stands here with something behind it."""
        return self._is_english and self.joins(at) and self.joins(at + 1) and self.atoms[at].folded in _POINTS


def _folded(text: str) -> str:
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def _plain(text: str) -> str:
    return text.lower() if text.isascii() else _folded(without_accents(text))


@cache
def _cardinals(language: str) -> tuple[Mapping[tuple[str, ...], int], frozenset[str], int]:
    """Every spelling of 0 to 999, the words that these begin with, and how many words the longest has."""
    if language not in spelling.SPELLERS:
        return {}, frozenset(), 0
    spelled = spelling.cardinals(spelling.SPELLERS[language])
    table = {tuple(map(_folded, phrase)): value for phrase, value in spelled.items()}
    return table, frozenset(phrase[0] for phrase in table), max(map(len, table))
