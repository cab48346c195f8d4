"""Numbers to one form, whether written in words or in digits.

Words are read by the language's own spelling of 0 to 999 (turned around into a table, so that nothing but a
well-formed number is taken for one) and by its words for thousand, million and so on. Digits stand for themselves.
Neighbouring numbers are put together, because the ear cannot part them:

    zero three five one, 0 3 5 1, 0351      nineteen eighty four, 1984      three fifty one, 351

The result is one token up to two digits. Longer numbers are scored digit by digit, so that one misheard digit of a
telephone number is one error of many; short round ones keep their word: `1 9 8 4`, but `20 thousand`, `2 million`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

Phrase = tuple[str, ...]
_Entry = TypeVar("_Entry", int, str)
_MOST_DIGITS = 15
_LARGEST = 10**18


@dataclass(frozen=True)
class NumberWords:
    """How a language says numbers."""

    cardinals: Mapping[Phrase, int]  # 0..999, every spelling
    powers: Mapping[str, int]  # thousand is 3
    rounds: tuple[tuple[int, str], ...] = ()  # round ends from the longest, as they are written
    ordinals: Mapping[Phrase, str] = field(default_factory=dict)  # twenty first: 21st
    between: Mapping[str, str] = field(default_factory=dict)  # digits only between two numbers: one OH five
    links: frozenset[str] = frozenset()  # one thousand AND five
    articles: frozenset[str] = frozenset()  # A thousand
    bare: frozenset[str] = frozenset()  # powers that stand alone: mille, tausend

    @cached_property
    def _longest(self) -> int:
        return max(map(len, (*self.cardinals, *self.ordinals)))

    @cached_property
    def _first_words(self) -> frozenset[str]:
        return (
            frozenset(phrase[0] for phrase in (*self.cardinals, *self.ordinals)) | self.articles | self.bare
        )

    def collapse(self, words: Sequence[str]) -> list[str]:
        """The words with all numbers in their one form."""
        return list(self._collapsed(words))

    def _collapsed(self, words: Sequence[str]) -> Iterator[str]:
        at, run = 0, ""
        while at < len(words):
            digits, end = self._number(words, at)
            if not digits and run and words[at] in self.between and self._number(words, at + 1)[0]:
                digits, end = self.between[words[at]], at + 1
            if digits:
                run, at = run + digits, end
                continue
            yield from self._written(run)
            run = ""
            ordinal, length = _longest_match(self.ordinals, words, at, self._longest)
            yield ordinal or words[at]
            at += length or 1
        yield from self._written(run)

    def _written(self, digits: str) -> list[str]:
        """The one form of a string of digits."""
        for power, name in self.rounds:
            head = digits[:-power]
            if 0 < len(head) <= 3 and head[0] != "0" and not digits[-power:].strip("0"):
                return [head, name]
        return list(digits) if len(digits) > 2 else [digits] if digits else []

    def _number(self, words: Sequence[str], at: int) -> tuple[str, int]:
        """The digits of the number that begins here and where it ends; no digits if there is none."""
        if at >= len(words) or not (is_digits(words[at]) or words[at] in self._first_words):
            return "", at
        if is_digits(words[at]) and not self._power(words, at + 1):
            return words[at], at + 1
        total, ceiling, start = 0, _LARGEST, at
        while ceiling > 1:
            linked = at > start and at < len(words) and words[at] in self.links
            value, end, unit = self._term(words, at + linked, spelled=linked)
            if end == at + linked or value >= ceiling:
                break
            total, at, ceiling = total + value, end, unit
        return (str(total) if at > start else ""), at

    def _term(self, words: Sequence[str], at: int, *, spelled: bool) -> tuple[int, int, int]:
        """A number below a thousand with its powers: its value, its end, and the last power as a number."""
        if at >= len(words):
            return 0, at, 1
        if words[at] in self.articles and self._power(words, at + 1):
            value, end = 1, at + 1
        elif words[at] in self.bare:
            value, end = 1, at
        elif not spelled and is_digits(words[at]) and len(words[at]) < _MOST_DIGITS:
            value, end = int(words[at]), at + 1
        else:
            cardinal, length = _longest_match(self.cardinals, words, at, self._longest)
            if not length or _longest_match(self.ordinals, words, at, self._longest)[1] > length:
                return 0, at, 1
            value, end = cardinal or 0, at + length
        unit = 1
        while value and (power := self._power(words, end)) and value * 10**power < _LARGEST:
            value, unit, end = value * 10**power, 10**power, end + 1
        return value, end, unit

    def _power(self, words: Sequence[str], at: int) -> int:
        return self.powers.get(words[at], 0) if at < len(words) else 0


def is_digits(word: str) -> bool:
    """Whether the word is of digits 0-9 alone."""
    return word.isascii() and word.isdigit()


def _longest_match(
    table: Mapping[Phrase, _Entry], words: Sequence[str], at: int, longest: int
) -> tuple[_Entry | None, int]:
    """The entry of the longest phrase that begins here, and its length in words."""
    for length in range(min(longest, len(words) - at), 0, -1):
        entry = table.get(tuple(words[at : at + length]))
        if entry is not None:
            return entry, length
    return None, 0
