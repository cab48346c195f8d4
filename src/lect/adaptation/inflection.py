"""The plural and the possessive of known words, for a language model that has seen only some of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lect.adaptation.language_model import KnownWords, Split
from lect.adaptation.lm import UNSEEN_WORD, History, NGram
from lect.adaptation.text import INFLECTED, stem


@dataclass(frozen=True)
class Inflecting:
    """An n-gram model that takes an unseen inflected form of a known word for that word, now and then."""

    model: NGram

    @property
    def vocabulary(self) -> KnownWords:
        """The words that the model has seen."""
        return self.model.vocabulary

    def start(self) -> History:
        """The history at the beginning of a sentence."""
        return self.model.start()

    def prefix(self, history: History, letters: str) -> float:
        """The probability that the next word begins with these letters (one or more)."""
        low, high, word = self.model.vocabulary.span(letters)
        found = self.model.prefix_probability(history, low, high)
        return found if word >= 0 else max(found, self.word(history, letters))

    def word(self, history: History, word: str) -> float:
        """The probability that the next word is this one."""
        number = self.model.vocabulary.span(word).word
        if number >= 0:
            return self.model.word_probability(history, number)
        known = self._stem(word)
        return INFLECTED * self.model.word_probability(history, known) if known >= 0 else 0.0

    def after(self, history: History, word: str) -> History:
        """The history after one more word; after an inflected form, that after the known word."""
        number = self.model.vocabulary.span(word).word
        return self.model.advance(history, number if number >= 0 else self._stem(word))

    def split(self, history: History) -> Split:
        """There are no items."""
        return Split(0.0, history, history)

    def words_inside(self, history: History, letters: str) -> Iterator[str]:
        """None: there are no items."""
        return iter(())

    def expects(self, letters: str) -> tuple[bool, bool]:
        """Whether a word begins with these letters, and whether they are a word; an inflected form is one."""
        low, high, word = self.model.vocabulary.span(letters)
        is_word = word >= 0 or self._stem(letters) >= 0
        return low < high or is_word, is_word

    def _stem(self, word: str) -> int:
        """The known word of which this is the plural or possessive, `UNSEEN_WORD` if there is none."""
        found = stem(word, language=self.model.language)
        return self.model.vocabulary.span(found).word if found else UNSEEN_WORD
