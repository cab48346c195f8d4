"""Charts as numbers: where on a page's drawing each thing stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import floor, log10

WIDTH = 1000.0  # of the drawing, in its own unit; pages stretch it


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A scale from nothing to the end, with round numbers along it."""

    end: float  # a ratio
    ticks: Sequence[float]

    def at(self, ratio: float) -> float:
        """Where a ratio stands, 0 to `WIDTH`."""
        return round(WIDTH * min(max(ratio, 0.0), self.end) / self.end, 1)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A piece of a bar that is put together."""

    begin: float
    width: float


def pieces(counts: Sequence[float], whole: float) -> list[Piece]:
    """Counts one after another, where `whole` is as wide as the drawing."""
    scale = WIDTH / whole if whole else 0.0
    ends = [0.0, *accumulate(counts)]
    return [
        Piece(begin=round(begin * scale, 1), width=round(count * scale, 1))
        for begin, count in zip(ends, counts, strict=False)
    ]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """A line from left to right, with a scale beside it from nothing up."""

    axis: Axis
    points: str  # as SVG has them; the drawing is as high as it is wide


def curve(values: Sequence[float]) -> Curve:
    """Values with as much room between every two."""
    axis = scale(max(values, default=0.0))
    step = WIDTH / max(len(values) - 1, 1)
    places = (f"{at * step:.1f},{WIDTH - axis.at(value):.1f}" for at, value in enumerate(values))
    return Curve(axis=axis, points=" ".join(places))


def stretches(values: Sequence[float | None], axis: Axis) -> list[str]:
    """Lines through values in the middle of their columns, broken where there is none; a value alone is a dot."""
    step = WIDTH / max(len(values), 1)
    lines: list[list[str]] = [[]]
    for at, value in enumerate(values):
        if value is None:
            lines.append([])
        else:
            lines[-1].append(f"{(at + 0.5) * step:.1f},{WIDTH - axis.at(value):.1f}")
    return [" ".join(points if len(points) > 1 else 2 * points) for points in lines if points]


def scale(highest: float) -> Axis:
    """An axis of few round numbers up to a value or a little more."""
    rough = highest / 4 or 1.0
    power = 10.0 ** floor(log10(rough))
    step = next(round_one * power for round_one in (1, 2, 5, 10) if round_one * power >= rough * 0.999)
    count = max(1, -int(-highest * 0.999 // step))
    return Axis(end=step * count, ticks=[step * number for number in range(count + 1)])


def error_bars(
    intervals: Sequence[Sequence[float | None] | None], rates: Sequence[float | None] = ()
) -> Axis:
    """The axis on which rates with their intervals are drawn."""
    ends = [end for each in intervals if each for end in each if end is not None]
    highest = max([*ends, *(rate for rate in rates if rate is not None)], default=0.0)
    step = next(
        (step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25, 0.5, 1.0) if highest <= 5 * step), highest / 4
    )
    count = max(1, -int(-highest // step))
    return Axis(end=step * count, ticks=[step * number for number in range(count + 1)])
