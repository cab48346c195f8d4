"""What a kind of job is: its steps, and how it is run.

A kind is written once, where the work is known:

    TRAIN = JobKind(
        name="train",
        steps=(
            Step(name="train", run=train, weight=50),
            Step(name="publish", run=publish, apply=list_the_model),
        ),
        functions=frozenset({"lect.tasks:train"}),
        on_change=move_the_model,
    )

`run` may run more than once, because its worker may die before the result is recorded: what it leaves behind is
content-addressed, or written to `work.attempt` and renamed. `apply` and `on_change` write rows, in the unit of work that records
the step or the state: they take effect exactly once, or not at all. RUNNING alone is told again each time that a worker begins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lect.core.errors import JobCancelled, JobError, JobLost, LectError, StoreError
from lect.core.jobs import Job, JobState, Json

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["Job", "JobKind", "JobState", "Json", "Step", "Work", "is_temporary"]

LONGEST_PAUSE = 3600.0  # between two attempts, seconds


class Work(Protocol):
    """What a step is given, and by which it tells how it goes."""

    @property
    def job(self) -> Job:
        """The job, with the results of earlier steps in `results`."""

    @property
    def folder(self) -> Path:
        """Kept between attempts until the job is over: checkpoints."""

    @property
    def attempt(self) -> Path:
        """Empty at first, and of this step of this attempt alone: what it makes is renamed out of here."""

    def progress(self, message: str, done: float) -> None:
        """Tell how far the step is (0..1).

        Raises:
            JobError: the job is to end here: it was cancelled, took too long, or its worker stops.
        """

    def check(self) -> None:
        """Ask whether the step is still wanted; for steps that wait for others, several times a second.

        Raises:
            JobError: the job is to end here, as in `progress`.
        """

    def child(self, function: str, arguments: Json) -> Json:
        """Run a function of the kind's `functions` in a process of its own: heavy work, which ends at once when asked to.

        Args:
            function: `module:name` of a `(arguments: Json, progress: Progress) -> Json`

        Raises:
            LectError: what the function raised.
            JobError: the process died.
        """


@dataclass(frozen=True, kw_only=True)
class Step:
    """A part of a job that is not run again once it is done.

    Its name is kept with jobs that wait for an upgrade to end: under a new name it is a new step.
    """

    name: str
    run: Callable[[Work], Json]  # at least once; the result is a JSON document
    apply: Callable[[Connection, Job, Json], None] | None = None  # exactly once, with its record
    weight: float = 1.0  # its share of the job's progress


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """How jobs of one name are run."""

    name: str
    steps: tuple[Step, ...]
    functions: frozenset[str] = frozenset()  # that its steps may run in a child, as `module:name`
    on_change: Callable[[Connection, Job], None] | None = (
        None  # with each new state, exactly once for a final one
    )
    at_once: int = 1  # of this kind, with all workers together
    retries: int = 2  # attempts after the first, of what may pass by itself
    pause: float = 5.0  # before the second attempt, seconds; then twice as long each time
    timeout: float | None = None  # of a step, seconds
    lives: int = 5  # workers that may die in one step before the job is given up: it may be what kills them
    environment: Mapping[str, str] = field(default_factory=dict)  # of its children
    niceness: int = 10  # of its children: the server answers first

    def __post_init__(self) -> None:
        names = [step.name for step in self.steps]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{self.name}: a kind needs steps with names of their own")

    def pause_after(self, attempt: int) -> float:
        """Seconds between an attempt that failed and the next."""
        return float(min(self.pause * 2 ** min(attempt - 1, 30), LONGEST_PAUSE))


def is_temporary(error: Exception) -> bool:
    """Whether another attempt may succeed: what is wrong with the input stays wrong, what befell the process may not.

    A function that has no memory of its own failing (a bug, a full disk, a child that was killed) is worth another try.
    """
    if isinstance(error, LectError):
        return isinstance(error, StoreError | JobError) and not isinstance(error, JobCancelled | JobLost)
    return True
