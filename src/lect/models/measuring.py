"""What a recogniser hears in known recordings, and how often it errs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from lect.engines.contract import RecogniseOptions, Recogniser, Scorer
from lect.engines.guard import failure_of
from lect.engines.longform import Source, recognise_files
from lect.models.spoken import Utterance
from lect.speech.audio import AudioDecoder
from lect.speech.scoring import ErrorCounts, align
from lect.speech.scoring.intervals import (
    Difference,
    Interval,
    block_bootstrap,
    paired_block_bootstrap,
)
from lect.speech.text import normaliser


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Word errors of one model on one set."""

    counts: Sequence[ErrorCounts] = field(repr=False)  # of each utterance
    blocks: Sequence[str] = field(repr=False)  # who speaks, or which file it is, for each utterance

    @property
    def wer(self) -> float:
        """Errors by words."""
        return total(self.counts).rate

    @property
    def errors(self) -> int:
        """All of them."""
        return total(self.counts).errors

    @property
    def words(self) -> int:
        """All of the references."""
        return total(self.counts).words

    @property
    def interval(self) -> Interval | None:
        """95 % of the WER; None where there are too few speakers or files to tell."""
        return block_bootstrap(self._errors, self._words, self.blocks)

    def against(self, before: Heard) -> Difference:
        """How much better (below zero) or worse it is than another model."""
        return paired_block_bootstrap(before._errors, self._errors, self._words, self.blocks)

    @property
    def _errors(self) -> list[int]:
        return [count.errors for count in self.counts]

    @property
    def _words(self) -> list[int]:
        return [count.words for count in self.counts]

    def to_json(self) -> dict[str, Any]:
        """The rate with its interval, in ratios; none if there was nothing to hear."""
        interval = self.interval
        ends = [round(interval.low, 6), round(interval.high, 6)] if interval else None
        return {"wer": round(self.wer, 6) if self.counts else None, "wer_ci": ends}


def hear(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    *,
    locale: str,
    decoder: AudioDecoder,
    threads: int = 1,
    scorer: Scorer | None = None,
) -> Iterator[str]:
    """The texts of recordings, in order, each as soon as it is there.

    Raises:
        InvalidAudio, LimitExceeded, RecognitionFailed: a recording cannot be heard; its errors would not be the model's.
    """
    sources = (Source(name=utterance.file, audio=utterance.source()) for utterance in utterances)
    options = RecogniseOptions(locale=locale, word_times=False)
    for recording in recognise_files(
        recogniser, sources, decoder=decoder, options=options, scorer=scorer, threads=threads
    ):
        if error := failure_of(recording):
            raise error
        yield " ".join(segment.recognition.best.display for segment in recording.segments)


def score(
    texts: Iterable[str],
    references: Sequence[str],
    *,
    locale: str,
    progress: Callable[[float], object],
) -> list[ErrorCounts]:
    """The word errors of each text.

    Args:
        progress: told what share of the texts is scored
    """
    words, counts = normaliser(locale).words, list[ErrorCounts]()
    for text, reference in zip(texts, references, strict=True):
        counts.append(align(words(reference), words(text)).counts)
        progress(len(counts) / len(references))
    return counts


def total(counts: Sequence[ErrorCounts]) -> ErrorCounts:
    """All errors together."""
    return sum(counts, ErrorCounts())
