"""How a long task tells its caller how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is being done, and how far it is, 0..1
KEPT = "kept for the next time"  # behind what is done once
_LONG = 100.0  # seconds; more are told in minutes
_ENOUGH = 1.0  # seconds of work that foretell the rest; what takes no longer is not worth a word
_TELLING = 0.1  # of the work: what less of it foretells was seen to be far off


def silent(what: str, done: float) -> None:
    """Tell nobody."""


def once(
    progress: Progress, what: str, *, clock: Callable[[], float] = time.monotonic
) -> Callable[[float], None]:
    """What takes the progress of work whose result is kept: it tells how long the rest takes about, once that is known."""
    began = clock()

    def tell(done: float) -> None:
        elapsed = clock() - began
        if elapsed >= _ENOUGH and done > 0:
            about = f"about {span(elapsed * (1 - done) / done)} left, " if done >= _TELLING else ""
            progress(f"{what} · {about}{KEPT}", done)

    return tell


def span(seconds: float) -> str:
    """As `42 s` or `12 min`."""
    return f"{seconds:.0f} s" if seconds < _LONG else f"{seconds / 60:.0f} min"
