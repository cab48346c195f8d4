"""How a long task tells its caller how far it is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]  # what is being done, and how far it is, 0..1


def silent(what: str, done: float) -> None:
    """Tell nobody."""
