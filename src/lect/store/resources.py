"""What the repositories of all resources share: add, get, list, change, move and delete rows.

Everything works inside a unit of work that the caller opened, so that a resource, its files and the job behind it are stored
together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    Connection,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError

from lect.core.entities import DatasetKind, MortalTask, Problem, Resource, Task, Training
from lect.core.errors import Conflict, InUse, NotFound
from lect.core.queries import Page
from lect.core.status import Status
from lect.store.members import Members
from lect.store.pages import read_page

_MOVED = ("status", "last_action", "error", "expires")  # columns that change when a task enters a status

GONE = "It was deleted, or your key does not see it."  # why nothing is found by an id
_MEANWHILE = "Somebody else changed something at the same time: look again, then try again."

Entity = TypeVar("Entity", bound=Resource)
Work = TypeVar("Work", bound=Task)


@dataclass(frozen=True, kw_only=True)
class Repository(Generic[Entity]):
    """The rows of one noun."""

    noun: str  # in the singular, for messages
    entity: type[Entity]
    table: Table
    filters: frozenset[str]  # columns that lists may be filtered by
    users: Mapping[str, tuple[Table, str]]  # who may refer to it: noun -> table and column
    members: Members | None = None

    def add(self, connection: Connection, entity: Entity) -> None:
        """Store a new one.

        Raises:
            Conflict: there is one of this id already, or what it refers to is gone.
        """
        try:
            connection.execute(insert(self.table).values(self._row(entity)))
            if self.members:
                self.members.put(connection, entity)
        except IntegrityError:
            raise Conflict(
                f"{self.noun} {entity.id} cannot be stored: there is one of this id, or what it refers to is gone",
                hint=_MEANWHILE,
            ) from None

    def get(
        self,
        connection: Connection,
        id: str,
        *,
        project: str | None = None,
        held: bool = False,
        at: datetime | None = None,
    ) -> Entity:
        """The one of an id.

        Args:
            project: what others than its own see nothing of
            held: nobody else changes it, or holds it, until this unit of work ends; on SQLite that is so for all who write
            at: one whose time is over by then is not there; None: each is until it is removed

        Raises:
            NotFound: there is none.
        """
        query = self._where(select(self.table).where(self.table.c.id == id), None, {}, at)
        row = connection.execute(query.with_for_update(key_share=True) if held else query).mappings().first()
        if row is None or (project is not None and not self._is_in(dict(row), project)):
            raise NotFound(f"there is no {self.noun} {id}", hint=GONE)
        return self._entities(connection, [dict(row)])[0]

    def page(
        self,
        connection: Connection,
        page: Page = Page(),
        *,
        project: str | None = None,
        at: datetime | None = None,
        **equal: Any,
    ) -> list[Entity]:
        """A part of all of them, in the order of creation; one more than `page.top` if there are more.

        Args:
            at: as in `get`
        """
        query = self._where(select(self.table), project, equal, at)
        return self._entities(connection, read_page(connection, query, self.table, page, self.filters))

    def ids(self, connection: Connection, *, before: datetime | None = None, **equal: Any) -> frozenset[str]:
        """The ids of all, or of those with these values, or that were made before some time."""
        query = self._where(select(self.table.c.id), None, equal)
        if before is not None:
            query = query.where(self.table.c.created < before)
        return frozenset(connection.execute(query).scalars())

    def count(
        self, connection: Connection, *, project: str | None = None, at: datetime | None = None, **equal: Any
    ) -> int:
        """How many there are; `at` as in `get`."""
        query = self._where(select(func.count()).select_from(self.table), project, equal, at)
        return int(connection.execute(query).scalar_one())

    def change(self, connection: Connection, id: str, **changes: Any) -> Entity:
        """Change fields other than the status; nobody else changes it before this unit of work ends.

        Raises:
            NotFound: there is none of this id.
            Conflict: what it is to refer to is gone.
        """
        if "status" in changes:
            raise ValueError("a status is moved, not changed")
        entity = replace(self.get(connection, id, held=True), **changes)
        row = self._row(entity)
        columns = {name: row[name] for name in (*changes, "expires") if name in row}
        try:
            if columns:
                connection.execute(update(self.table).where(self.table.c.id == id).values(columns))
            if self.members and self.members.field in changes:
                self.members.put(connection, entity)
        except IntegrityError:
            raise Conflict(f"{self.noun} {id}: what it is to refer to is gone", hint=_MEANWHILE) from None
        return entity

    def delete(self, connection: Connection, id: str) -> None:
        """Delete one; none of this id is no error.

        Raises:
            InUse: something refers to it.
        """
        uses = [
            (noun, count)
            for noun, (table, column) in self.users.items()
            if (count := connection.execute(select(func.count()).where(table.c[column] == id)).scalar_one())
        ]
        if uses:
            named = ", ".join(f"{count} {noun}{'s' if count > 1 else ''}" for noun, count in uses)
            raise InUse(f"{self.noun} {id} is used by {named}", hint="Delete what uses it first.")
        try:
            if self.members:
                self.members.drop(connection, id)
            connection.execute(delete(self.table).where(self.table.c.id == id))
        except IntegrityError:
            raise InUse(f"{self.noun} {id} is in use", hint="Delete what uses it first.") from None

    def _where(
        self, query: Any, project: str | None, equal: Mapping[str, Any], at: datetime | None = None
    ) -> Any:
        if project is not None:
            query = query.where(self.table.c[self._project_column] == project)
        for name, value in equal.items():
            query = query.where(self.table.c[name] == value)
        if at is not None and "expires" in self.table.c:
            query = query.where(or_(self.table.c.expires.is_(None), self.table.c.expires > at))
        return query

    @property
    def _project_column(self) -> str:
        return "project" if "project" in self.table.c else "id"

    def _is_in(self, row: Mapping[str, Any], project: str) -> bool:
        return bool(row[self._project_column] == project)

    def _row(self, entity: Entity) -> dict[str, Any]:
        """The columns of an entity; what a table has no column for is stored elsewhere."""
        plain = asdict(entity) | ({"expires": entity.expires} if isinstance(entity, MortalTask) else {})
        return {name: _plain(value) for name, value in plain.items() if name in self.table.c}

    def _entities(self, connection: Connection, rows: Iterable[Mapping[str, Any]]) -> list[Entity]:
        rows = list(rows)
        members = self.members.of(connection, [row["id"] for row in rows]) if self.members and rows else {}
        return [self._lively_entity(row, members.get(row["id"], ())) for row in rows]

    def _lively_entity(self, row: Mapping[str, Any], members: tuple[str, ...]) -> Entity:
        values = {
            each.name: _lively(each.name, row[each.name]) for each in fields(self.entity) if each.name in row
        }
        if self.members:
            values[self.members.field] = members
        return self.entity(**values)

    def _refers_to(self, id: str) -> Any:
        """Whether a row refers to something, of whatever noun: no two resources have the same id."""
        references = [column == id for column in self.table.c if column.foreign_keys]
        if self.members:
            references.append(self.table.c.id.in_(self.members.owners(id)))
        return or_(*references)


@dataclass(frozen=True, kw_only=True)
class TaskRepository(Repository[Work]):
    """The rows of a noun with work behind it."""

    def move(
        self,
        connection: Connection,
        id: str,
        to: Status,
        *,
        error: Problem | None = None,
        at: datetime | None = None,
        **changes: Any,
    ) -> Work:
        """Let the work of one enter a status, and change fields with it; nothing changes if it has ended so already.

        Raises:
            NotFound: there is none of this id.
            Conflict: the status machine has no such move, or somebody else moved it first.
        """
        entity = self.get(connection, id)
        stays = entity.status.moved(to) == entity.status
        if stays and to.is_final:  # somebody has brought it to this end before, and what they found stands
            return entity
        moved = replace(
            entity,
            status=to,
            last_action=entity.last_action if stays else at or datetime.now(UTC),
            error=error,
            **changes,
        )
        self._write(connection, entity, moved, *changes)
        return moved

    def restart(self, connection: Connection, id: str, *, at: datetime | None = None) -> Work:
        """Let new work begin on one whose last work is done, as when an endpoint is given another model.

        Raises:
            NotFound: there is none of this id.
            Conflict: its work is not done.
        """
        entity = self.get(connection, id)
        if not entity.status.is_final:
            raise Conflict(f"{self.noun} {id} is {entity.status}", hint="Wait until it is done.")
        fresh = replace(entity, status=Status.NOT_STARTED, last_action=at or datetime.now(UTC), error=None)
        self._write(connection, entity, fresh)
        return fresh

    def expired(self, connection: Connection, at: datetime, *, using: str | None = None) -> list[str]:
        """The ids of those whose time is over by then.

        They are held until this unit of work ends. What somebody else holds is at work again, or gone soon: it is left out; if
        only those that use something are asked for, it is waited for.

        Args:
            using: the id of what they refer to; None: all of them
        """
        query = select(self.table.c.id).where(self.table.c.expires <= at).order_by(self.table.c.id)
        if using is not None:
            query = query.where(self._refers_to(using))
        query = query.with_for_update(key_share=True, skip_locked=using is None)
        return list(connection.execute(query).scalars())

    def require_over(self, entity: Work) -> None:
        """Make sure that nothing works for one any more.

        Raises:
            Conflict: something does.
        """
        if not entity.status.is_final:
            raise Conflict(
                f"{self.noun} {entity.id} is {entity.status}, and work for it goes on",
                hint="Wait until it is done, or cancel it first.",
                detailed_code="DeleteNotAllowed",
            )

    def _write(self, connection: Connection, before: Work, after: Work, *changed: str) -> None:
        """Write the status of one and what changed with it, unless somebody else has moved it meanwhile.

        Raises:
            Conflict: they have.
        """
        row = self._row(after)
        done = connection.execute(
            update(self.table)
            .where(self.table.c.id == before.id, self.table.c.status == str(before.status))
            .values({name: row[name] for name in _MOVED + changed if name in row})
        )
        if done.rowcount != 1:
            raise Conflict(f"{self.noun} {before.id} was moved by somebody else", hint=_MEANWHILE)


def _plain(value: Any) -> Any:
    """A value as its column takes it."""
    if isinstance(value, (tuple, frozenset)):
        return sorted(value) if isinstance(value, frozenset) else list(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value) if isinstance(value, StrEnum) else value


def _lively(name: str, value: Any) -> Any:
    """A value of a column as the entity has it."""
    match name:
        case "status":
            return Status(value)
        case "error":
            return Problem(**value) if value else None
        case "kind":
            return DatasetKind(value)
        case "training":
            return Training(**(value or {}))
        case "content_urls" | "scores":
            return tuple(value)
        case "events":
            return frozenset(value)
        case _:
            return value
