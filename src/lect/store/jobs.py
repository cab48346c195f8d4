"""Rows of jobs, of the steps they have done, and of the workers that run them.

Every write of a worker is guarded by the job's lease: it returns False, and changes nothing, once another worker has the job.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from lect.core.jobs import Job, JobState, Json
from lect.store.tables import job_steps as steps
from lect.store.tables import jobs, workers

LONGEST_WAIT = timedelta(hours=2)  # a job due later than this is due: the clock was set back
_CLAIMING = 0x6C6A6F62  # "ljob", the advisory lock that workers on Postgres claim under

UNFINISHED = (JobState.QUEUED, JobState.RUNNING)
_HIDDEN = {"worker"}


def add(connection: Connection, job: Job) -> bool:
    """Store a new job; False if there is one with its id."""
    values = {
        name: value
        for name, value in vars(job).items()
        if name in jobs.c  # `results` are rows of their own
    } | {"arguments": dict(job.arguments)}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    added = connection.execute(dialect.insert(jobs).values(values).on_conflict_do_nothing())
    return added.rowcount == 1


def get(connection: Connection, job_id: str) -> Job | None:
    """A job with the results of its steps."""
    found = many(connection, [job_id])
    return found[0] if found else None


def many(connection: Connection, ids: Collection[str]) -> list[Job]:
    """Those of the jobs that exist."""
    return _jobs(connection, jobs.c.id.in_(ids))


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many there are of each kind in each state."""
    query = select(jobs.c.kind, jobs.c.state, func.count()).group_by(jobs.c.kind, jobs.c.state)
    return {(kind, state): count for kind, state, count in connection.execute(query)}


def newest(
    connection: Connection,
    *,
    kinds: Collection[str],
    states: Collection[JobState] = tuple(JobState),
    project: str | None = None,
    skip: int = 0,
    top: int = 100,
) -> list[Job]:
    """A part of the jobs of some kinds in some states, the newest first, without what their steps returned.

    Args:
        project: whose; None: everybody's
    """
    query = select(jobs).where(_wanted(kinds, states, project))
    query = query.order_by(jobs.c.created.desc(), jobs.c.id.desc()).offset(skip).limit(top)
    return [_job(row, {}) for row in connection.execute(query).mappings()]


def count(
    connection: Connection, *, kinds: Collection[str], states: Collection[JobState], project: str | None
) -> int:
    """How many `newest` has in all its parts."""
    query = select(func.count()).select_from(jobs).where(_wanted(kinds, states, project))
    return int(connection.execute(query).scalar_one())


def _wanted(kinds: Collection[str], states: Collection[JobState], project: str | None) -> ColumnElement[bool]:
    wanted = jobs.c.kind.in_(kinds) & jobs.c.state.in_(states)
    return wanted if project is None else wanted & (jobs.c.project == project)


def of_resource(connection: Connection, resource: str) -> list[Job]:
    """Its jobs, the oldest first."""
    return _jobs(connection, jobs.c.resource == resource)


def _jobs(connection: Connection, where: ColumnElement[bool]) -> list[Job]:
    rows = connection.execute(select(jobs).where(where).order_by(jobs.c.created, jobs.c.id)).mappings().all()
    if not rows:
        return []
    results: dict[str, dict[str, Json]] = {row["id"]: {} for row in rows}
    for step in connection.execute(select(steps).where(steps.c.job.in_(results))):
        results[step.job][step.name] = step.result
    return [_job(row, results[row["id"]]) for row in rows]


def _job(row: RowMapping, results: Mapping[str, Json]) -> Job:
    values: dict[str, Any] = {name: value for name, value in row.items() if name not in _HIDDEN}
    return Job(**values | {"state": JobState(row["state"]), "results": results})


def cancel(connection: Connection, job_id: str) -> bool:
    """Ask for its end; False if it is over already, or is none."""
    asked = update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(UNFINISHED)).values(is_cancelling=True)
    return connection.execute(asked).rowcount == 1


def forget(connection: Connection, before: datetime) -> int:
    """Remove the jobs that were over before then; how many they were."""
    over = jobs.c.state.in_([state for state in JobState if state.is_final])
    old = select(jobs.c.id).where(over, jobs.c.finished < before).scalar_subquery()
    connection.execute(delete(steps).where(steps.c.job.in_(old)))
    return connection.execute(delete(jobs).where(over, jobs.c.finished < before)).rowcount


def forget_of(connection: Connection, resource: str) -> None:
    """Remove the jobs of a resource that are over, with what their steps returned."""
    over = jobs.c.state.in_([state for state in JobState if state.is_final])
    mine = select(jobs.c.id).where(over, jobs.c.resource == resource).scalar_subquery()
    connection.execute(delete(steps).where(steps.c.job.in_(mine)))
    connection.execute(delete(jobs).where(over, jobs.c.resource == resource))


# What workers do.


def waiting(connection: Connection, kinds: Collection[str], now: datetime) -> list[tuple[str, bool]]:
    """`(kind, is_cancelling)` of the queued jobs of these kinds that a worker has to do something about."""
    rows = connection.execute(
        select(jobs.c.kind, jobs.c.is_cancelling)
        .where(jobs.c.state == JobState.QUEUED, jobs.c.kind.in_(kinds))
        .where(or_(jobs.c.is_cancelling, _is_due(now)))
        .distinct()
    )
    return [(kind, is_cancelling) for kind, is_cancelling in rows]


