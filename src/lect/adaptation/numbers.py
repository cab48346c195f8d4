"""Numbers as words and as digits, because a recogniser may write either: "sixteen ounce" and "16 ounce".

Cardinals from 0 to 999 in six languages. Reading number words is spelling turned around, so both directions agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from lect.speech.text.normalise import spelling

_NOT_NUMBERS = {  # when they stand alone: "un café" is not "1 café", "por ciento" is not "por 100"
    "es": frozenset({"un", "una", "ciento"}),
    "fr": frozenset({"un", "une", "cents"}),
    "it": frozenset({"un", "una", "uno"}),
    "pt": frozenset({"um", "uma", "cento"}),
}


class NumberForms:
    """The ways to write the numbers of a sentence in one language; other languages have one way only."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._spelled, self._phrases = _tables(language)
        self._longest = max(map(len, self._phrases), default=0)
        self._triggers = {phrase[0] for phrase in self._phrases} | self._spelled.keys()

    def renderings(self, words: list[str]) -> list[list[str]]:
        """The sentence as it is, then with numbers as digits, as digits from ten on, and as words, where these differ."""
        if self._triggers.isdisjoint(words):
            return [words]
        spelled = self.as_words(words)
        found = [words]
        for rendering in (self.as_digits(spelled), self.as_digits(spelled, least=10), spelled):
            if rendering not in found:
                found.append(rendering)
        return found

    def as_words(self, words: list[str]) -> list[str]:
        """`["16", "ounce"]` as `["sixteen", "ounce"]`."""
        return [part for word in words for part in self._spelled.get(word, (word,))]

    def as_digits(self, words: list[str], *, least: int = 0) -> list[str]:
        """`["sixteen", "ounce"]` as `["16", "ounce"]`; numbers below `least` stay as they are."""
        return list(self._digits(words, least))

    def _digits(self, words: list[str], least: int) -> Iterator[str]:
        at = 0
        while at < len(words):
            value, length = self._number_at(words, at)
            if value >= least:
                yield str(value)
            else:
                yield from words[at : at + length]
            at += length

    def _number_at(self, words: list[str], at: int) -> tuple[int, int]:
        """The longest number that begins here and how many words it takes; (-1, 1) if there is none."""
        for length in range(min(self._longest, len(words) - at), 0, -1):
            value = self._phrases.get(tuple(words[at : at + length]))
            if value is not None:
                return value, length
        return -1, 1


@cache
def _tables(language: str) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, ...], int]]:
    """Digits to the usual spelling, and every known spelling to its value."""
    spell = spelling.SPELLERS.get(language)
    if spell is None:
        return {}, {}
    spelled = {str(value): tuple(spell(value)[0].split()) for value in range(spelling.LIMIT)}
    return spelled, spelling.cardinals(spell, without=_NOT_NUMBERS.get(language, frozenset()))
