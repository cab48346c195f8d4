"""Keys and secrets: who may do what, and what the installation signs with.

A key is 256 random bits, so a plain hash of it cannot be reversed by guessing, and comparing hashes tells nothing of the key.
"""

from __future__ import annotations

import hashlib
import secrets as random
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from lect.core.errors import InvalidInput, NotFound
from lect.store.tables import keys as table
from lect.store.tables import secrets as secrets_table


class Role(StrEnum):
    """What a key may do; each may do what those before it may."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    OWNER = "owner"

    def includes(self, other: Role) -> bool:
        """Whether it may do what `other` may."""
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key as it is stored: what it is cannot be told from it."""

    id: str
    name: str
    role: Role
    project: str | None  # the only one that it sees; None: all
    created: datetime
    revoked: datetime | None = None


def create(
    connection: Connection, *, name: str, role: Role, project: str | None, at: datetime
) -> tuple[Key, str]:
    """Make a key; returns it and what it is, which is shown once and never again.

    Raises:
        InvalidInput: there is no such project.
    """
    text = random.token_urlsafe(32)
    key = Key(id=str(uuid4()), name=name, role=role, project=project, created=at)
    row = {
        "id": key.id,
        "name": name,
        "role": str(role),
        "project": project,
        "hash": _hash(text),
        "created": at,
    }
    try:
        connection.execute(insert(table).values(row))
    except IntegrityError:
        raise InvalidInput(
            f"there is no project {project}", hint="`lect csr project list` shows the ids."
        ) from None
    return key, text


def find(connection: Connection, text: str) -> Key | None:
    """The key that a text is, unless it was revoked."""
    return _one(connection, table.c.hash == _hash(text))


def get(connection: Connection, id: str) -> Key | None:
    """The key of an id, unless it was revoked."""
    return _one(connection, table.c.id == id)


def exist(connection: Connection) -> bool:
    """Whether there is or was any, for then every door wants one: to revoke the last lets nobody in."""
    return connection.execute(select(table.c.id).limit(1)).first() is not None


def known(connection: Connection, id: str) -> Key:
    """The key of an id, a revoked one too.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(select(table).where(table.c.id == id)).mappings().first()
    if row is None:
        raise _unknown(id)
    return _key(dict(row))


def all_of(connection: Connection) -> list[Key]:
    """All keys, revoked ones too, in the order of creation."""
    rows = connection.execute(select(table).order_by(table.c.created, table.c.id)).mappings()
    return [_key(dict(row)) for row in rows]


def revoke(connection: Connection, id: str, *, at: datetime) -> None:
    """Refuse a key from now on.

    Raises:
        NotFound: there is none of this id.
    """
    done = connection.execute(
        update(table).where(table.c.id == id).values(revoked=func.coalesce(table.c.revoked, at))
    )
    if not done.rowcount:
        raise _unknown(id)


def rotate(connection: Connection, id: str, *, at: datetime) -> tuple[Key, str]:
    """Make a key in place of another, which is refused from now on; returns it and what it is.

    Raises:
        NotFound: there is none of this id, or it was revoked.
    """
    before = get(connection, id)
    if before is None:
        raise NotFound(f"there is no key {id}, or it was revoked", hint="`lect keys list` shows the ids.")
    revoke(connection, id, at=at)
    return create(connection, name=before.name, role=before.role, project=before.project, at=at)


def secret(connection: Connection, name: str, *, at: datetime) -> bytes:
    """A secret of the installation, made when it is first asked for; in a unit of work that may write."""
    query = select(secrets_table.c.value).where(secrets_table.c.name == name)
    found = connection.execute(query).scalar()
    if found is None:
        made = {"name": name, "value": random.token_hex(32), "created": at}
        with (
            suppress(IntegrityError),
            connection.begin_nested(),
        ):  # processes start together: one of them makes it
            connection.execute(insert(secrets_table).values(made))
        found = connection.execute(query).scalar_one()
    return bytes.fromhex(found)


def _unknown(id: str) -> NotFound:
    return NotFound(f"there is no key {id}", hint="`lect keys list` shows the ids.")


def _one(connection: Connection, condition: object) -> Key | None:
    row = connection.execute(select(table).where(condition, table.c.revoked.is_(None))).mappings().first()  # type: ignore[arg-type]
    return _key(dict(row)) if row else None


def _key(row: dict[str, object]) -> Key:
    del row["hash"]
    return Key(**(row | {"role": Role(str(row["role"]))}))  # type: ignore[arg-type]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
