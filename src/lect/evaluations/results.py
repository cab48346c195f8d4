"""What an evaluation found. Rates are ratios; `to_json` is the document of `lect evaluate --json`."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lect.core.errors import LectError
from lect.speech.scoring import Alignment, Edit, ErrorCounts
from lect.speech.scoring.intervals import Difference, Interval, MatchedPairs
from lect.speech.scoring.tokens import TokenErrors
from lect.speech.scoring.totals import Totals

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class UtteranceScore:
    """What one model made of one utterance."""

    hypothesis: str  # as the model wrote it
    alignment: Alignment  # of normalised words
    totals: Totals
    tokens: ErrorCounts  # of display tokens
    token_errors: TokenErrors  # the same edits by class
    times: tuple[
        tuple[float, float], ...
    ] = ()  # begin and end of each word heard, seconds; none: nobody said

    def to_json(self) -> Json:
        times = iter(self.times)
        return {
            "hypothesis": self.hypothesis,
            "alignment": [_edit(edit, times) for edit in self.alignment.edits],
            "errors": self.alignment.counts.errors,
        }


@dataclass(frozen=True, kw_only=True)
class EvaluatedUtterance:
    """One utterance, and what each model made of it, in the order of the models."""

    file: str
    reference: str  # as it was transcribed
    speaker: str | None
    models: tuple[UtteranceScore, ...]
    duration: float | None = None  # of its audio, seconds; None: nobody said

    @property
    def errors(self) -> int:
        """Of the model that made most."""
        return max(score.alignment.counts.errors for score in self.models)

    @property
    def is_silent(self) -> bool:
        """Whether nothing is said in it."""
        return not self.models[0].alignment.reference

    def to_json(self) -> Json:
        document: Json = {
            "file": self.file,
            "reference": self.reference,
            "speaker": self.speaker,
            "models": [score.to_json() for score in self.models],
        }
        if self.duration is not None:
            document["duration"] = round(self.duration, 3)
        return document


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Utterances in which nothing is said, and in how many of them the model heard something."""

    utterances: int
    hallucinations: int


@dataclass(frozen=True, kw_only=True)
class ModelScore:
    """What one model scored on the whole set."""

    model: str
    totals: Totals
    tokens: ErrorCounts
    token_errors: TokenErrors
    interval: Interval | None  # of the WER; None: too few speakers or files to say
    silence: Silence
    cpu_seconds: float
    audio_seconds: float

    def to_json(self) -> Json:
        words = self.totals.words
        return {
            "model": self.model,
            "wer": _ratio(self.totals.wer),
            "wer_ci": _bounds(self.interval),
            "cer": _ratio(self.totals.cer),
            "ser": _ratio(self.totals.ser),
            "ter": _ratio(self.tokens.rate),
            "token_errors": {
                name: {"edits": getattr(self.token_errors, name), "share": _ratio(share)}
                for name, share in self.token_errors.shares().items()
            },
            "tokens": {
                "tokens": self.tokens.words,
                "correct": self.tokens.correct,
                "substitutions": self.tokens.substitutions,
                "deletions": self.tokens.deletions,
                "insertions": self.tokens.insertions,
            },
            "sentences": self.totals.sentences,
            "words": words.words,
            "correct": words.correct,
            "substitutions": words.substitutions,
            "deletions": words.deletions,
            "insertions": words.insertions,
            "silence": {
                "utterances": self.silence.utterances,
                "hallucinations": self.silence.hallucinations,
            },
            "cpu_seconds": round(self.cpu_seconds, 3),
            "audio_seconds": round(self.audio_seconds, 3),
        }


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What two models differ by; `difference` is B less A."""

    a: str
    b: str
    difference: Difference
    matched_pairs: MatchedPairs
    test: str  # what gave interval and p value
    verdict: str

    def to_json(self) -> Json:
        return {
            "a": self.a,
            "b": self.b,
            "wer_delta": _ratio(self.difference.delta),
            "ci": _bounds(self.difference.interval),
            "p": self.difference.p,
            "test": self.test,
            "detectable": _ratio(self.difference.detectable),
            "mapsswe": {
                "segments": self.matched_pairs.segments,
                "z": _ratio(self.matched_pairs.z),
                "p": self.matched_pairs.p,
            },
            "verdict": self.verdict,
        }


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An utterance that a model could not hear, so that no model is scored on it."""

    file: str
    model: str
    error: LectError

    def to_json(self) -> Json:
        return {"file": self.file, "model": self.model, "error": self.error.to_json()}


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One set of utterances, several models, and every two of them compared."""

    dataset: str
    normaliser: str  # name and version, such as en-1
    models: tuple[ModelScore, ...]
    comparisons: tuple[Comparison, ...]
    utterances: tuple[EvaluatedUtterance, ...]
    failures: tuple[Failure, ...] = ()

    def to_json(self) -> Json:
        """The document of `lect evaluate --json`; a rate without reference words is null, `failures` and `duration` are there if any.

        An edit with a hypothesis has `offset` and `duration`, seconds, if it is known when it was heard.
        """
        document: Json = {
            "dataset": self.dataset,
            "normaliser": self.normaliser,
            "models": [model.to_json() for model in self.models],
            "comparisons": [comparison.to_json() for comparison in self.comparisons],
            "utterances": [utterance.to_json() for utterance in self.utterances],
        }
        if self.failures:
            document["failures"] = [failure.to_json() for failure in self.failures]
        return document


def _edit(edit: Edit, times: Iterator[tuple[float, float]]) -> Json:
    document: Json = {"kind": str(edit.kind), "reference": edit.reference, "hypothesis": edit.hypothesis}
    if edit.hypothesis is not None and (said := next(times, None)):
        begin, end = said
        document |= {"offset": begin, "duration": round(end - begin, 2)}
    return document


def _ratio(value: float | None) -> float | None:
    return round(value, 6) if value is not None and math.isfinite(value) else None


def _bounds(interval: Interval | None) -> list[float | None] | None:
    return [_ratio(interval.low), _ratio(interval.high)] if interval else None
