"""What each stage of a long task costs."""

from __future__ import annotations

import time
from collections.abc import Callable


class Stages:
    """Seconds of this process's processor time by stage, in order."""

    def __init__(self, clock: Callable[[], float] = time.process_time) -> None:
        self._clock, self._began = clock, clock()
        self.seconds: dict[str, float] = {}

    def end(self, name: str) -> None:
        """What was done since the last stage is this one."""
        now = self._clock()
        self.seconds[name] = round(self.seconds.get(name, 0.0) + now - self._began, 2)
        self._began = now
