"""Which models were bound to an endpoint, when, and by whom."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from lect.core.entities import Deployment, Problem
from lect.core.queries import Page
from lect.core.status import Status
from lect.store.pages import read_page
from lect.store.tables import deployments as table

KEPT = 1_000  # of an endpoint, the newest


def add(connection: Connection, deployment: Deployment) -> None:
    """Store a new one, and forget what is too long ago."""
    connection.execute(insert(table).values(asdict(deployment) | {"status": str(deployment.status)}))
    ours = table.c.endpoint == deployment.endpoint
    newest = select(table.c.id).where(ours).order_by(table.c.created.desc(), table.c.id).limit(KEPT)
    connection.execute(delete(table).where(ours, table.c.id.not_in(newest.scalar_subquery())))


def move(connection: Connection, id: str, to: Status, *, at: datetime, error: Problem | None = None) -> None:
    """Write how far one is; none of this id is no error: its endpoint was deleted meanwhile."""
    end = {"finished": at, "error": asdict(error) if error else None} if to.is_final else {}
    connection.execute(update(table).where(table.c.id == id).values(status=str(to), **end))


def under_way(connection: Connection, endpoint: str) -> str | None:
    """The model that an endpoint is being given; None if no deployment goes on there."""
    ours = (table.c.endpoint == endpoint) & table.c.finished.is_(None)
    return connection.execute(
        select(table.c.model).where(ours).order_by(table.c.created.desc(), table.c.id).limit(1)
    ).scalar()


def page(connection: Connection, endpoint: str, page: Page = Page()) -> list[Deployment]:
    """A part of the deployments of an endpoint, in the order of creation; one more than `page.top` if there are more."""
    query = select(table).where(table.c.endpoint == endpoint)
    return [_deployment(row) for row in read_page(connection, query, table, page, frozenset())]


def _deployment(row: dict[str, object]) -> Deployment:
    error = row["error"]
    problem = Problem(**error) if isinstance(error, dict) else None
    return Deployment(**(row | {"status": Status(str(row["status"])), "error": problem}))  # type: ignore[arg-type]
