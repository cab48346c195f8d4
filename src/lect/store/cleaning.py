"""Cleaning: blobs that no row refers to any more are removed, once they have been left alone for a while.

A job that is not over refers to every blob that its arguments and the results of its steps name: it may go on with them. What
was put since a running job began may be its own, and not named yet: a step may fetch files for days.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, Text, cast, select

from lect.core.jobs import JobState
from lect.store import tables
from lect.store.blobs import Blobs, Stored
from lect.store.database import Database

HOLDERS = (
    tables.files.c.blob,
    tables.blocks.c.blob,
    tables.models.c.bundle,
    tables.logs.c.blob,
)  # the columns that refer to blobs

_BATCH = 500  # blobs asked for at once
_SHA256 = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What was removed."""

    blobs: int = 0
    size: int = 0  # bytes


def _go_on() -> None:
    """Nobody interrupts it."""


def clean_up(
    database: Database, blobs: Blobs, *, before: datetime, check: Callable[[], None] = _go_on
) -> Cleaned:
    """Remove the blobs that no row refers to.

    Args:
        before: what was put at this time or later stays: its row may be about to be written. A day ago is a good choice;
            it must be longer ago than any upload lasts.
        check: is called now and then; what it raises ends the cleaning
    """
    removed: list[Stored] = []
    with database.read() as connection:
        before = min([before, *running_since(connection)])
    for batch in _batches(stored for stored in blobs.list() if stored.modified < before):
        check()
        with database.read() as connection:
            used = in_use(connection, [stored.sha256 for stored in batch])
        removed += [
            stored
            for stored in batch
            if stored.sha256 not in used and blobs.delete(stored.sha256, before=before)
        ]
    blobs.drop_leftovers(before)
    return Cleaned(blobs=len(removed), size=sum(stored.size for stored in removed))


def in_use(connection: Connection, candidates: Collection[str] | None = None) -> set[str]:
    """Those of some blobs that rows refer to; None: of all there are."""
    found = named_by_jobs(connection)
    for column in HOLDERS:
        wanted = column.is_not(None) if candidates is None else column.in_(candidates)
        found.update(connection.execute(select(column).where(wanted).distinct()).scalars())
    return found if candidates is None else found.intersection(candidates)


def running_since(connection: Connection) -> list[datetime]:
    """When the running jobs began."""
    is_running = tables.jobs.c.state == JobState.RUNNING
    return list(connection.execute(select(tables.jobs.c.started).where(is_running)).scalars())


def named_by_jobs(connection: Connection) -> set[str]:
    """All that looks like the name of a blob in jobs that are not over."""
    is_open = tables.jobs.c.state.in_([state for state in JobState if not state.is_final])
    arguments = select(cast(tables.jobs.c.arguments, Text)).where(is_open)
    results = select(cast(tables.job_steps.c.result, Text)).join(tables.jobs).where(is_open)
    return {
        name
        for query in (arguments, results)
        for document in connection.execute(query).scalars()
        for name in _SHA256.findall(document)
    }


def _batches(blobs: Iterable[Stored]) -> Iterator[list[Stored]]:
    blobs = iter(blobs)
    while batch := list(islice(blobs, _BATCH)):
        yield batch
