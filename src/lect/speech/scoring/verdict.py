"""One sentence that says which of two models is better, or that this set cannot tell."""

from __future__ import annotations

from lect.speech.scoring.intervals import FEWEST_BLOCKS, Difference


def verdict(a: str, b: str, difference: Difference, *, block: str = "file") -> str:
    """What a comparison means, in words; points are percentage points of WER.

    Args:
        a: the name of the first model.
        b: the name of the second.
        difference: what the bootstrap found, B less A.
        block: what the blocks are: `speaker` or `file`.

    >>> from lect.speech.scoring.intervals import Interval
    >>> sure = Interval(low=-0.027, high=-0.009)
    >>> verdict("A", "B", Difference(delta=-0.018, interval=sure, p=0.0004, detectable=0.013, blocks=41))
    'B beats A by 1.8 points (95 % CI 0.9-2.7, p = 0.0004)'
    """
    if difference.interval is None or difference.p is None:
        return _too_few(a, b, difference, block)
    if not difference.significant:
        return _no_difference(a, b, difference, block)
    better, worse = (b, a) if difference.delta < 0 else (a, b)
    low, high = sorted(abs(bound) for bound in (difference.interval.low, difference.interval.high))
    interval = f"95 % CI {_points(low)}-{_points(high)}, p = {_p(difference.p)}"
    return f"{better} beats {worse} by {_points(abs(difference.delta))} points ({interval})"


def _no_difference(a: str, b: str, difference: Difference, block: str) -> str:
    if difference.detectable is None:
        return f"no difference between {a} and {b}: equally many errors in every {block}"
    reach = _points(difference.detectable)
    return f"no detectable difference between {a} and {b}; this set can detect ≥ {reach} points"


def _too_few(a: str, b: str, difference: Difference, block: str) -> str:
    count = f"{difference.blocks} {block}{'' if difference.blocks == 1 else 's'}"
    needs = f"{count} cannot tell chance from merit, it takes at least {FEWEST_BLOCKS}"
    if not difference.delta:
        return f"{a} and {b} make equally many errors; {needs}"
    fewer, more = (b, a) if difference.delta < 0 else (a, b)
    return f"{fewer} is {_points(abs(difference.delta))} points below {more}; {needs}"


def _points(ratio: float) -> str:
    """Percentage points: two digits where one would read as nothing."""
    points = 100 * ratio
    return f"{points:.2f}" if 0 < points < 0.05 else f"{points:.1f}"


def _p(value: float) -> str:
    return f"{value:.4f}" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
