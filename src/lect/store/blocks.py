"""Blocks of uploads: uncommitted ones wait, committed ones are the dataset in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, select

from lect.core.errors import InvalidInput
from lect.store.tables import blocks as table


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of an upload."""

    name: str
    blob: str  # SHA-256 of its bytes
    size: int  # bytes
    place: int | None = None  # in what was committed; None: uncommitted


def put(connection: Connection, dataset: str, block: Block) -> None:
    """Keep an uncommitted block; one of the same name is replaced."""
    connection.execute(
        delete(table).where(table.c.dataset == dataset, table.c.name == block.name, table.c.place.is_(None))
    )
    connection.execute(insert(table).values(asdict(block) | {"dataset": dataset, "place": None}))


def of(connection: Connection, dataset: str) -> list[Block]:
    """All blocks of a dataset: the committed in their order, then the others as they came."""
    query = (
        select(table)
        .where(table.c.dataset == dataset)
        .order_by(table.c.place.is_(None), table.c.place, table.c.number)
    )
    return [
        Block(name=row["name"], blob=row["blob"], size=row["size"], place=row["place"])
        for row in connection.execute(query).mappings()
    ]


def commit(connection: Connection, dataset: str, wanted: Sequence[tuple[str, str]]) -> None:
    """Make the dataset of these blocks, in this order; the others are dropped.

    Args:
        wanted: where each is looked for (`Committed`, `Uncommitted`, `Latest`), and its name

    Raises:
        InvalidInput: there is no such block.
    """
    there = of(connection, dataset)
    committed = {block.name: block for block in there if block.place is not None}
    uncommitted = {block.name: block for block in there if block.place is None}
    places = {"Committed": committed, "Uncommitted": uncommitted, "Latest": committed | uncommitted}
    chosen = []
    for kind, name in wanted:
        if name not in places[kind]:
            raise InvalidInput(
                f"there is no {kind.lower()} block {name!r}", hint="Send it, then commit again."
            )
        chosen.append(places[kind][name])
    drop(connection, dataset)
    rows = [asdict(block) | {"dataset": dataset, "place": place} for place, block in enumerate(chosen)]
    if rows:
        connection.execute(insert(table), rows)


def drop(connection: Connection, dataset: str) -> None:
    """Remove all blocks of a dataset."""
    connection.execute(delete(table).where(table.c.dataset == dataset))


def totals(connection: Connection, dataset: str) -> tuple[int, int]:
    """How many blocks a dataset has, and how many bytes they have together."""
    query = select(func.count(), func.coalesce(func.sum(table.c.size), 0)).where(table.c.dataset == dataset)
    count, size = connection.execute(query).one()
    return int(count), int(size)
