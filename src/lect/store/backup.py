"""Backups: all rows of one moment, and all blobs that they refer to, in one file that any of the databases takes back.

The file is a zip:

    manifest.json       format, version of Lect and of the tables, when; each table with its number of rows and SHA-256;
                        each blob with its size
    rows/TABLE.jsonl    a row a line, as JSON; what is referred to stands before what refers to it
    blobs/SHA256        as they are

It holds secrets (of the installation, of web hooks), so that nobody else may read it. The queue is part of it: work that
was under way is taken up again, from its last finished step, by whoever takes the backup back.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from sqlalchemy import JSON, Connection, DateTime, MetaData, Table, func, insert, inspect, literal, select
from sqlalchemy import table as table_named
from sqlalchemy.exc import IntegrityError

import lect
from lect.core.errors import Conflict, NotFound, StoreError
from lect.core.files import BLOCK, atomic_write, json_bytes
from lect.core.progress import Progress, silent
from lect.store import tables
from lect.store.blobs import Blobs
from lect.store.cleaning import HOLDERS, named_by_jobs
from lect.store.database import Database
from lect.store.migrations import migrate, require_known, version

FORMAT = 1
_MANIFEST = "manifest.json"
_MAX_MANIFEST = 1 << 30  # bytes
_BATCH = 500  # rows inserted at once
_SIGNS_OF_DAMAGE = (  # what reading a zip, JSON or rows that are not ours may raise; RuntimeError: "encrypted", "version 10.9"
    BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError, RuntimeError, IntegrityError,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Backup:
    """What a backup holds."""

    created: datetime
    rows: int
    blobs: int
    size: int  # of the blobs, bytes


def back_up(
    database: Database, blobs: Blobs, path: Path, *, now: datetime, progress: Progress = silent
) -> Backup:
    """Write a backup; the server may go on working meanwhile.

    Raises:
        NotFound: the database has no tables.
        StoreError: the database is of a newer version, a blob is damaged or missing, or the file cannot be written.
    """
    with atomic_write(path) as file:
        _keep_private(file)
        with ZipFile(file, "w") as archive:
            rows = _Rows(archive)
            with database.read() as connection:
                at = version(connection)
                if at is None:
                    raise NotFound(
                        "the database has no tables of Lect", hint="Check which database is meant."
                    )
                require_known(at)
                for done, table in enumerate(found := _tables(connection), 1):
                    rows.write(connection, table)
                    progress("rows", done / len(found))
                if "job_steps" in {table.name for table in found}:
                    rows.blobs.update(filter(blobs.exists, named_by_jobs(connection)))
            stored = _write_blobs(archive, blobs, sorted(rows.blobs), progress)
            manifest = {
                "format": FORMAT,
                "lect": lect.__version__,
                "created": now.astimezone(UTC).isoformat(),
                "version": at,
                "tables": rows.tables,
                "blobs": stored,
            }
            archive.writestr(_member(_MANIFEST, ZIP_DEFLATED), json_bytes(manifest))
    return _summary(manifest)


def restore(path: Path, database: Database, blobs: Blobs, *, progress: Progress = silent) -> Backup:
    """Put a backup into an empty database, with its blobs; all its rows, or none.

    Blobs that are there already stay. To try again after a failure is safe.

    Raises:
        NotFound: there is no such file.
        Conflict: the database has rows, or empty tables of another version.
        StoreError: the file is damaged or of a newer version of Lect, or something cannot be written.
    """
    with _opened(path) as archive:
        manifest = _manifest(archive, path)
        _prepare(database, manifest["version"])
        _restore_blobs(archive, blobs, manifest["blobs"], progress)
        with database.begin() as connection:
            _require_empty(connection)
            targets = {table.name: table for table in _tables(connection)}
            for done, listed in enumerate(manifest["tables"], 1):
                _restore_rows(connection, archive, targets[listed["name"]], listed)
                progress("rows", done / len(manifest["tables"]))
    migrate(database)
    return _summary(manifest)


class _Rows:
    """Writes tables, and notes what they hold."""

    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive
        self.tables: list[dict[str, Any]] = []
        self.blobs: set[str] = set()

    def write(self, connection: Connection, table: Table) -> None:
        """Write all rows of a table."""
        digest, count = hashlib.sha256(), 0
        holders = [column.name for column in HOLDERS if column.table.name == table.name]
        with self._archive.open(_member(_rows_of(table.name), ZIP_DEFLATED), "w", force_zip64=True) as member:
            for row in _rows(connection, table):
                line = json.dumps(row, ensure_ascii=False, allow_nan=False, default=_time).encode() + b"\n"
                member.write(line)
                digest.update(line)
                count += 1
                self.blobs.update(row[name] for name in holders if row.get(name))
        self.tables.append({"name": table.name, "rows": count, "sha256": digest.hexdigest()})


def _tables(connection: Connection) -> list[Table]:
    """Our tables as they are there, whatever their version; what others refer to first."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in tables.metadata.tables)
    for table in found.tables.values():
        for column in table.columns:
            if isinstance(column.type, JSON):  # where NULL is not allowed, nothing is stored as JSON's null
                column.type.none_as_null = bool(column.nullable)
    return found.sorted_tables


def _rows(connection: Connection, table: Table) -> Iterator[dict[str, Any]]:
    query = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_BATCH)
    rows = (dict(row) for row in connection.execute(query).mappings())
    parents = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    return _parents_first(list(rows), parents) if parents else rows


def _parents_first(rows: list[dict[str, Any]], references: list[str]) -> Iterator[dict[str, Any]]:
    """Rows in an order in which none refers to a later one."""
    given: set[Any] = {None}
    while rows:
        ready = [row for row in rows if all(row[name] in given for name in references)]
        if not ready:
            raise StoreError("rows of one table refer to each other in a circle")
        yield from ready
        given.update(row["id"] for row in ready)
        rows = [row for row in rows if row["id"] not in given]


