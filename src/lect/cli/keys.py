"""`lect keys`: who may use a server."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.places import BlobsPlace, Data, DatabaseUrl, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from lect.store.keys import Key

app = typer.Typer(
    name="keys",
    no_args_is_help=True,
    help="""Create, list, rotate and revoke the keys of a server.

    Examples:
      lect keys create --role owner --name "Ada's laptop"

      lect keys list
    """,
)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


class Role(StrEnum):
    """What a key may do."""

    READER = "reader"
    CONTRIBUTOR = "contributor"
    OWNER = "owner"


@app.command()
def create(
    *,
    name: Annotated[str, typer.Option(metavar="TEXT", help="What it is for.")] = "",
    role: Annotated[
        Role, typer.Option(help="A reader sees, a contributor changes, an owner manages keys too.")
    ] = Role.CONTRIBUTOR,
    project: Annotated[
        str | None, typer.Option(metavar="ID", help="The only project that it sees.", show_default=False)
    ] = None,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
    json: Json = False,
) -> None:
    """Make a key and print it, once: only its hash is kept.

    As soon as there is one, the server answers nobody without.

    Examples:
      lect keys create

      lect keys create --role owner --data /var/lib/lect
    """
    from lect.store import keys

    with _connection(data, database, blobs) as connection:
        made, text = keys.create(
            connection, name=name, role=keys.Role(role.value), project=project, at=datetime.now(UTC)
        )
        _note(connection, "create", made.id)
    _tell(made, text, json=json)


@app.command()
def rotate(
    id: Annotated[str, typer.Argument(metavar="ID", help="Of the key, as `lect keys list` shows it.")],
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
    json: Json = False,
) -> None:
    """Make a key of the same name, role and project in place of another, which is refused at once; print it, once.

    Examples:
      lect keys rotate bda7e8b2-939e-41d2-8b5e-bc3019d9b93f --data /var/lib/lect
    """
    from lect.store import keys

    with _connection(data, database, blobs) as connection:
        made, text = keys.rotate(connection, id, at=datetime.now(UTC))
        _note(connection, "rotate", id)
        _note(connection, "create", made.id)
    _tell(made, text, json=json)


@app.command("list")
def list_keys(
    *, data: Data = None, database: DatabaseUrl = None, blobs: BlobsPlace = None, json: Json = False
) -> None:
    """List all keys, revoked ones too; what they are is not kept.

    Examples:
      lect keys list

      lect keys list --data /var/lib/lect --json
    """
    from lect.cli import console
    from lect.store import keys

    with _connection(data, database, blobs) as connection:
        found = [_row(key) for key in keys.all_of(connection)]
    if json:
        return console.print_json({"keys": found})
    for row in found:
        revoked = f"revoked {row['revoked']}" if row["revoked"] else ""
        typer.echo(
            "  ".join(
                str(part) for part in (row["id"], row["role"], row["name"], row["project"], revoked) if part
            )
        )
    return None


@app.command()
def revoke(
    id: Annotated[str, typer.Argument(metavar="ID", help="Of the key, as `lect keys list` shows it.")],
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
) -> None:
    """Refuse a key and its tokens, at once.

    Examples:
      lect keys revoke bda7e8b2-939e-41d2-8b5e-bc3019d9b93f --data /var/lib/lect
    """
    from lect.store import keys

    with _connection(data, database, blobs) as connection:
        keys.revoke(connection, id, at=datetime.now(UTC))
        _note(connection, "revoke", id)
    typer.echo(f"Key {id} is revoked.", err=True)


def _tell(made: Key, text: str, *, json: bool) -> None:
    """Print a new key."""
    from lect.cli import console

    if json:
        return console.print_json({"id": made.id, "key": text, "role": str(made.role)})
    typer.echo(f"Key {made.id}, role {made.role}. Keep it: it is not shown again.", err=True)
    return typer.echo(text)


def _note(connection: Connection, action: str, id: str) -> None:
    """Write it down as the server does: whoever may write where the data are needs no key."""
    from lect.store import audit

    audit.note(connection, key=None, action=action, resource=f"keys/{id}", at=datetime.now(UTC))


def _row(key: Key) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "role": str(key.role),
        "project": key.project,
        "created": key.created.isoformat(),
        "revoked": key.revoked.isoformat() if key.revoked else None,
    }


@contextmanager
def _connection(data: Any, database: str | None, blobs: str | None) -> Iterator[Connection]:
    from lect.store.opening import open_storage

    storage = open_storage(settings_of(data, database, blobs))
    try:
        with storage.database.begin() as connection:
            yield connection
    finally:
        storage.database.close()
