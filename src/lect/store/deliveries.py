"""What web hooks are told, have been told, and could not be told: the log of deliveries."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lect.core.entities import Delivery, WebHook
from lect.core.queries import Page, everything
from lect.core.status import Status
from lect.store.pages import read_page
from lect.store.repositories import WEB_HOOKS
from lect.store.tables import deliveries as table

FILTERS = frozenset({"event", "created", "delivered"})


def listeners(connection: Connection, event: str) -> list[WebHook]:
    """The web hooks that have answered their challenge and want to be told of an event."""
    hooks = WEB_HOOKS.page(connection, everything(), status=str(Status.SUCCEEDED))
    return [hook for hook in hooks if event in hook.events]


def add(connection: Connection, delivery: Delivery) -> bool:
    """Store a new one; False: its web hook was deleted meanwhile, and the unit of work is none the worse."""
    try:
        with connection.begin_nested():
            connection.execute(insert(table).values(asdict(delivery)))
    except IntegrityError:
        return False
    return True


def get(connection: Connection, id: str) -> Delivery | None:
    """The one of an id; None: its web hook was deleted meanwhile."""
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    return Delivery(**row) if row else None


def page(connection: Connection, web_hook: str, page: Page = Page()) -> list[Delivery]:
    """A part of the deliveries of a web hook, in the order of creation; one more than `page.top` if there are more."""
    query = select(table).where(table.c.web_hook == web_hook)
    return [Delivery(**row) for row in read_page(connection, query, table, page, FILTERS)]


def newest(
    connection: Connection, web_hook: str, *, skip: int = 0, top: int = 100
) -> tuple[list[Delivery], int]:
    """A part of the deliveries of a web hook, the newest first, and how many there are in all."""
    ours = table.c.web_hook == web_hook
    query = select(table).where(ours).order_by(table.c.created.desc(), table.c.id.desc())
    found = connection.execute(query.offset(skip).limit(top)).mappings()
    total = connection.execute(select(func.count()).select_from(table).where(ours)).scalar_one()
    return [Delivery(**row) for row in found], int(total)


def put(connection: Connection, delivery: Delivery) -> bool:
    """Write how far one is; False: nothing more was to be done for it, and it stays as it is."""
    is_open = (table.c.id == delivery.id) & table.c.due.is_not(None)
    return connection.execute(update(table).where(is_open).values(asdict(delivery))).rowcount == 1


def end(connection: Connection, web_hook: str, event: str, *, outcome: str) -> None:
    """Do nothing more for the deliveries of an event."""
    are_open = (table.c.web_hook == web_hook) & (table.c.event == event) & table.c.due.is_not(None)
    connection.execute(update(table).where(are_open).values(due=None, outcome=outcome))


def waiting(connection: Connection, web_hook: str) -> int:
    """How many deliveries of a web hook are still to be made."""
    due = table.c.due.is_not(None)
    query = select(func.count()).select_from(table).where(table.c.web_hook == web_hook, due)
    return int(connection.execute(query).scalar_one())


def failing_until(connection: Connection, web_hook: str) -> datetime | None:
    """When a web hook whose last attempt failed is tried again; None: its last attempt did not fail, or is given up."""
    ours = table.c.web_hook == web_hook
    last = select(table).where(ours, table.c.tried.is_not(None)).order_by(table.c.tried.desc()).limit(1)
    row = connection.execute(last).mappings().first()
    if row is None or row["delivered"] is not None:
        return None
    again = select(func.min(table.c.due)).where(ours, table.c.attempts > 0)
    found: datetime | None = connection.execute(again).scalar()
    return found


def forget(connection: Connection, *, before: datetime) -> int:
    """Remove those of before then that nothing more is done for; how many they were."""
    old = delete(table).where(table.c.created < before, table.c.due.is_(None))
    return connection.execute(old).rowcount
