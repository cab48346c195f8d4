"""Scores texts that models have recognised, and compares every two models. Pure: no audio, no clock, no files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

from lect.evaluations.results import (
    Comparison,
    EvaluatedUtterance,
    Evaluation,
    ModelScore,
    Silence,
    UtteranceScore,
)
from lect.speech.scoring import ErrorCounts, align
from lect.speech.scoring.intervals import Blocks, Recorded, block_bootstrap, mapsswe, paired_block_bootstrap
from lect.speech.scoring.tokens import TokenErrors, token_errors
from lect.speech.scoring.totals import Totals, count
from lect.speech.scoring.verdict import verdict
from lect.speech.text import Normaliser
from lect.speech.text.tokens import display_tokens

__all__ = ["Evaluation", "ModelRun", "Reference", "score_models"]


class Reference(Recorded, Protocol):
    """An utterance whose transcript is known."""

    @property
    def transcript(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class ModelRun:
    """What one model recognised: a text for each utterance, in their order."""

    model: str
    hypotheses: Sequence[str]
    written: Sequence[str] | None = None  # the same by the model's display rules, if it has any
    cpu_seconds: float = 0.0
    audio_seconds: float = 0.0


def score_models(
    dataset: str,
    references: Sequence[Reference],
    runs: Sequence[ModelRun],
    *,
    normaliser: Normaliser,
    seed: int = 0,
) -> Evaluation:
    """Score each run against the references and compare every two.

    Args:
        dataset: its name, for the report.
        references: the utterances with their transcripts.
        runs: what each model heard, in the order of the references.
        normaliser: makes both sides comparable; TER alone is of the texts as they are, and as display rules write them.
        seed: of the bootstrap.

    Raises:
        ValueError: a run has not one text for each reference.
    """
    blocks = Blocks.of(references)
    columns = [_utterance_scores(references, run, normaliser) for run in runs]
    utterances = tuple(
        EvaluatedUtterance(
            file=reference.file, reference=reference.transcript, speaker=reference.speaker, models=scores
        )
        for reference, scores in zip(references, zip(*columns, strict=True), strict=True)
    )
    pairs = combinations(zip(runs, columns, strict=True), 2)
    return Evaluation(
        dataset=dataset,
        normaliser=f"{normaliser.name}-{normaliser.version}",
        models=tuple(
            _model_score(run, column, blocks, seed) for run, column in zip(runs, columns, strict=True)
        ),
        comparisons=tuple(_comparison(a, b, blocks, seed) for a, b in pairs),
        utterances=utterances,
    )


def _utterance_scores(
    references: Sequence[Reference], run: ModelRun, normaliser: Normaliser
) -> list[UtteranceScore]:
    return [
        _utterance_score(reference.transcript, hypothesis, written, normaliser)
        for reference, hypothesis, written in zip(
            references, run.hypotheses, run.written or run.hypotheses, strict=True
        )
    ]


def _utterance_score(reference: str, hypothesis: str, written: str, normaliser: Normaliser) -> UtteranceScore:
    alignment = align(normaliser.words(reference), normaliser.words(hypothesis))
    tokens = align(display_tokens(reference), display_tokens(written))
    return UtteranceScore(
        hypothesis=written,
        alignment=alignment,
        totals=count(alignment),
        tokens=tokens.counts,
        token_errors=token_errors(tokens, normalise=normaliser.words),
    )


def _model_score(run: ModelRun, scores: Sequence[UtteranceScore], blocks: Blocks, seed: int) -> ModelScore:
    silent = [score for score in scores if not score.alignment.reference]
    return ModelScore(
        model=run.model,
        totals=sum((score.totals for score in scores), Totals()),
        tokens=sum((score.tokens for score in scores), ErrorCounts()),
        token_errors=sum((score.token_errors for score in scores), TokenErrors()),
        interval=block_bootstrap(_errors(scores), _words(scores), blocks.names, seed=seed),
        silence=Silence(
            utterances=len(silent),
            hallucinations=sum(score.alignment.counts.insertions > 0 for score in silent),
        ),
        cpu_seconds=run.cpu_seconds,
        audio_seconds=run.audio_seconds,
    )


def _comparison(
    a: tuple[ModelRun, Sequence[UtteranceScore]],
    b: tuple[ModelRun, Sequence[UtteranceScore]],
    blocks: Blocks,
    seed: int,
) -> Comparison:
    (run_a, scores_a), (run_b, scores_b) = a, b
    difference = paired_block_bootstrap(
        _errors(scores_a), _errors(scores_b), _words(scores_a), blocks.names, seed=seed
    )
    return Comparison(
        a=run_a.model,
        b=run_b.model,
        difference=difference,
        matched_pairs=mapsswe(
            (score.alignment for score in scores_a), (score.alignment for score in scores_b)
        ),
        test=f"paired block bootstrap by {blocks.unit}",
        verdict=verdict(run_a.model, run_b.model, difference, block=blocks.unit),
    )


def _errors(scores: Sequence[UtteranceScore]) -> list[int]:
    return [score.alignment.counts.errors for score in scores]


def _words(scores: Sequence[UtteranceScore]) -> list[int]:
    return [score.alignment.counts.words for score in scores]
