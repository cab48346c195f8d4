"""How a long task tells its caller how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is being done, and how far it is, 0..1
KEPT = "kept for the next time"  # behind what is done once
_LONG = 100.0  # seconds; more are told in minutes
_ENOUGH = 1.0  # seconds of work that foretell the rest; what takes no longer is not worth a word


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
            left = elapsed * (1 - done) / done
            about = f"{left:.0f} s" if left < _LONG else f"{left / 60:.0f} min"
            progress(f"{what} · about {about} left, {KEPT}", done)

    return tell