def _write_blobs(
    archive: ZipFile, blobs: Blobs, names: list[str], progress: Progress
) -> list[dict[str, Any]]:
    stored = []
    for done, name in enumerate(names, 1):
        try:
            blocks = blobs.read(name)
        except NotFound:
            raise StoreError(
                f"blob {name} is missing, though a row refers to it",
                hint="If something was deleted while the backup was made, make it again. Otherwise bytes are lost.",
            ) from None
        with archive.open(_member(f"blobs/{name}", ZIP_STORED), "w", force_zip64=True) as member:
            size = sum(member.write(block) for block in blocks)
        stored.append({"sha256": name, "size": size})
        progress("blobs", done / len(names))
    return stored


def _prepare(database: Database, at: str) -> None:
    """Make the tables as the backup has them."""
    with database.read() as connection:
        found = version(connection)
        _require_empty(connection)
    if found not in {None, at}:
        raise Conflict(
            f"the database has tables of version {found}, the backup those of {at}",
            hint="Give a database that nothing has been done with.",
        )
    migrate(database, to=at)


def _require_empty(connection: Connection) -> None:
    for name in sorted(set(inspect(connection).get_table_names()) & set(tables.metadata.tables)):
        if connection.execute(select(literal(1)).select_from(table_named(name)).limit(1)).first():
            raise Conflict(
                f"the database is not empty: there are rows in {name}",
                hint="Restore to a new place, such as an empty data folder.",
            )


def _restore_blobs(
    archive: ZipFile, blobs: Blobs, stored: list[Mapping[str, Any]], progress: Progress
) -> None:
    for done, blob in enumerate(stored, 1):
        name = str(blob["sha256"])
        with archive.open(f"blobs/{name}") as member, blobs.writing() as writer:
            while block := member.read(BLOCK):
                writer.write(block)
            if writer.blob.sha256 != name:
                raise _damaged(f"blob {name}")
        progress("blobs", done / len(stored))


def _restore_rows(connection: Connection, archive: ZipFile, table: Table, listed: Mapping[str, Any]) -> None:
    digest, count = hashlib.sha256(), 0
    with archive.open(_rows_of(table.name)) as member:
        lines = iter(member.readline, b"")
        while batch := list(islice(lines, _BATCH)):
            for line in batch:
                digest.update(line)
            connection.execute(insert(table), [_row(table, json.loads(line)) for line in batch])
            count += len(batch)
    if (digest.hexdigest(), count) != (listed["sha256"], listed["rows"]):
        raise _damaged(f"table {table.name}")
    _continue_numbers(connection, table)


def _row(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    if set(row) != set(table.columns.keys()):
        raise _damaged(f"table {table.name}")
    times = [column.name for column in table.columns if isinstance(column.type, DateTime)]
    return row | {name: datetime.fromisoformat(row[name]) for name in times if row[name]}


def _continue_numbers(connection: Connection, table: Table) -> None:
    """Let Postgres number new rows after those that brought their numbers along; SQLite does so by itself."""
    if connection.dialect.name == "sqlite":
        return
    for column in table.primary_key.columns:
        sequence = connection.execute(select(func.pg_get_serial_sequence(table.name, column.name))).scalar()
        highest = connection.execute(select(func.max(column))).scalar() if sequence else None
        if highest is not None:
            connection.execute(select(func.setval(sequence, highest)))


@contextmanager
def _opened(path: Path) -> Iterator[ZipFile]:
    if not path.exists():
        raise NotFound(f"{path}: there is no such file", hint="Check the path.")
    try:
        with ZipFile(path) as archive:
            if any(member.compress_type not in {ZIP_STORED, ZIP_DEFLATED} for member in archive.infolist()):
                raise _damaged(str(path))
            yield archive
    except _SIGNS_OF_DAMAGE as error:
        raise _damaged(str(path)) from error


def _manifest(archive: ZipFile, path: Path) -> dict[str, Any]:
    if archive.getinfo(_MANIFEST).file_size > _MAX_MANIFEST:
        raise _damaged(str(path))
    manifest: dict[str, Any] = json.loads(archive.read(_MANIFEST))
    if manifest["format"] > FORMAT:
        raise StoreError(
            f"{path}: written by Lect {manifest['lect']}, in a form that this version does not know",
            hint="Install the version of Lect that wrote it, or a newer one.",
        )
    require_known(manifest["version"])
    return manifest


def _summary(manifest: Mapping[str, Any]) -> Backup:
    return Backup(
        created=datetime.fromisoformat(manifest["created"]),
        rows=_total(manifest["tables"], "rows"),
        blobs=len(manifest["blobs"]),
        size=_total(manifest["blobs"], "size"),
    )


def _total(items: Iterable[Mapping[str, Any]], name: str) -> int:
    return sum(item[name] for item in items)


def _damaged(what: str) -> StoreError:
    return StoreError(
        f"{what}: it is no backup, or damaged", hint="Nothing was restored. Use another copy of the backup."
    )


def _rows_of(table: str) -> str:
    return f"rows/{table}.jsonl"


def _member(name: str, compression: int) -> ZipInfo:
    member = ZipInfo(name)
    member.compress_type = compression
    member.external_attr = 0o600 << 16
    return member


def _keep_private(file: BinaryIO | IO[bytes]) -> None:
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        os.fchmod(file.fileno(), 0o600)


def _time(value: Any) -> str:
    """A time as JSON; SQLite's own are in UTC and do not say so."""
    if not isinstance(value, datetime):
        raise TypeError(f"{type(value)} has no form in JSON")
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
