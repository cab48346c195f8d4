"""Files of resources: what they are called, and which blob holds their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from sqlalchemy import Connection, delete, insert, select

from lect.core.entities import File, FileKind
from lect.core.errors import NotFound
from lect.core.queries import Page
from lect.store.pages import read_page
from lect.store.tables import files as table

FILTERS = frozenset({"name", "created", "kind"})


def put(connection: Connection, owner: str, files: Iterable[File]) -> None:
    """Give a resource these files, and no others: work that is done again puts them again."""
    drop(connection, owner)
    rows = [asdict(file) | {"kind": str(file.kind)} for file in files]
    if rows:
        connection.execute(insert(table), rows)


def drop(connection: Connection, owner: str) -> None:
    """Remove the files of a resource; their blobs are cleaned up when nothing else refers to them."""
    connection.execute(delete(table).where(table.c.owner == owner))


def get(connection: Connection, owner: str, id: str) -> File:
    """A file of a resource.

    Raises:
        NotFound: it has none of this id.
    """
    query = select(table).where(table.c.owner == owner, table.c.id == id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFound(
            f"there is no file {id}", hint="List the files again: work that is done anew makes new ones."
        )
    return _file(dict(row))


def page(connection: Connection, owner: str, page: Page = Page()) -> list[File]:
    """A part of the files of a resource, in the order of creation; one more than `page.top` if there are more."""
    query = select(table).where(table.c.owner == owner)
    return [_file(row) for row in read_page(connection, query, table, page, FILTERS)]


def _file(row: dict[str, object]) -> File:
    return File(**(row | {"kind": FileKind(str(row["kind"]))}))  # type: ignore[arg-type]
