"""How far a job is, and how long it may still take."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from lect.jobs.contract import Step

_WINDOW = 120.0  # seconds of the past that tell of the future
_ENOUGH = (2.0, 0.01)  # seconds, and share of the work, that have to be seen before anything is foretold


def overall(steps: Sequence[Step], results: Mapping[str, object], done: float = 0.0) -> float:
    """The progress (0..1) of a job whose first step without a result is `done` (0..1)."""
    weights = [(step.weight, step.name in results) for step in steps]
    finished = sum(weight for weight, is_done in weights if is_done)
    current = next((weight for weight, is_done in weights if not is_done), 0.0)
    return (finished + current * min(max(done, 0.0), 1.0)) / sum(weight for weight, _ in weights)


class Remaining:
    """Seconds left, from how fast the last two minutes went."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()  # (seconds, progress)

    def add(self, now: float, progress: float) -> None:
        """At `now` (seconds of a clock that never goes back) it was this far (0..1)."""
        if self._seen and progress < self._seen[-1][1]:  # it began again
            self._seen.clear()
        self._seen.append((now, progress))
        while len(self._seen) > 2 and now - self._seen[1][0] > _WINDOW:
            self._seen.popleft()

    def seconds(self, now: float) -> float | None:
        """None as long as too little was seen."""
        if not self._seen:
            return None
        (since, before), (last, progress) = self._seen[0], self._seen[-1]
        elapsed, gained = max(now, last) - since, progress - before
        if elapsed < _ENOUGH[0] or gained < _ENOUGH[1]:
            return None
        return (1.0 - progress) * elapsed / gained
