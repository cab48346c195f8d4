"""What was counted at endpoints, a row an hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from lect.store.tables import endpoint_metrics as table

_COUNTS = ("outcomes", "finals", "first_partials")


@dataclass(frozen=True, kw_only=True)
class Hour:
    """What was counted at an endpoint in an hour; what was never seen is left out."""

    endpoint: str
    hour: datetime  # its beginning
    outcomes: Mapping[str, int] = field(default_factory=dict)  # requests by what became of them
    finals: Mapping[str, int] = field(default_factory=dict)  # by the end of their stretch of time
    first_partials: Mapping[str, int] = field(default_factory=dict)  # same


def add(connection: Connection, hours: Iterable[Hour]) -> None:
    """Add to what was counted in these hours. What was counted at an endpoint that is gone is left out.

    Several processes may add at once: rows are taken in one order.
    """
    for each in sorted(hours, key=lambda each: (each.endpoint, each.hour)):
        if _make(connection, each):
            _grow(connection, each)


def since(connection: Connection, endpoint: str, hour: datetime) -> list[Hour]:
    """The hours of an endpoint from one on in which something was counted, in their order."""
    query = select(table).where(table.c.endpoint == endpoint, table.c.hour >= hour).order_by(table.c.hour)
    return [Hour(**row) for row in connection.execute(query).mappings()]


def first(connection: Connection, endpoint: str) -> datetime | None:
    """The first hour that is still there; None: nothing was counted."""
    query = select(func.min(table.c.hour)).where(table.c.endpoint == endpoint)
    hour: datetime | None = connection.execute(query).scalar_one()
    return hour


def forget(connection: Connection, *, before: datetime) -> int:
    """Remove the hours that began before then; how many they were."""
    return connection.execute(delete(table).where(table.c.hour < before)).rowcount


def _make(connection: Connection, each: Hour) -> bool:
    """Have a row for an hour; False: its endpoint was deleted meanwhile."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    empty = {**asdict(each), **{name: {} for name in _COUNTS}}
    try:
        with connection.begin_nested():
            connection.execute(dialect.insert(table).values(empty).on_conflict_do_nothing())
    except IntegrityError:
        return False
    return True


def _grow(connection: Connection, each: Hour) -> None:
    ours = (table.c.endpoint == each.endpoint) & (table.c.hour == each.hour)
    row = connection.execute(select(table).where(ours).with_for_update()).mappings().one()
    sums = {name: dict(Counter(row[name]) + Counter(getattr(each, name))) for name in _COUNTS}
    connection.execute(update(table).where(ours).values(sums))
