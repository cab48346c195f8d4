"""Jobs as those who want something done meet them: every call is part of the caller's own unit of work."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from lect.core.entities import Task
from lect.core.errors import Conflict
from lect.core.jobs import Job, JobState, Json
from lect.jobs.contract import JobKind
from lect.jobs.liveness import is_gone
from lect.store import jobs as rows
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ID = re.compile(r"[0-9A-Za-z-]{1,64}")


def add(
    connection: Connection,
    kind: JobKind | str,
    arguments: Json,
    *,
    job_id: str | None = None,
    resource: str | None = None,
    project: str | None = None,
    key: str | None = None,
    due: datetime | None = None,
) -> Job:
    """Add a job; it exists exactly if the unit of work is committed.

    Args:
        kind: or its name, where the kind itself is not known
        arguments: a JSON document
        job_id: letters, digits and hyphens, by default a new UUID. An id that exists already is the same job, which is returned as it is
        resource: id of what the job works for
        project: id of the resource's project
        key: id of the key that asked for it
        due: when it may begin; now

    Raises:
        Conflict: another job has this id.
    """
    if job_id is not None and not _ID.fullmatch(job_id):
        raise ValueError(f"{job_id!r} is no id")  # it names a folder
    now = datetime.now(UTC)
    job = Job(
        id=job_id or str(uuid4()),
        kind=kind if isinstance(kind, str) else kind.name,
        arguments=arguments,
        resource=resource,
        project=project,
        key=key,
        created=now,
        due=due or now,
    )
    if rows.add(connection, job):
        return job
    existing = rows.get(connection, job.id)
    if existing is None or (existing.kind, existing.arguments) != (job.kind, arguments):
        raise Conflict(f"{job.id}: there is another job with this id")
    return existing


def add_for(
    storage: Storage,
    connection: Connection,
    task: Task,
    kind: str,
    arguments: Json | None = None,
    *,
    job_id: str | None = None,
) -> Job:
    """Add a job that works for a resource, on behalf of whoever asks the storage.

    Args:
        job_id: the id of the resource, if not given

    Raises:
        TooManyRequests: their key, or the project, has as many that are not over as it may have.
        Conflict: another job has this id.
    """
    project = getattr(task, "project", None)
    storage.require_turn(connection, project)
    return add(
        connection,
        kind,
        arguments or {},
        job_id=job_id or task.id,
        resource=task.id,
        project=project,
        key=storage.key,
    )


def get(connection: Connection, job_id: str) -> Job | None:
    """A job as it is now."""
    return rows.get(connection, job_id)


def of_resource(connection: Connection, resource: str) -> list[Job]:
    """The jobs of a resource, the oldest first."""
    return rows.of_resource(connection, resource)


def newest(
    connection: Connection,
    *,
    kinds: Collection[str],
    states: Collection[JobState] = tuple(JobState),
    project: str | None = None,
    skip: int = 0,
    top: int = 100,
) -> tuple[list[Job], int]:
    """A part of the jobs of some kinds in some states, the newest first, and how many there are in all.

    Args:
        project: whose; None: everybody's
    """
    wanted: dict[str, Any] = {"kinds": kinds, "states": states, "project": project}
    return rows.newest(connection, **wanted, skip=skip, top=top), rows.count(connection, **wanted)


def cancel(connection: Connection, job_id: str) -> bool:
    """Ask for the end of a job: a worker kills what runs and calls `on_change`, in less than a second.

    Returns:
        False if it is over already, or is none.
    """
    return rows.cancel(connection, job_id)


def forget(connection: Connection, *, before: datetime) -> int:
    """Remove the jobs that were over before then; how many they were."""
    return rows.forget(connection, before)


def forget_of(connection: Connection, resource: str) -> None:
    """Remove the jobs of a resource that are over, with what their steps returned."""
    rows.forget_of(connection, resource)


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many jobs there are, by kind and state."""
    return rows.counts(connection)


def has_worker(connection: Connection) -> bool:
    """Whether any worker lives: of one on another machine its row tells, which goes once another has missed its signs of life."""
    return any(not is_gone(process) for _, process, _ in rows.others(connection, ""))
