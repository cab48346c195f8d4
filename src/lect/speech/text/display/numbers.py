"""Numbers in English words: where one begins, how far it goes, and how it is written.

A reader looks at the words from a position on and answers with what it read and where that ends, or None.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from lect.speech.text.normalise import spelling

Words = Sequence[str]

SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
UNITS = {spelling.english(value)[0]: value for value in range(20)}
TENS = {spelling.english(value)[0]: value for value in range(20, 100, 10)}
DIGITS = {name: str(value) for name, value in UNITS.items() if value < 10}
ZEROS = frozenset({"oh", "o"})
FRACTIONS: dict[tuple[str, ...], str] = {
    ("a", "half"): "½",
    ("one", "half"): "½",
    ("a", "quarter"): "¼",
    ("one", "quarter"): "¼",
    ("three", "quarters"): "¾",
}

_ORDINALS = {spelling.english_ordinal(name): name for name in [*UNITS, *TENS, *SCALES, "hundred"]}
_FIGURES = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_LONGEST_FRACTION = 9  # digits said one by one behind "point"


@dataclass(frozen=True)
class Written:
    """A written form, and the word behind what it stands for."""

    text: str
    end: int


@dataclass(frozen=True)
class Number:
    """A number as it was said, and the word behind it."""

    whole: int
    end: int
    fraction: str = ""  # digits behind the point, or a sign such as ½
    scale: str = ""  # of a decimal or round number: million, billion, trillion
    is_article: bool = False  # "a hundred"
    figures: str = ""  # as it stands in the text already: "16", "1,200"

    @property
    def is_small(self) -> bool:
        """Whether it stays a word where nothing else speaks for digits: below ten, or a vague "a hundred"."""
        if self.figures or self.fraction:
            return False
        return self.is_article or (self.whole < 10 and not self.scale)

    def written(self, *, group: int = 5) -> str:
        """In digits; with commas from `group` digits on."""
        if self.figures:
            text = self.figures
        else:
            text = f"{self.whole:,}" if len(str(self.whole)) >= group else str(self.whole)
            if self.fraction.isascii() and self.fraction:
                text += f".{self.fraction}"
            elif self.fraction:
                text = (text if self.whole else "") + self.fraction
        return f"{text} {self.scale}" if self.scale else text


def word(words: Words, at: int) -> str:
    """The word at a position; nothing before the first and behind the last."""
    return words[at] if 0 <= at < len(words) else ""


def number(words: Words, at: int) -> Number | None:
    """A cardinal, a decimal or a mixed number, such as `two hundred and five`, `one point five million`."""
    found = _figures(words, at) or _cardinal(words, at)
    if found is None:
        return None
    if digits := _behind_point(words, found.end):
        found = Number(found.whole, digits[1], digits[0])
    elif fraction := _fraction(words, found.end):
        return Number(found.whole, found.end + 3, fraction)
    return _scaled(found, words)


def cardinal(words: Words, at: int) -> tuple[int, int] | None:
    """A whole number in words, such as `two hundred and five`: its value and its end."""
    found = _cardinal(words, at)
    return (found.whole, found.end) if found else None


def whole_number(words: Words, at: int, *, most: int = 99, least: int = 0) -> tuple[int, int] | None:
    """A number of units and tens alone, in words or digits: its value and its end."""
    token = word(words, at)
    if token.isascii() and token.isdigit() and len(token) <= 2:
        value, end = int(token), at + 1
    else:
        found = _below_hundred(words, at)
        if found is None:
            return None
        value, end = found
    return (value, end) if least <= value <= most else None


def ordinal(words: Words, at: int) -> tuple[int, int] | None:
    """`twenty first`, `one hundred and fifth`: its value and its end."""
    for length in range(min(8, len(words) - at), 0, -1):
        last = cardinal_of(words[at + length - 1])
        if not last:
            continue
        phrase = [*words[at : at + length - 1], last]
        found = _cardinal(phrase, 0)
        if found and found.end == length and not found.is_article:
            return found.whole, at + length
    return None


def suffixed(value: int) -> str:
    """`21` as `21st`."""
    return f"{value}{spelling.english_ending(str(value))}"


def year(words: Words, at: int) -> tuple[str, int] | None:
    """`nineteen eighty four`, `twenty oh nine`, `two thousand and one`: four digits and the end."""
    token = word(words, at)
    if re.fullmatch(r"(?:1\d|20)\d\d", token):
        return token, at + 1
    if (head := whole_number(words, at, least=10, most=20)) and (pair := _pair(words, head[1])):
        return f"{head[0]}{pair[0]}", pair[1]
    found = _cardinal(words, at)
    if found and not found.is_article and (1100 <= found.whole <= 2099):
        return str(found.whole), found.end
    return None


def _pair(words: Words, at: int) -> tuple[str, int] | None:
    """Two digits said as one number or with an oh: `eighty four`, `oh five`."""
    if word(words, at) in ZEROS and word(words, at + 1) in DIGITS and word(words, at + 1) != "zero":
        return "0" + DIGITS[words[at + 1]], at + 2
    found = _below_hundred(words, at)
    return (str(found[0]), found[1]) if found and found[0] >= 10 else None


def two_digits(words: Words, at: int) -> tuple[str, int] | None:
    """Two digits behind an hour or an amount: `thirty`, `oh five`, `05`."""
    token = word(words, at)
    if token.isascii() and token.isdigit() and len(token) == 2:
        return token, at + 1
    return _pair(words, at)


def _figures(words: Words, at: int) -> Number | None:
    """A number that is in digits already."""
    token = word(words, at)
    if not _FIGURES.fullmatch(token) or len(token) > 20:
        return None
    return Number(int(token.split(".")[0].replace(",", "")), at + 1, figures=token)


def _cardinal(words: Words, at: int) -> Number | None:
    """A whole number in words: groups below a thousand with falling scales."""
    total, end, ceiling = 0, at, 10**15
    is_article = word(words, at) == "a"
    while True:
        start = end + (end > at and word(words, end) == "and")
        group = _below_thousand(words, start, article=end == at)
        if group is None or (start > end and group[0] >= 100):
            break
        value, group_end = group
        scale = SCALES.get(word(words, group_end), 1)
        if scale >= ceiling or (end > at and not value):
            break
        if is_article and end == at and scale == 1 and value < 100:
            return None
        total, end, ceiling = total + value * scale, group_end + (scale > 1), scale
        if scale == 1 or not value:
            break
    if end == at:
        return None
    return Number(total, end, is_article=is_article and end == at + 2)


def _below_thousand(words: Words, at: int, *, article: bool) -> tuple[int, int] | None:
    """`two hundred and five`, `twelve hundred`; with an article `a hundred`, and `a` before thousand."""
    if article and word(words, at) == "a":
        if word(words, at + 1) in SCALES:
            return 1, at + 1
        head: tuple[int, int] | None = (1, at + 1) if word(words, at + 1) == "hundred" else None
    else:
        head = _below_hundred(words, at)
    if head is None:
        return None
    value, end = head
    if word(words, end) != "hundred" or not value or value % 10 == 0:
        return head
    value, end = value * 100, end + 1
    link = word(words, end) == "and"
    rest = _below_hundred(words, end + link)
    if rest and rest[0]:
        return value + rest[0], rest[1]
    return value, end


def _below_hundred(words: Words, at: int) -> tuple[int, int] | None:
    first = word(words, at)
    if first in UNITS:
        return UNITS[first], at + 1
    if first not in TENS:
        return None
    unit = UNITS.get(word(words, at + 1), 0)
    return (TENS[first] + unit, at + 2) if 0 < unit < 10 else (TENS[first], at + 1)


def _behind_point(words: Words, at: int) -> tuple[str, int] | None:
    """The digits said behind `point`, one by one or as a pair (`three point twelve`), and their end."""
    if word(words, at) != "point":
        return None
    digits = ""
    for said in words[at + 1 : at + 1 + _LONGEST_FRACTION]:
        digit = "0" if said in ZEROS else DIGITS.get(said)
        if digit is None:
            break
        digits += digit
    return (digits, at + 1 + len(digits)) if digits else _pair(words, at + 1)


def _fraction(words: Words, at: int) -> str:
    """The sign of `and a half` behind a number."""
    return FRACTIONS.get(tuple(words[at + 1 : at + 3]), "") if word(words, at) == "and" else ""


def _scaled(found: Number, words: Words) -> Number:
    """The number with its scale as a word, where that is shorter: `1.5 million`, `3 billion`."""
    behind = word(words, found.end)
    if (found.fraction or found.figures) and behind in SCALES:
        return Number(found.whole, found.end + 1, found.fraction, behind, figures=found.figures)
    for name, scale in reversed(SCALES.items()):
        if scale >= 10**6 and not found.fraction and not found.figures and found.whole >= scale:
            if found.whole % scale == 0:
                return Number(found.whole // scale, found.end, scale=name, is_article=found.is_article)
            break
    return found


@lru_cache(maxsize=65_536)
def cardinal_of(ordinal_word: str) -> str:
    """The cardinal of an ordinal word: `fifth` gives `five`; nothing for other words."""
    return _ORDINALS.get(ordinal_word, "")
