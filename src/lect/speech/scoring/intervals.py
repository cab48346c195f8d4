"""How sure a WER is, and whether two models differ: block bootstrap and NIST's matched-pair test.

Utterances of one speaker (or of one file) go wrong together. So whole blocks are drawn, with replacement, and the
rate is that of the summed counts of the blocks drawn (Bisani and Ney 2004; in blocks: Liu and Peng 2019).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from lect.speech.scoring.alignment import Alignment, Kind

FEWEST_BLOCKS = 6  # among five, even five wins in a row are no evidence at 5 %: 2 / 2**5 > 0.05
RESAMPLES = 10_000
CONFIDENCE = 0.95
_BOUNDARY = 2  # correct words in a row that part two segments, as in sc_stats
_POWER = 1.960 + 0.842  # standard errors that a test at 5 % detects four times in five
_CELLS = 1 << 21  # draws held at a time

_Counts = Sequence[int] | npt.NDArray[np.int64]
_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A confidence interval, in ratios."""

    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """The WER of B less that of A, on the same utterances; negative where B is better.

    Interval, p value and detectable difference are None where there are too few blocks to say.
    """

    delta: float
    interval: Interval | None
    p: float | None
    detectable: float | None  # the smallest difference that a set like this shows four times in five
    blocks: int

    @property
    def significant(self) -> bool:
        """Whether chance is no good explanation: zero is outside the interval."""
        if self.interval is None or self.p is None:
            return False
        return self.p < 1 - CONFIDENCE and self.interval.low * self.interval.high > 0


