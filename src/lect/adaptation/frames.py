"""Where classes have their places: between the words of a structured text, or anywhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lect.adaptation.language_model import KnownWords, LanguageModel, Split
from lect.adaptation.lm import History, NGram
from lect.adaptation.text import tag

_REMEMBERED = 4_000


class TaggedFrame:
    """An n-gram model whose text held a tag (`text.tag`) wherever an item of a class may be said."""

    def __init__(self, model: NGram, *, classes: int) -> None:
        self._model = model
        self._tags = [model.vocabulary.span(tag(number)).word for number in range(classes)]
        self._expected: dict[tuple[int, ...], tuple[float, ...]] = {}
        self.vocabulary: KnownWords = model.vocabulary
        self.start, self.prefix, self.word = model.start, model.prefix, model.word
        self.after, self.split, self.words_inside = model.after, model.split, model.words_inside

    def classes(self, history: History) -> Sequence[float]:
        """The probability that an item of each class begins here."""
        found = self._expected.get(history.nodes)
        if found is None:
            if len(self._expected) >= _REMEMBERED:
                self._expected.clear()
            found = tuple(self._model.word_probability(history, number) for number in self._tags)
            self._expected[history.nodes] = found
        return found

    def within(self, history: History, word: str) -> History:
        """The history after a word of an item that goes on: the tag comes at its end."""
        return history

    def leave(self, history: History, number: int, word: str) -> History:
        """The history after the last word of an item."""
        return self._model.advance(history, self._tags[number])


@dataclass(frozen=True)
class OpenFrame:
    """Any language model, with one class that may begin at each word."""

    model: LanguageModel
    probability: float  # that it does

    @property
    def vocabulary(self) -> KnownWords:
        """The words of the model."""
        return self.model.vocabulary

    def start(self) -> Any:
        """The history at the beginning of a sentence."""
        return self.model.start()

    def prefix(self, history: Any, letters: str) -> float:
        """The probability that the next word is a plain one that begins with these letters."""
        return (1 - self.probability) * self.model.prefix(history, letters)

    def word(self, history: Any, word: str) -> float:
        """The probability that the next word is a plain one, and this."""
        return (1 - self.probability) * self.model.word(history, word)

    def after(self, history: Any, word: str) -> Any:
        """The history after one more word."""
        return self.model.after(history, word)

    def split(self, history: Any) -> Split:
        """How likely an item of the model has been begun and goes on."""
        return self.model.split(history)

    def words_inside(self, history: Any, letters: str) -> Iterator[str]:
        """Words with these first letters that items of the model go on with."""
        return self.model.words_inside(history, letters)

    def classes(self, history: Any) -> Sequence[float]:
        """The probability that an item begins here."""
        return (self.probability,)

    def within(self, history: Any, word: str) -> Any:
        """The history after a word of an item that goes on, which the model reads as any other word."""
        return self.model.after(history, word)

    def leave(self, history: Any, number: int, word: str) -> Any:
        """The history after the last word of an item."""
        return self.model.after(history, word)
