"""Figures as Markdown tables: percent, points, and their intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.bench import Results
from benchmarks.measure import Comparison, Score
from benchmarks.slots import SlotScore
from lect.speech.scoring.intervals import Interval


def markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; columns of figures stand to the right."""
    lines = [header, ["---" if column == 0 else "---:" for column in range(len(header))], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(ratio: float, interval: Interval | None) -> str:
    """A ratio in percent, with its interval."""
    return f"{100 * ratio:.1f}{_range(interval, digits=1)}"


def difference(delta: float, interval: Interval | None) -> str:
    """A difference of ratios in percentage points, with its interval."""
    return f"{100 * delta:+.1f}{_range(interval, digits=1, sign='+')}"


def rate(score: Score) -> str:
    """A rate in percent, with its interval."""
    return share(score.rate, score.interval)


def points(comparison: Comparison) -> str:
    """A difference in percentage points, with its interval."""
    return difference(comparison.delta, comparison.interval)


def relative(comparison: Comparison) -> str:
    """A relative change in percent, with its interval."""
    return f"{100 * comparison.relative:+.0f} %{_range(comparison.relative_interval, digits=0, sign='+')}"


def share_right(score: SlotScore) -> str:
    """The share of orders with all slots right, in percent, with its interval."""
    right = 1 - score.wrong / score.utterances
    wrong = score.interval
    return f"{100 * right:.1f}{_range(wrong and Interval(low=1 - wrong.high, high=1 - wrong.low), digits=1)}"


def find(results: Results, base: str, name: str, a: str, b: str) -> Comparison:
    """The comparison of two systems on a set."""
    return next(
        each for each in results.comparisons if (each.base, each.set, each.a, each.b) == (base, name, a, b)
    )


def _range(interval: Interval | None, *, digits: int, sign: str = "") -> str:
    if interval is None:
        return ""
    return f" ({100 * interval.low:{sign}.{digits}f} … {100 * interval.high:{sign}.{digits}f})"
