"""Choosing how far a domain's text may steer the search, by word errors on dev data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lect.adaptation.lm import NGram
from lect.adaptation.mixture import BoundedMixture, MixtureOptions
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.datasets.reading import AcousticDataset
from lect.engines.contract import RecogniseOptions, Scorer
from lect.engines.guard import failure_of
from lect.engines.longform import Source, recognise_files
from lect.models.bases import Base
from lect.models.knowledge import Learned
from lect.speech.audio import AudioDecoder
from lect.speech.scoring import ErrorCounts, align
from lect.speech.scoring.intervals import Interval, block_bootstrap
from lect.speech.text import normaliser
from lect.speech.text.written import WrittenForms

# The most cautious first: of candidates that err equally often the first is taken.
CANDIDATES = tuple(
    MixtureOptions(weight=weight, prior=prior) for prior in (0.1, 0.4) for weight in (0.4, 0.25, 0.55, 0.7)
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The mixture that did best on dev data, next to the base without text."""

    mixture: MixtureOptions
    before: ErrorCounts
    after: ErrorCounts
    before_interval: Interval | None  # None: too few speakers or files to tell
    after_interval: Interval | None
    utterances: int

    def to_json(self) -> dict[str, Any]:
        """Scores for the manifest: ratios."""

        def score(counts: ErrorCounts, interval: Interval | None) -> dict[str, Any]:
            ends = [round(interval.low, 6), round(interval.high, 6)] if interval else None
            return {"wer": round(counts.rate, 6), "wer_ci": ends}

        return {
            "dev": {
                "utterances": self.utterances,
                "words": self.before.words,
                "before": score(self.before, self.before_interval),
                "after": score(self.after, self.after_interval),
            }
        }


def choose_mixture(
    learned: Learned,
    general: NGram,
    base: Base,
    dev: AcousticDataset,
    *,
    locale: str,
    weight: int | None = None,
    decoder: AudioDecoder,
    threads: int = 1,
    progress: Progress = silent,
) -> Choice:
    """Recognise the dev data with every candidate and take the one with the fewest word errors.

    Args:
        learned: what the candidates know; the base without text knows no terms either
        weight: percent; of all candidates those that have it, if it is given

    Raises:
        InvalidDataset: there is not one utterance that can be used.
        InvalidAudio, LimitExceeded, RecognitionFailed: a recording cannot be heard; its errors would not be the text's.
    """
    dev.require_utterances()
    utterances = list(dev)
    rules = normaliser(locale)
    references = [rules.words(utterance.transcript) for utterance in utterances]
    candidates = CANDIDATES if weight is None else _with_weight(weight / 100)
    rounds = len(candidates) + 1
    forms = WrittenForms(
        learned.terms, codes=learned.codes, language=language_of(locale), ordinary=general.vocabulary
    )
    domain = learned.domain

    def count(scorer: Scorer | None, at: int) -> list[ErrorCounts]:
        sources = (Source(name=utterance.file, audio=utterance.source()) for utterance in utterances)
        options = RecogniseOptions(locale=locale, word_times=False)
        heard = recognise_files(
            base.recogniser, sources, decoder=decoder, options=options, scorer=scorer, threads=threads
        )
        counts = []
        for reference, recording in zip(references, heard, strict=True):
            if error := failure_of(recording):
                raise error
            text = " ".join(segment.recognition.best.display for segment in recording.segments)
            written = forms.written(text) if scorer else text
            counts.append(align(reference, rules.words(written)).counts)
            progress("Choosing the weight on dev data", (at + len(counts) / len(references)) / rounds)
        return counts

    before = count(None, 0)
    results = [
        (mixture, count(BoundedMixture(domain, general, pieces=base.pieces, options=mixture), at))
        for at, mixture in enumerate(candidates, start=1)
    ]
    mixture, after = min(results, key=lambda result: _sum(result[1]).errors)
    blocks = [utterance.speaker or utterance.file for utterance in utterances]
    return Choice(
        mixture=mixture,
        before=_sum(before),
        after=_sum(after),
        before_interval=_interval(before, blocks),
        after_interval=_interval(after, blocks),
        utterances=len(utterances),
    )


def _with_weight(weight: float) -> tuple[MixtureOptions, ...]:
    priors = dict.fromkeys(candidate.prior for candidate in CANDIDATES)
    return tuple(MixtureOptions(weight=weight, prior=prior) for prior in priors)


def _sum(counts: Sequence[ErrorCounts]) -> ErrorCounts:
    return sum(counts, ErrorCounts())


def _interval(counts: Sequence[ErrorCounts], blocks: Sequence[str]) -> Interval | None:
    return block_bootstrap([count.errors for count in counts], [count.words for count in counts], blocks)
