"""The drafts of corrections: the transcript of each recording as it stands, and as it was before."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from lect.core.entities import Draft, Revision, Segment
from lect.core.errors import Conflict, NotFound
from lect.store.tables import drafts as table
from lect.store.tables import revisions

KEPT = 100  # revisions of a draft beside the first, the newest of them
_BATCH = 500  # rows stored at once


def put(connection: Connection, correction: str, drafts: Iterable[Draft]) -> None:
    """Give a correction these drafts, and no others."""
    connection.execute(delete(table).where(table.c.correction == correction))
    rows = [_row(draft) for draft in drafts]
    for begin in range(0, len(rows), _BATCH):
        connection.execute(insert(table), rows[begin : begin + _BATCH])


def get(connection: Connection, correction: str, number: int) -> Draft:
    """The draft of a recording.

    Raises:
        NotFound: the correction has no recording of this number.
    """
    query = select(table).where(table.c.correction == correction, table.c.number == number)
    row = connection.execute(query).first()
    if row is None:
        raise NotFound(f"there is no recording {number}", hint="List the recordings of the correction.")
    return _draft(row)


def page(
    connection: Connection,
    correction: str,
    *,
    is_done: bool | None = None,
    search: str = "",
    skip: int = 0,
    top: int = 100,
) -> tuple[list[Draft], int]:
    """A part of the drafts, those that the model is least sure of first, and how many there are in all.

    Args:
        is_done: only those that are done, or are not; None: all
        search: only those with this in their text or name, whatever its capitals
    """
    wanted = _wanted(correction, is_done=is_done, search=search)
    query = select(table).where(*wanted).order_by(_how_sure, table.c.number).offset(skip).limit(top)
    total = connection.execute(select(func.count()).select_from(table).where(*wanted)).scalar_one()
    return [_draft(row) for row in connection.execute(query)], int(total)


def all_of(connection: Connection, correction: str, *, is_done: bool | None = None) -> list[Draft]:
    """The drafts in the order of the dataset."""
    query = select(table).where(*_wanted(correction, is_done=is_done)).order_by(table.c.number)
    return [_draft(row) for row in connection.execute(query)]


def following(connection: Connection, draft: Draft, *, is_done: bool | None = None) -> int | None:
    """The number of the draft that comes after one in the order of lists; None: it is the last.

    Args:
        is_done: as in `page`
    """
    sureness, number = _sureness(draft), table.c.number
    after = or_(_how_sure > sureness, and_(_how_sure == sureness, number > draft.number))
    query = select(number).where(*_wanted(draft.correction, is_done=is_done), after)
    return connection.execute(query.order_by(_how_sure, number).limit(1)).scalar()


def preceding(connection: Connection, draft: Draft, *, is_done: bool | None = None) -> int | None:
    """The number of the draft that comes before one in the order of lists; None: it is the first."""
    sureness, number = _sureness(draft), table.c.number
    before = or_(_how_sure < sureness, and_(_how_sure == sureness, number < draft.number))
    query = select(number).where(*_wanted(draft.correction, is_done=is_done), before)
    return connection.execute(query.order_by(_how_sure.desc(), number.desc()).limit(1)).scalar()


def first_to_do(connection: Connection, correction: str) -> int | None:
    """The number of the first draft in the order of lists that is not done; None: all are."""
    query = select(table.c.number).where(*_wanted(correction, is_done=False))
    return connection.execute(query.order_by(_how_sure, table.c.number).limit(1)).scalar()


def seconds(connection: Connection, correction: str) -> float:
    """How long all recordings are together."""
    query = select(func.coalesce(func.sum(table.c.duration), 0.0)).where(table.c.correction == correction)
    return float(connection.execute(query).scalar_one())


def counts(connection: Connection, corrections: Collection[str]) -> dict[str, tuple[int, int]]:
    """How many drafts of each correction are done, and how many there are; of those that have any."""
    done = func.sum(case((table.c.is_done, 1), else_=0))
    query = select(table.c.correction, done, func.count()).where(table.c.correction.in_(corrections))
    return {
        row[0]: (int(row[1]), int(row[2])) for row in connection.execute(query.group_by(table.c.correction))
    }


def change(connection: Connection, draft: Draft, *, since: int) -> Draft:
    """Write a draft anew, as the next revision; what it was before is kept.

    Args:
        draft: with what it is to be
        since: the revision that the change was made to

    Raises:
        Conflict: it is at another revision; `details["draft"]` is the draft as it is now.
        NotFound: there is no such draft.
    """
    before = get(connection, draft.correction, draft.number)
    if before.revision != since:
        raise _changed(before, since)
    after = replace(draft, revision=since + 1)
    row = _row(after)
    done = connection.execute(
        update(table)
        .where(*_is(draft), table.c.revision == since)
        .values({name: row[name] for name in ("segments", "text", "is_done", "revision", "changed", "key")})
    )
    if done.rowcount != 1:
        raise _changed(get(connection, draft.correction, draft.number), since)
    kept = {name: value for name, value in _row(before).items() if name in revisions.c}
    connection.execute(insert(revisions).values(kept))
    connection.execute(
        delete(revisions).where(
            *_of(draft.correction, draft.number),
            revisions.c.revision.between(2, since - KEPT),
        )
    )
    return after


def _changed(now: Draft, since: int) -> Conflict:
    return Conflict(
        f"recording {now.number} was changed by somebody else: it is at revision {now.revision}, not {since}",
        hint="Compare the two; to have yours, save it again with the new revision.",
        draft=now,
    )


def history(connection: Connection, correction: str, number: int) -> list[Revision]:
    """A draft as it was before each change that is kept, the newest first."""
    query = select(revisions).where(*_of(correction, number)).order_by(revisions.c.revision.desc())
    return [
        Revision(
            revision=row.revision,
            segments=_segments(row.segments),
            is_done=row.is_done,
            changed=row.changed,
            key=row.key,
        )
        for row in connection.execute(query)
    ]


def of_files(connection: Connection, correction: str, files: Collection[str]) -> list[Draft]:
    """The drafts of some recordings."""
    query = select(table).where(table.c.correction == correction, table.c.file.in_(files))
    return [_draft(row) for row in connection.execute(query.order_by(table.c.number))]


def drop(connection: Connection, correction: str, files: Collection[str]) -> int:
    """Remove the drafts of some recordings, with all that they ever were; how many they were."""
    gone = delete(table).where(table.c.correction == correction, table.c.file.in_(files))
    return connection.execute(gone).rowcount


_sure = literal(1.0)  # of what no model heard
_how_sure = func.coalesce(table.c.confidence, _sure)  # the least comes first in lists


def _sureness(draft: Draft) -> ColumnElement[float]:
    return _sure if draft.confidence is None else literal(draft.confidence)


def _wanted(correction: str, *, is_done: bool | None, search: str = "") -> list[Any]:
    wanted: list[Any] = [table.c.correction == correction]
    if is_done is not None:
        wanted.append(table.c.is_done.is_(is_done))
    if search:
        wanted.append(
            or_(
                table.c.text.icontains(search, autoescape=True),
                table.c.file.icontains(search, autoescape=True),
            )
        )
    return wanted


def _is(draft: Draft) -> tuple[Any, Any]:
    return table.c.correction == draft.correction, table.c.number == draft.number


def _of(correction: str, number: int) -> tuple[Any, Any]:
    return revisions.c.correction == correction, revisions.c.number == number


def _row(draft: Draft) -> dict[str, Any]:
    begin, size = draft.outline
    row = {name: value for name, value in vars(draft).items() if name in table.c}
    return row | {
        "segments": [_plain(segment) for segment in draft.segments],
        "text": draft.text,
        "outline_begin": begin,
        "outline_size": size,
    }


def _plain(segment: Segment) -> dict[str, Any]:
    return {name: value for name, value in asdict(segment).items() if value is not None}


def _segments(rows: Sequence[Mapping[str, Any]]) -> tuple[Segment, ...]:
    return tuple(Segment(**row) for row in rows)


def _draft(row: Row[Any]) -> Draft:
    return Draft(
        correction=row.correction,
        number=row.number,
        file=row.file,
        duration=row.duration,
        segments=_segments(row.segments),
        confidence=row.confidence,
        is_done=row.is_done,
        revision=row.revision,
        changed=row.changed,
        key=row.key,
        outline=(row.outline_begin, row.outline_size),
    )