def claim(
    connection: Connection, *, kind: str, at_once: int, worker: str, now: datetime, cancelled: bool = False
) -> Job | None:
    """Take the oldest job of a kind that is due, unless as many of them run.

    Args:
        at_once: the most jobs of this kind that may run, with all workers together
        cancelled: take one that is to be cancelled, however many run
    """
    if connection.dialect.name == "postgresql":  # SQLite has one writer anyway
        connection.execute(select(func.pg_advisory_xact_lock(_CLAIMING)))
    if not beat(connection, worker):  # it was taken for dead
        return None
    running = select(func.count()).where(jobs.c.kind == kind, jobs.c.state == JobState.RUNNING)
    if not cancelled and connection.execute(running).scalar_one() >= at_once:
        return None
    queued = select(jobs.c.id).where(jobs.c.state == JobState.QUEUED, jobs.c.kind == kind)
    wanted = jobs.c.is_cancelling if cancelled else ~jobs.c.is_cancelling & _is_due(now)
    first = queued.where(wanted).order_by(jobs.c.created, jobs.c.id).limit(1)
    job_id = connection.execute(first).scalar()
    if job_id is None:
        return None
    connection.execute(
        update(jobs)
        .where(jobs.c.id == job_id)
        .values(
            state=JobState.RUNNING,
            worker=worker,
            lease=jobs.c.lease + 1,
            attempt=case((jobs.c.attempt == 0, 1), else_=jobs.c.attempt),
            started=func.coalesce(jobs.c.started, now),
        )
    )
    return get(connection, job_id)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(jobs.c.due <= now, jobs.c.due > now + LONGEST_WAIT)


def move(connection: Connection, job: Job) -> bool:
    """Write the job as it is now, if its lease still holds; then nobody else takes it until this unit of work ends.

    A job that is to be cancelled does not succeed any more.
    """
    values: dict[str, Any] = {
        name: getattr(job, name)
        for name in (
            "state",
            "attempt",
            "deaths",
            "progress",
            "message",
            "eta",
            "due",
            "finished",
        )
    }
    values["error"] = None if job.error is None else dict(job.error)
    if job.state != JobState.RUNNING:
        values["worker"] = None
    where = _held(job)
    if job.state == JobState.SUCCEEDED:
        where &= ~jobs.c.is_cancelling
    return connection.execute(update(jobs).where(where).values(values)).rowcount == 1


def report(connection: Connection, job: Job, *, progress: float, message: str, eta: float | None) -> bool:
    """Write how far it is, if its lease still holds."""
    values = {"progress": progress, "message": message, "eta": eta}
    return connection.execute(update(jobs).where(_held(job)).values(values)).rowcount == 1


def _held(job: Job) -> ColumnElement[bool]:
    return (jobs.c.id == job.id) & (jobs.c.lease == job.lease) & (jobs.c.state == JobState.RUNNING)


def add_step(connection: Connection, job: Job, name: str, result: Json) -> None:
    """Record that a step is done; `move` the job before."""
    connection.execute(insert(steps).values(job=job.id, name=name, result=result))


def cancelling(connection: Connection, worker: str) -> set[str]:
    """The jobs of a worker that are to be cancelled."""
    asked = select(jobs.c.id).where(jobs.c.worker == worker, jobs.c.is_cancelling)
    return set(connection.execute(asked).scalars())


def add_worker(connection: Connection, worker: str, process: str) -> None:
    """A worker begins its life."""
    connection.execute(insert(workers).values(id=worker, process=process, beat=0))


def beat(connection: Connection, worker: str) -> bool:
    """It lives; False if it was taken for dead and its jobs are no longer its own."""
    lives = update(workers).where(workers.c.id == worker).values(beat=workers.c.beat + 1)
    return connection.execute(lives).rowcount == 1


def others(connection: Connection, worker: str) -> Sequence[tuple[str, str, int]]:
    """`(id, process, beat)` of all other workers."""
    rows = connection.execute(select(workers).where(workers.c.id != worker))
    return [(row.id, row.process, row.beat) for row in rows]


def remove_worker(connection: Connection, worker: str, *, seen: int | None = None, died: bool = True) -> int:
    """Remove a worker; its jobs wait for another.

    Args:
        seen: its last beat: if it has beaten since then, nothing happens. None: it leaves by itself
        died: whether that counts against the job it was at

    Returns:
        How many jobs it had.
    """
    found = select(workers.c.beat).where(workers.c.id == worker).with_for_update()
    now = connection.execute(found).scalar()
    if now is None or (seen is not None and now != seen):
        return 0
    freed = connection.execute(
        update(jobs)
        .where(jobs.c.worker == worker, jobs.c.state == JobState.RUNNING)
        .values(state=JobState.QUEUED, worker=None, eta=None, deaths=jobs.c.deaths + int(died))
    ).rowcount
    connection.execute(delete(workers).where(workers.c.id == worker))
    return freed
