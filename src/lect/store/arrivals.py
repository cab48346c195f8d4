"""Models that other servers sent: which authorisations were used, and for which bundle."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.exc import IntegrityError

from lect.core.errors import Conflict
from lect.store.tables import arrivals as table


def bundle_of(connection: Connection, id: str) -> str | None:
    """The SHA-256 of the bundle that came by an authorisation; None: it was not used."""
    return connection.execute(select(table.c.bundle).where(table.c.id == id)).scalar()


def add(connection: Connection, id: str, bundle: str, *, expires: datetime, now: datetime) -> None:
    """Note that an authorisation was used, and forget those that have expired.

    Raises:
        Conflict: it was used already.
    """
    connection.execute(delete(table).where(table.c.expires < now))
    try:
        connection.execute(insert(table).values(id=id, bundle=bundle, expires=expires))
    except IntegrityError:
        raise Conflict(f"the authorisation {id} was used already") from None
