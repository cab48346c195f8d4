"""The counts of a set of utterances: words, characters, sentences."""

from __future__ import annotations

from dataclasses import dataclass, field

from lect.speech.scoring.alignment import Alignment, align_characters
from lect.speech.scoring.counts import ErrorCounts


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What is counted over utterances; totals add."""

    words: ErrorCounts = field(default_factory=ErrorCounts)
    characters: ErrorCounts = field(default_factory=ErrorCounts)
    sentences: int = 0
    sentence_errors: int = 0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            words=self.words + other.words,
            characters=self.characters + other.characters,
            sentences=self.sentences + other.sentences,
            sentence_errors=self.sentence_errors + other.sentence_errors,
        )

    @property
    def wer(self) -> float:
        """The word error rate."""
        return self.words.rate

    @property
    def cer(self) -> float:
        """The character error rate, blanks left out."""
        return self.characters.rate

    @property
    def ser(self) -> float:
        """The share of utterances with an error."""
        return self.sentence_errors / self.sentences if self.sentences else 0.0


def count(alignment: Alignment) -> Totals:
    """The counts of one utterance, of which the words are aligned."""
    return Totals(
        words=alignment.counts,
        characters=align_characters(alignment.reference, alignment.hypothesis).counts,
        sentences=1,
        sentence_errors=int(alignment.counts.errors > 0),
    )