class Recorded(Protocol):
    """An utterance of a file, perhaps of a speaker who is known."""

    @property
    def file(self) -> str: ...

    @property
    def speaker(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Blocks:
    """Which utterances go wrong together: those of a speaker where enough are known, else those of a file."""

    unit: str  # speaker or file
    names: list[str]

    @classmethod
    def of(cls, utterances: Sequence[Recorded]) -> Blocks:
        """The block of each utterance."""
        speakers = [utterance.speaker for utterance in utterances if utterance.speaker]
        if len(speakers) == len(utterances) and len(set(speakers)) >= FEWEST_BLOCKS:
            return cls(unit="speaker", names=speakers)
        return cls(unit="file", names=[utterance.file for utterance in utterances])


@dataclass(frozen=True, kw_only=True)
class MatchedPairs:
    """What the matched-pair sentence-segment word error test (MAPSSWE) found."""

    segments: int
    mean: float  # errors of A less those of B, per segment
    z: float
    p: float


def block_bootstrap(
    errors: _Counts,
    words: _Counts,
    blocks: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """The interval that holds the WER with 95 % confidence.

    Args:
        errors: errors of each utterance, shape = (n_utterances,).
        words: reference words of each utterance, same shape.
        blocks: who speaks, or which file it is, for each utterance.
        seed: of the draws; the same seed gives the same interval.
        resamples: how often to draw.

    Returns:
        The percentile interval; None if there are fewer than six blocks.
    """
    table = _block_sums(blocks, words, errors)
    return None if len(table) < FEWEST_BLOCKS else _interval(_resampled_rates(table, seed, resamples)[:, 0])


def paired_block_bootstrap(
    errors_a: _Counts,
    errors_b: _Counts,
    words: _Counts,
    blocks: Sequence[str],
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Difference:
    """The difference of two models on the same utterances; both are drawn together.

    The p value is two-sided and belongs to the percentile interval: it is below 0.05 where zero is outside.
    """
    table = _block_sums(blocks, words, errors_a, errors_b)
    delta = float(np.subtract(*_rates(table.sum(axis=0))[::-1]))
    if len(table) < FEWEST_BLOCKS:
        return Difference(delta=delta, interval=None, p=None, detectable=None, blocks=len(table))
    rates = _resampled_rates(table, seed, resamples)
    deltas = rates[:, 1] - rates[:, 0]
    return Difference(
        delta=delta,
        interval=_interval(deltas),
        p=_p_value(deltas),
        detectable=_POWER * float(deltas.std()) or None,  # no error differs: nothing to judge by
        blocks=len(table),
    )


def mapsswe(a: Iterable[Alignment], b: Iterable[Alignment]) -> MatchedPairs:
    """The matched-pair test of NIST's sc_stats on two models' alignments of the same utterances.

    A segment is a stretch with errors of either model between two correct words of both on either side. (sc_stats
    overlooks insertions of the second system behind the last reference word; here they count.)
    """
    pairs = zip(a, b, strict=True)
    differences = [
        errors_a - errors_b for one, other in pairs for errors_a, errors_b in _segments(one, other)
    ]
    if not differences:
        return MatchedPairs(segments=0, mean=0.0, z=0.0, p=1.0)
    count, mean = len(differences), sum(differences) / len(differences)
    squares = sum((difference - mean) ** 2 for difference in differences)
    if mean and not squares:  # all alike: there is no spread to measure by, but the sign test can tell
        return MatchedPairs(segments=count, mean=mean, z=math.copysign(math.inf, mean), p=0.5 ** (count - 1))
    z = mean / math.sqrt(squares / (count - 1) / count) if squares else 0.0
    return MatchedPairs(segments=count, mean=mean, z=z, p=math.erfc(abs(z) / math.sqrt(2)))


def _block_sums(blocks: Sequence[str], *columns: _Counts) -> _Floats:
    """Counts summed over each block, shape = (n_blocks, n_columns)."""
    numbers: dict[str, int] = {}
    rows = np.array([numbers.setdefault(block, len(numbers)) for block in blocks], np.intp)
    table = np.zeros((len(numbers), len(columns)))
    np.add.at(table, rows, np.stack([np.asarray(column, np.float64) for column in columns], axis=1))
    return table


def _resampled_rates(table: _Floats, seed: int, resamples: int) -> _Floats:
    """The rates of each resample, shape = (resamples, n_models)."""
    generator = np.random.default_rng(seed)
    count = len(table)
    step = max(1, _CELLS // count)
    sums = []
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = generator.integers(count, size=(rows, count)) + count * np.arange(rows)[:, None]
        times = np.bincount(drawn.ravel(), minlength=rows * count).reshape(rows, count)
        sums.append(times.astype(np.float64) @ table)
    return _rates(np.concatenate(sums))


def _rates(sums: _Floats) -> _Floats:
    """Errors by words; the first column holds the words."""
    rates: _Floats = sums[..., 1:] / np.maximum(sums[..., :1], 1)
    return rates


def _interval(values: _Floats) -> Interval:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(values, [tail, 1 - tail])
    return Interval(low=float(low), high=float(high))


def _p_value(deltas: _Floats) -> float:
    rarer = min(int((deltas <= 0).sum()), int((deltas >= 0).sum()))
    return min(1.0, 2 * (rarer + 1) / (len(deltas) + 1))


def _segments(a: Alignment, b: Alignment) -> Iterator[tuple[int, int]]:
    """Errors of both models in each segment."""
    errors_a = errors_b = good = 0
    for inserted_a, inserted_b, wrong_a, wrong_b in _joint_slots(a, b):
        errors_a += inserted_a + wrong_a
        errors_b += inserted_b + wrong_b
        if inserted_a or inserted_b:
            good = 0
        good = 0 if wrong_a or wrong_b else good + 1
        if good >= _BOUNDARY and (errors_a or errors_b):
            yield errors_a, errors_b
            errors_a = errors_b = 0
    if errors_a or errors_b:
        yield errors_a, errors_b


def _joint_slots(a: Alignment, b: Alignment) -> Iterator[tuple[int, int, int, int]]:
    inserted_a, wrong_a = _slots(a)
    inserted_b, wrong_b = _slots(b)
    return zip(inserted_a, inserted_b, wrong_a, wrong_b, strict=True)


def _slots(alignment: Alignment) -> tuple[list[int], list[int]]:
    """Insertions before each reference word and behind the last; whether each word is wrong (none behind it)."""
    inserted, wrong = [0], list[int]()
    for edit in alignment.edits:
        if edit.kind is Kind.INSERTION:
            inserted[-1] += 1
        else:
            wrong.append(int(edit.kind is not Kind.CORRECT))
            inserted.append(0)
    return inserted, [*wrong, 0]
