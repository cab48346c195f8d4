"""Who did what: a line for each change that somebody asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select

from lect.core.queries import Page
from lect.store.pages import condition
from lect.store.tables import audit as table
from lect.store.tables import keys

FILTERS = frozenset({"time", "key", "action", "resource"})


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that was done."""

    number: int  # grows
    time: datetime
    key: str | None  # id of the key that asked; None: nobody had to show one
    name: str | None  # what that key is for
    action: str
    resource: str  # its path below the API's prefix


def note(connection: Connection, *, key: str | None, action: str, resource: str, at: datetime) -> None:
    """Write down who did what."""
    connection.execute(insert(table).values(time=at, key=key, action=action, resource=resource))


def page(connection: Connection, page: Page = Page()) -> list[Entry]:
    """A part of the log, in the order in which it was written; one more than `page.top` if there are more.

    Raises:
        InvalidInput: it is filtered by what is not in `FILTERS`.
    """
    query = _entries()
    if page.filter is not None:
        query = query.where(condition(table, page.filter, FILTERS))
    query = query.order_by(table.c.number).offset(page.skip).limit(page.top + 1)
    return [Entry(**row) for row in connection.execute(query).mappings()]


def newest(connection: Connection, *, skip: int, top: int) -> tuple[list[Entry], int]:
    """A part of the log, the newest first, and how long it is."""
    query = _entries().order_by(table.c.number.desc()).offset(skip).limit(top)
    total = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return [Entry(**row) for row in connection.execute(query).mappings()], int(total)


def _entries() -> Select[Any]:
    return select(table, keys.c.name).select_from(table.outerjoin(keys, table.c.key == keys.c.id))
