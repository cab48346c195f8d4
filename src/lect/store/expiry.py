"""Which transcriptions are over for longer than they were to stay."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from lect.core.status import Status
from lect.store.tables import transcriptions as table

_FINAL = [str(status) for status in Status if status.is_final]


def expired(connection: Connection, now: datetime) -> list[str]:
    """Their ids. Only those with a time to live are read; the sum is made here, for each database would write it differently."""
    query = select(table.c.id, table.c.last_action, table.c.time_to_live).where(
        table.c.time_to_live.is_not(None), table.c.status.in_(_FINAL)
    )
    return [id for id, end, seconds in connection.execute(query) if end + timedelta(seconds=seconds) <= now]
