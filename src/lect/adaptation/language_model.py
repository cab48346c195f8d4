"""What the mixture asks of a domain's language model, whatever it is made of. Words are lower case."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol


class Split(NamedTuple):
    """The ways to explain the words so far, in two."""

    begun: float  # the probability of those inside an item that has been begun
    inside: Any  # the history if so; of no use where that is 0
    outside: Any  # and if not


class KnownWords(Protocol):
    """The words that a language model knows, whatever was said before."""

    def beginning(self, letters: str) -> float:
        """The share of the words that begin with these letters."""
        ...

    def whole(self, letters: str) -> float:
        """The share of the word that is exactly this."""
        ...

    def few(self, letters: str) -> Iterator[str]:
        """The words that begin with these letters; none if they are many."""
        ...

    def begins_item(self, letters: str) -> bool:
        """Whether an item of a list begins with these letters."""
        ...


class LanguageModel(Protocol):
    """What is expected after the words so far, the history. Histories with equal `nodes` are equal."""

    @property
    def vocabulary(self) -> KnownWords: ...

    def start(self) -> Any:
        """The history at the beginning of a sentence."""
        ...

    def prefix(self, history: Any, letters: str) -> float:
        """The probability that the next word begins with these letters (one or more)."""
        ...

    def word(self, history: Any, word: str) -> float:
        """The probability that the next word is this one."""
        ...

    def after(self, history: Any, word: str) -> Any:
        """The history after one more word."""
        ...

    def split(self, history: Any) -> Split:
        """How likely an item has been begun and goes on."""
        ...

    def words_inside(self, history: Any, letters: str) -> Iterator[str]:
        """Words with these first letters that items go on with which have been begun; none if they are many."""
        ...
