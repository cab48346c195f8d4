"""What German, French, Spanish, Italian and Portuguese have in common: rules as data, applied in one order."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from lect.speech.text.normalise import base
from lect.speech.text.normalise.numbers import NumberWords, is_digits

_PIECES = re.compile(r"\d+|[^\d]+")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The rules of one language. Everything is lower case, as the text is by then."""

    numbers: Callable[[], NumberWords]
    symbols: Mapping[str, str]  # patterns, applied in order
    words: Mapping[str, str] = field(default_factory=dict)  # abbreviations in full
    units: Mapping[str, str] = field(default_factory=dict)  # behind a number: kg, kilos
    fillers: frozenset[str] = frozenset()
    apostrophe: str = " "  # what stands for one inside a word
    compounds: str = r"(?!)"  # parts a number that is written as one word around its thousand

    def split(self, text: str) -> list[str]:
        """The words of a text."""
        text = base.folded(text)
        for pattern, replacement in self.symbols.items():
            text = re.sub(pattern, replacement, text)
        words = base.bare_words(text.replace("'", self.apostrophe))
        return self._step([piece for word in words for piece in _PIECES.findall(word)])

    def _step(self, words: list[str]) -> list[str]:
        words = [part for word in words for part in self.words.get(word, word).split()]
        words = [part for word in words for part in self._parted(word) if part not in self.fillers]
        words = self.numbers().collapse(words)
        counted = (is_digits(before) for before in ["", *words])
        return [
            self.units.get(word, word) if after else word for word, after in zip(words, counted, strict=False)
        ]

    def _parted(self, word: str) -> list[str]:
        """`zweitausenddreihundert` as 2, tausend, dreihundert."""
        match = re.fullmatch(self.compounds, word)
        if match is None:
            return [word]
        numbers = self.numbers()
        head, power, tail = match["head"], match["power"], match["tail"]
        known = (not head or (head,) in numbers.cardinals or head in numbers.articles) and (
            not tail or (tail,) in numbers.cardinals
        )
        return [part for part in (head, power, tail) if part] if known else [word]
