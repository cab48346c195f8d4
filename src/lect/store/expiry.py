"""Which resources are over for longer than they were to stay: transcriptions and endpoints may have a time to live."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select

from lect.core.entities import Task
from lect.core.status import Status
from lect.store.resources import TaskRepository

_FINAL = [str(status) for status in Status if status.is_final]


def expired(connection: Connection, repository: TaskRepository[Any], now: datetime) -> list[str]:
    """Their ids. Only those with a time to live are read; the sum is made here, for each database would write it differently.

    They are held until this unit of work ends; what somebody else holds is at work again, or gone soon.
    """
    table = repository.table
    query = select(table.c.id, table.c.last_action, table.c.time_to_live).where(
        table.c.time_to_live.is_not(None), table.c.status.in_(_FINAL)
    )
    held = connection.execute(query.with_for_update(key_share=True, skip_locked=True))
    return [id for id, end, seconds in held if _is_past(end, seconds, now)]


def is_expired(task: Task, now: datetime) -> bool:
    """Whether one is; it may not be removed yet."""
    seconds = getattr(task, "time_to_live", None)
    return seconds is not None and task.status.is_final and _is_past(task.last_action, seconds, now)


def _is_past(end: datetime, seconds: float, now: datetime) -> bool:
    return end + timedelta(seconds=seconds) <= now
