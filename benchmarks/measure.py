"""Runs of systems on sets, and what they are worth: rates and differences with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.sets import EvaluationSet
from benchmarks.systems import System, cpu_seconds
from lect.speech.scoring import ErrorCounts, align
from lect.speech.scoring.intervals import (
    CONFIDENCE,
    FEWEST_BLOCKS,
    RESAMPLES,
    Interval,
    block_bootstrap,
    paired_block_bootstrap,
)
from lect.speech.text import normaliser


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one system heard in one set."""

    texts: tuple[str, ...]
    cpu_seconds: float  # audio decoding included, loading the model not

    def __add__(self, other: Run) -> Run:
        return Run(texts=self.texts + other.texts, cpu_seconds=self.cpu_seconds + other.cpu_seconds)


@dataclass(frozen=True, kw_only=True)
class Score:
    """How wrong a system is on a set. Rates are ratios."""

    base: str
    set: str
    unit: str
    system: str
    utterances: int
    words: int
    substitutions: int
    deletions: int
    insertions: int
    rate: float
    interval: Interval | None  # None: too few speakers or files to say
    cpu_seconds: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """System `b` against system `a` on the same utterances; negative where `b` errs less."""

    base: str
    set: str
    a: str
    b: str
    delta: float
    interval: Interval | None
    p: float | None
    relative: float  # delta by the rate of `a`
    relative_interval: Interval | None
    cpu_ratio: float  # CPU seconds of `a` by those of `b`


def run(system: System, evaluation_set: EvaluationSet) -> Run:
    """Let a system hear a set."""
    began = cpu_seconds()
    texts = system.transcribe([each.audio for each in evaluation_set.utterances], evaluation_set.locale)
    return Run(texts=tuple(texts), cpu_seconds=cpu_seconds() - began)


def count(evaluation_set: EvaluationSet, heard: Run) -> list[ErrorCounts]:
    """Errors of each utterance, after normalisation."""
    rules = normaliser(evaluation_set.locale)
    return [
        align(rules.words(utterance.reference), rules.words(text)).counts
        for utterance, text in zip(evaluation_set.utterances, heard.texts, strict=True)
    ]


def score(evaluation_set: EvaluationSet, heard: Run, *, base: str, system: str) -> Score:
    """The rate of a run."""
    counts = count(evaluation_set, heard)
    total = sum(counts, ErrorCounts())
    return Score(
        base=base,
        set=evaluation_set.name,
        unit=evaluation_set.unit,
        system=system,
        utterances=len(counts),
        words=total.words,
        substitutions=total.substitutions,
        deletions=total.deletions,
        insertions=total.insertions,
        rate=total.rate,
        interval=block_bootstrap(_errors(counts), _words(counts), _blocks(evaluation_set)),
        cpu_seconds=heard.cpu_seconds,
    )


def compare(
    evaluation_set: EvaluationSet, a: Run, b: Run, *, base: str, names: tuple[str, str]
) -> Comparison:
    """Two runs on the same set."""
    counts_a, counts_b = count(evaluation_set, a), count(evaluation_set, b)
    return compare_errors(
        _errors(counts_a),
        _errors(counts_b),
        words=_words(counts_a),
        blocks=_blocks(evaluation_set),
        base=base,
        set_name=evaluation_set.name,
        names=names,
        cpu_ratio=a.cpu_seconds / b.cpu_seconds,
    )


def compare_errors(
    errors_a: Sequence[int],
    errors_b: Sequence[int],
    *,
    words: Sequence[int],
    blocks: Sequence[str],
    base: str,
    set_name: str,
    names: tuple[str, str],
    cpu_ratio: float,
) -> Comparison:
    """Two systems by the errors and words of each utterance, and what it goes wrong together with."""
    difference = paired_block_bootstrap(errors_a, errors_b, words, blocks)
    return Comparison(
        base=base,
        set=set_name,
        a=names[0],
        b=names[1],
        delta=difference.delta,
        interval=difference.interval,
        p=difference.p,
        relative=(sum(errors_b) - sum(errors_a)) / max(sum(errors_a), 1),
        relative_interval=relative_interval(errors_a, errors_b, blocks),
        cpu_ratio=cpu_ratio,
    )


def relative_interval(
    errors_a: Sequence[int], errors_b: Sequence[int], blocks: Sequence[str], *, seed: int = 0
) -> Interval | None:
    """The interval of errors of B by those of A, less one; blocks are drawn as for the difference."""
    names = sorted(set(blocks))
    if len(names) < FEWEST_BLOCKS:
        return None
    rows = [names.index(block) for block in blocks]
    table = np.zeros((len(names), 2))
    np.add.at(table, rows, np.array([errors_a, errors_b]).T)
    drawn = np.random.default_rng(seed).integers(len(names), size=(RESAMPLES, len(names)))
    sums: npt.NDArray[np.float64] = table[drawn].sum(axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((sums[:, 1] - sums[:, 0]) / np.maximum(sums[:, 0], 1), [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def _errors(counts: Sequence[ErrorCounts]) -> list[int]:
    return [each.errors for each in counts]


def _words(counts: Sequence[ErrorCounts]) -> list[int]:
    return [each.words for each in counts]


def _blocks(evaluation_set: EvaluationSet) -> list[str]:
    return [utterance.speaker for utterance in evaluation_set.utterances]
