"""The files of turns that were logged. Listed by their ids, which are in the order of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from lect.core.entities import FileKind, LogFile, LogOwner
from lect.core.errors import Conflict, NotFound
from lect.store.tables import logs as table


def add(connection: Connection, files: Iterable[LogFile]) -> None:
    """Store the files of a turn, together.

    Raises:
        Conflict: its endpoint was deleted meanwhile.
    """
    try:
        connection.execute(insert(table), [asdict(file) | {"kind": str(file.kind)} for file in files])
    except IntegrityError:
        raise Conflict("the endpoint of a log is gone") from None


def page(
    connection: Connection,
    owner: LogOwner,
    *,
    after: str | None = None,
    top: int | None = None,
    kind: FileKind | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[LogFile]:
    """Logs in the order of time.

    Args:
        since: only turns that began then or later
        until: only turns that began before then
        after: the id behind which they begin, whether it is still there or not
        top: how many at most
    """
    query = select(table).where(*_of(owner)).order_by(table.c.id).limit(top)
    query = query.where(table.c.id > after) if after is not None else query
    query = query.where(table.c.kind == str(kind)) if kind is not None else query
    query = query.where(table.c.created >= since) if since is not None else query
    query = query.where(table.c.created < until) if until is not None else query
    return [_file(dict(row)) for row in connection.execute(query).mappings()]


def newest(
    connection: Connection, owner: LogOwner, *, skip: int = 0, top: int = 100
) -> tuple[list[LogFile], int]:
    """The audio of a part of the turns, the newest first, and how many turns there are in all."""
    ours = [*_of(owner), table.c.kind == str(FileKind.AUDIO)]
    query = select(table).where(*ours).order_by(table.c.id.desc()).offset(skip).limit(top)
    total = connection.execute(select(func.count()).select_from(table).where(*ours)).scalar_one()
    return [_file(dict(row)) for row in connection.execute(query).mappings()], int(total)


@dataclass(frozen=True, kw_only=True)
class Day:
    """What was logged on a day."""

    day: str  # in UTC, such as `2026-01-02`
    turns: int
    seconds: float  # of audio


def per_day(connection: Connection, owner: LogOwner, *, top: int) -> list[Day]:
    """The last days on which anything was logged, the oldest of them first."""
    day = func.substr(table.c.id, 1, 10)
    query = select(day.label("day"), func.count().label("turns"), func.sum(table.c.duration).label("seconds"))
    query = query.where(*_of(owner), table.c.kind == str(FileKind.AUDIO))
    query = query.group_by(day).order_by(day.desc()).limit(top)
    return [Day(**row) for row in connection.execute(query).mappings()][::-1]


def get(connection: Connection, id: str, owner: LogOwner | None = None) -> LogFile:
    """The log of an id.

    Args:
        owner: whose it has to be

    Raises:
        NotFound: there is none.
    """
    query = select(table).where(table.c.id == id, *(_of(owner) if owner else ()))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(f"there is no log {id}", hint="It was deleted, or belongs to another endpoint.")
    return _file(dict(row))


def transcription_of(connection: Connection, audio: LogFile) -> LogFile | None:
    """What was recognised in the audio of a turn; None: that was deleted."""
    query = select(table).where(table.c.turn == audio.turn, table.c.kind == str(FileKind.TRANSCRIPTION))
    row = connection.execute(query).mappings().first()
    return _file(dict(row)) if row else None


def drop(
    connection: Connection,
    owner: LogOwner | None = None,
    *,
    id: str | None = None,
    before: datetime | None = None,
) -> int:
    """Remove logs: all, one, or those of before then; how many they were. Their bytes go with the next clean-up.

    Args:
        owner: whose; None: everybody's
    """
    query = delete(table).where(*(_of(owner) if owner else ()))
    query = query.where(table.c.id == id) if id is not None else query
    query = query.where(table.c.created < before) if before is not None else query
    return connection.execute(query).rowcount


def total(connection: Connection) -> int:
    """Bytes that all logs take."""
    return int(connection.execute(select(func.coalesce(func.sum(table.c.size), 0))).scalar_one())


def _of(owner: LogOwner) -> list[Any]:
    wanted = [table.c.endpoint == owner.endpoint]  # which says IS NULL for None
    if owner.locale is not None:
        wanted.append(table.c.locale == owner.locale)
    if owner.project is not None:
        wanted.append(table.c.project == owner.project)
    return wanted


def _file(row: dict[str, Any]) -> LogFile:
    return LogFile(**(row | {"kind": FileKind(row["kind"])}))
