"""Quotas: how much may be there at once. What would go beyond one is refused in the unit of work that would store it.

Whoever stores something that a quota counts waits for whoever does so at the same time: on SQLite there is one writer anyway, on
Postgres they take a lock. So together they never go beyond it. Results of work that has begun are kept whatever the quota of bytes
says: hours of training are worth more.

What has outlived its time counts no longer, removed or not: nobody sees it, so nobody could make room by deleting it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, func, or_, select, true

from lect.core.errors import QuotaExceeded, TooManyRequests
from lect.settings import Quotas
from lect.store.jobs import UNFINISHED
from lect.store.resources import Repository
from lect.store.tables import (
    blocks,
    datasets,
    endpoints,
    evaluations,
    files,
    jobs,
    logs,
    models,
    transcriptions,
)

RETRY_AFTER = 10  # seconds: no job is over sooner than it takes to ask again
_HEAVY = frozenset({datasets, models, evaluations, transcriptions})  # each brings bytes, or will
_LOCK = 0x6C717461  # "lqta", the advisory lock that what is counted is stored under on Postgres
_HINT = "Delete what is no longer needed, or have LECT_QUOTAS_{} raised."


def require_room(
    connection: Connection, quotas: Quotas, repository: Repository[Any], *, at: datetime, size: int = 0
) -> None:
    """Make sure that one more resource may be stored.

    Args:
        at: now
        size: what comes with it, bytes

    Raises:
        QuotaExceeded: there are as many as there may be, or no byte more may be stored.
    """
    table = repository.table
    most = getattr(quotas, table.name, None)
    if most is not None:
        _take_turns(connection)
        own: dict[str, Any] = {"is_base": False} if "is_base" in table.c else {}  # base models are nobody's
        if repository.count(connection, at=at, **own) >= most:
            raise QuotaExceeded(
                f"this server keeps {most:,} {repository.noun}s at most, and they are there",
                hint=_HINT.format(table.name.upper()),
            )
    if table in _HEAVY:
        require_bytes(connection, quotas, max(size, 1), at=at)


def require_bytes(connection: Connection, quotas: Quotas, size: int, *, at: datetime) -> None:
    """Make sure that so many more bytes may be stored.

    Raises:
        QuotaExceeded: they may not.
    """
    if quotas.stored_bytes is None:
        return
    _take_turns(connection)
    there = stored_bytes(connection, at=at)
    if there + size > quotas.stored_bytes:
        raise QuotaExceeded(
            f"this server keeps {quotas.stored_bytes:,} bytes at most, and {there:,} are there",
            hint=_HINT.format("STORED_BYTES"),
        )


def require_turn(connection: Connection, quotas: Quotas, *, key: str | None, project: str | None) -> None:
    """Make sure that a key, and a project, may have one more job.

    Raises:
        TooManyRequests: as many of theirs wait or run as may.
    """
    for whose, column, id, most in (
        ("key", jobs.c.key, key, quotas.jobs_per_key),
        ("project", jobs.c.project, project, quotas.jobs_per_project),
    ):
        if id is None or most is None:
            continue
        _take_turns(connection)
        unfinished = select(func.count()).where(column == id, jobs.c.state.in_(UNFINISHED))
        if connection.execute(unfinished).scalar_one() >= most:
            raise TooManyRequests(
                f"one {whose} has {most:,} jobs at most that wait or run, and it has them",
                hint=f"Wait until one is over, or have LECT_QUOTAS_JOBS_PER_{whose.upper()} raised.",
                detailed_code="QuotaViolation",
                retry_after=RETRY_AFTER,
            )


def stored_bytes(connection: Connection, *, at: datetime) -> int:
    """What all resources hold together."""
    return sum(stored_parts(connection, at=at).values())


def stored_parts(connection: Connection, *, at: datetime) -> dict[str, int]:
    """What resources hold, by what it is, bytes; each as if it were alone: a blob that two of them share counts twice."""
    sizes: dict[str, tuple[Any, ColumnElement[bool]]] = {
        "files": (files.c.size, files.c.owner.not_in(_over(transcriptions, at))),
        "blocks": (blocks.c.size, true()),
        "bundles": (models.c.bundle_size, true()),
        "logs": (logs.c.size, or_(logs.c.endpoint.is_(None), logs.c.endpoint.not_in(_over(endpoints, at)))),
    }
    return {
        name: int(connection.execute(select(func.coalesce(func.sum(size), 0)).where(counts)).scalar_one())
        for name, (size, counts) in sizes.items()
    }


def _over(mortal: Table, at: datetime) -> Any:
    """The ids of those whose time is over."""
    return select(mortal.c.id).where(mortal.c.expires <= at)


def _take_turns(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
