"""Work that comes again and again: each time is a job, and its end stores the next one."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lect.core.jobs import Job
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step
from lect.store.jobs import LONGEST_WAIT

if TYPE_CHECKING:
    from sqlalchemy import Connection

LONGEST = (
    LONGEST_WAIT.total_seconds() / 2
)  # between two times, seconds: a job planned for later would begin at once


@dataclass(frozen=True, kw_only=True)
class Recurring:
    """Something that is done once in each span of time, by one of all workers that share a database.

    Time is cut into spans that are the same for all. The job of a span has an id of its own, so it is there once, whoever plans
    it and however often. When in its span it begins is left to chance the first time, and stays so: not all servers of the
    world clean up at the full hour.
    """

    step: Step  # its name is that of the kind
    every: float  # length of a span, seconds, 1 to `LONGEST`
    clock: Callable[[], datetime]
    jitter: Callable[[], float] = random.random  # numbers in 0..1

    def __post_init__(self) -> None:
        if not 1.0 <= self.every <= LONGEST:
            raise ValueError(f"{self.step.name}: {self.every:g} s is not between 1 and {LONGEST:g}")

    @property
    def kind(self) -> JobKind:
        """What a worker runs."""
        return JobKind(name=self.step.name, steps=(self.step,), on_change=self._plan_next)

    def plan(self, connection: Connection) -> None:
        """Have it done in this span of time, unless it was or is going to be."""
        self._plan(connection, self.clock(), self.every * self.jitter())

    def _plan(self, connection: Connection, at: datetime, phase: float) -> None:
        start = math.floor(at.timestamp() / self.every) * self.every
        span = datetime.fromtimestamp(start, UTC)
        job_id = f"{self.step.name}-{span:%Y%m%dT%H%M%S}"
        queue.add(connection, self.step.name, {}, job_id=job_id, due=span + timedelta(seconds=phase))

    def _plan_next(self, connection: Connection, job: Job) -> None:
        if job.state.is_final:  # also after a failure
            phase = job.due.timestamp() % self.every
            self._plan(connection, self.clock() + timedelta(seconds=self.every), phase)
