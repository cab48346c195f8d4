"""`lect backup` and `lect restore`: all that a server keeps, in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.places import BlobsPlace, Data, DatabaseUrl, settings_of
from lect.core.words import counted

if TYPE_CHECKING:
    from lect.store.backup import Backup

File = Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def backup(
    file: File,
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
    json: Json = False,
) -> None:
    """Write all that a server keeps into one file: rows of one moment, and the blobs that they refer to.

    The server may go on working. The file holds its secrets; nobody else may read it.

    Examples:
      lect backup monday.lectbackup

      lect backup monday.lectbackup --data /var/lib/lect
    """
    from lect.cli import console
    from lect.store.backup import back_up
    from lect.store.opening import blobs_of, database_of

    settings = settings_of(data, database, blobs)
    rows = database_of(settings, must_exist=True)
    with console.progress(quiet=json) as progress:
        made = back_up(rows, blobs_of(settings), file, now=datetime.now(UTC), progress=progress)
    rows.close()
    _tell("is written", file, made, json=json)


def restore(
    file: File,
    *,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
    json: Json = False,
) -> None:
    """Put a backup into an empty place. Every hash is compared; if anything is wrong, no row is stored.

    The place may be of another kind than the one that was backed up: from SQLite to Postgres and back, from a folder to
    object storage and back. Stop a server that uses the place first.

    Examples:
      lect restore monday.lectbackup --data /var/lib/lect

      lect restore monday.lectbackup --database postgresql://lect@localhost/lect --blobs s3://lect-blobs
    """
    from lect.cli import console
    from lect.store import backup as backups
    from lect.store.opening import blobs_of, database_of

    settings = settings_of(data, database, blobs)
    rows = database_of(settings)
    with console.progress(quiet=json) as progress:
        restored = backups.restore(file, rows, blobs_of(settings), progress=progress)
    rows.close()
    _tell("is restored", file, restored, json=json)


def _tell(done: str, file: Path, backup: Backup, *, json: bool) -> None:
    from lect.cli import console

    if json:
        return console.print_json(
            {
                "file": str(file),
                "created": backup.created.isoformat(),
                "rows": backup.rows,
                "blobs": backup.blobs,
                "bytes": backup.size,
            }
        )
    held = f"{counted(backup.rows, 'row')}, {counted(backup.blobs, 'blob')} of {backup.size:,} bytes"
    return typer.echo(f"{file} {done}: {held}")
