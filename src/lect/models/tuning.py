"""Choosing how far a domain's text may steer the search, by word errors on dev data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lect.adaptation.lm import NGram
from lect.adaptation.mixture import BoundedMixture, MixtureOptions
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.engines.contract import Recogniser, Scorer
from lect.models.bases import Base
from lect.models.knowledge import Learned
from lect.models.measuring import hear, score, total
from lect.models.spoken import Utterance
from lect.speech.audio import AudioDecoder
from lect.speech.scoring import ErrorCounts
from lect.speech.scoring.intervals import Blocks, Interval, block_bootstrap
from lect.speech.text.written import WrittenForms

# The most cautious first: of candidates that err equally often the first is taken.
CANDIDATES = tuple(
    MixtureOptions(weight=weight, prior=prior) for prior in (0.1, 0.4) for weight in (0.4, 0.25, 0.55, 0.7)
)


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The mixture that did best on dev data, next to the model without text."""

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
    dev: Sequence[Utterance],
    *,
    locale: str,
    weight: int | None = None,
    recogniser: Recogniser | None = None,
    before: Sequence[ErrorCounts] | None = None,
    decoder: AudioDecoder,
    threads: int = 1,
    progress: Progress = silent,
) -> Choice:
    """Recognise the dev data with every candidate and take the one with the fewest word errors.

    Args:
        learned: what the candidates know; the model without text knows no terms either
        weight: percent; of all candidates those that have it, if it is given
        recogniser: of tuned weights; None for the base's own
        before: its errors without text, if they are known

    Raises:
        InvalidAudio, LimitExceeded, RecognitionFailed: a recording cannot be heard; its errors would not be the text's.
    """
    references = [utterance.transcript for utterance in dev]
    candidates = CANDIDATES if weight is None else _with_weight(weight / 100)
    rounds = len(candidates) + 1
    forms = WrittenForms(
        learned.terms, codes=learned.codes, language=language_of(locale), ordinary=general.vocabulary
    )
    domain, model = learned.domain(general), recogniser or base.recogniser

    def count(scorer: Scorer | None, at: int) -> list[ErrorCounts]:
        texts = hear(model, dev, locale=locale, decoder=decoder, threads=threads, scorer=scorer)
        return score(
            map(forms.written, texts) if scorer else texts,
            references,
            locale=locale,
            progress=lambda done: progress("Choosing the weight on dev data", (at + done) / rounds),
        )

    before = count(None, 0) if before is None else before
    results = [
        (mixture, count(BoundedMixture(domain, general, pieces=base.pieces, options=mixture), at))
        for at, mixture in enumerate(candidates, start=1)
    ]
    mixture, after = min(results, key=lambda result: total(result[1]).errors)
    blocks = Blocks.of(dev).names
    return Choice(
        mixture=mixture,
        before=total(before),
        after=total(after),
        before_interval=_interval(before, blocks),
        after_interval=_interval(after, blocks),
        utterances=len(dev),
    )


def _with_weight(weight: float) -> tuple[MixtureOptions, ...]:
    priors = dict.fromkeys(candidate.prior for candidate in CANDIDATES)
    return tuple(MixtureOptions(weight=weight, prior=prior) for prior in priors)


def _interval(counts: Sequence[ErrorCounts], blocks: Sequence[str]) -> Interval | None:
    return block_bootstrap([count.errors for count in counts], [count.words for count in counts], blocks)
