"""References of resources to several others of a kind, in an order, in a table of their own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, insert, select

from lect.core.entities import Resource


@dataclass(frozen=True, kw_only=True)
class Members:
    """Where the references of one noun are."""

    field: str  # of the entity: a tuple of ids
    table: Table
    owner: str  # column that refers to the resource
    member: str  # column that refers to the others

    def of(self, connection: Connection, owners: Collection[str]) -> dict[str, tuple[str, ...]]:
        """What some resources refer to, by the id of each that refers to anything."""
        found: dict[str, tuple[str, ...]] = {}
        query = select(self.table).where(self.table.c[self.owner].in_(owners)).order_by(self.table.c.place)
        for row in connection.execute(query).mappings():
            found[row[self.owner]] = (*found.get(row[self.owner], ()), row[self.member])
        return found

    def owners(self, member: str) -> Select[Any]:
        """The ids of those that refer to something."""
        return select(self.table.c[self.owner]).where(self.table.c[self.member] == member)

    def put(self, connection: Connection, entity: Resource) -> None:
        """Store what a resource refers to, and nothing else."""
        self.drop(connection, entity.id)
        rows = [
            {self.owner: entity.id, "place": place, self.member: member}
            for place, member in enumerate(getattr(entity, self.field))
        ]
        if rows:
            connection.execute(insert(self.table), rows)

    def drop(self, connection: Connection, owner: str) -> None:
        """Let a resource refer to nothing."""
        connection.execute(delete(self.table).where(self.table.c[self.owner] == owner))
