"""Resources follow their jobs: a job's state is its resource's status."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lect.core.entities import Problem, Task
from lect.core.jobs import Job, JobState
from lect.core.status import Status
from lect.store.resources import TaskRepository

if TYPE_CHECKING:
    from sqlalchemy import Connection

Emit = Callable[
    ["Connection", str, str], None
]  # (unit of work, event such as `datasetCompletion`, id of the resource)


STATUSES = {  # that the state of its job gives a resource; one that waits leaves it as it is
    JobState.RUNNING: Status.RUNNING,
    JobState.SUCCEEDED: Status.SUCCEEDED,
    JobState.FAILED: Status.FAILED,
    JobState.CANCELLED: Status.FAILED,
}
CANCELLED = Problem(code="Cancelled", message="The work was cancelled.")


def tell_nobody(connection: Connection, event: str, resource: str) -> None:
    """Emit no event."""


def follow(repository: TaskRepository[Any], *, emit: Emit = tell_nobody) -> Callable[[Connection, Job], None]:
    """What a job's kind calls with each state of a job, in the unit of work that writes it."""

    def on_change(connection: Connection, job: Job) -> None:
        id = str(job.resource)
        task: Task = repository.get(connection, id)
        to = STATUSES.get(job.state)
        if to is None or task.status is to or task.status.is_final:
            return
        repository.move(connection, id, to, error=problem_of(job) if to is Status.FAILED else None)
        emit(connection, f"{repository.noun}{'Completion' if to.is_final else 'Processing'}", id)

    return on_change


def problem_of(job: Job) -> Problem:
    """Why a job failed, in words for whoever started it."""
    if job.state is JobState.CANCELLED:
        return CANCELLED
    error = job.error or {}
    code = "".join(part.capitalize() for part in error.get("code", "error").split("_"))
    message = "\n".join(part for part in (error.get("message"), error.get("hint")) if part)
    return Problem(code=code, message=message or "The work failed.")
