"""Cleaning: blobs that no row refers to any more are removed, once they have been left alone for a while."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from sqlalchemy import Connection, select

from lect.store import tables
from lect.store.blobs import Blobs, Stored
from lect.store.database import Database

HOLDERS = (
    tables.files.c.blob,
    tables.blocks.c.blob,
    tables.models.c.bundle,
)  # the columns that refer to blobs

_BATCH = 500  # blobs asked for at once


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """What was removed."""

    blobs: int = 0
    size: int = 0  # bytes


def clean_up(database: Database, blobs: Blobs, *, before: datetime) -> Cleaned:
    """Remove the blobs that no row refers to.

    Args:
        before: what was put at this time or later stays: its row may be about to be written. A day ago is a good choice;
            it must be longer ago than any upload lasts.
    """
    removed: list[Stored] = []
    for batch in _batches(stored for stored in blobs.list() if stored.modified < before):
        with database.read() as connection:
            used = in_use(connection, [stored.sha256 for stored in batch])
        removed += [
            stored
            for stored in batch
            if stored.sha256 not in used and blobs.delete(stored.sha256, before=before)
        ]
    blobs.drop_leftovers(before)
    return Cleaned(blobs=len(removed), size=sum(stored.size for stored in removed))


def in_use(connection: Connection, candidates: Collection[str]) -> set[str]:
    """Those blobs that rows refer to."""
    return {
        found
        for column in HOLDERS
        for found in connection.execute(select(column).where(column.in_(candidates)).distinct()).scalars()
    }


def all_in_use(connection: Connection) -> set[str]:
    """All blobs that rows refer to."""
    return {
        found
        for column in HOLDERS
        for found in connection.execute(select(column).where(column.is_not(None)).distinct()).scalars()
    }


def _batches(blobs: Iterable[Stored]) -> Iterator[list[Stored]]:
    blobs = iter(blobs)
    while batch := list(islice(blobs, _BATCH)):
        yield batch
