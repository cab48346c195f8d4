"""Migrations: every step from an empty database to the tables of today, on SQLite and on Postgres.

`migrate` applies what is missing. The steps are in `versions/`, numbered; `tools/draft_migration.py` drafts one. There is no way
down: a backup taken before is the way back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text

from lect.core.errors import StoreError
from lect.store.database import Database
from lect.store.tables import metadata

FOLDER = Path(__file__).parent
_ADVISORY_LOCK = 0x6C656374  # "lect": one process migrates a Postgres database at a time


def migrate(database: Database, *, to: str = "head", folder: Path = FOLDER) -> None:
    """Bring a database's tables up to date; nothing happens if they are. All steps are applied, or none.

    Processes that start together may all call it: one works, the others wait and find it done.

    Args:
        to: the version to stop at
        folder: where `versions/` is

    Raises:
        StoreError: the database is of a newer version of Lect, or cannot be reached.
    """
    scripts = ScriptDirectory(str(folder))
    if _is_at(database, scripts.get_current_head() if to == "head" else to, scripts):
        return
    with _alone(database) as connection:
        require_known(version(connection), scripts)
        _apply(connection, scripts, to)


def version(connection: Connection) -> str | None:
    """The version that a database is at; None: it is empty."""
    return context(connection).get_current_revision()


def newest(folder: Path = FOLDER) -> str | None:
    """The version of the tables of today."""
    return ScriptDirectory(str(folder)).get_current_head()


def context(connection: Connection) -> MigrationContext:
    """What alembic knows of a database."""
    return MigrationContext.configure(connection, opts=_OPTIONS)


def require_known(version: str | None, scripts: ScriptDirectory | None = None) -> None:
    """Make sure that this program knows a version.

    Raises:
        StoreError: it is newer.
    """
    if version is None:
        return
    try:
        (scripts or ScriptDirectory(str(FOLDER))).get_revision(version)
    except CommandError:
        raise StoreError(
            f"the tables are of version {version}, which this version of Lect does not know",
            hint="Install the version of Lect that wrote them, or a newer one.",
        ) from None


def _is_at(database: Database, wanted: str | None, scripts: ScriptDirectory) -> bool:
    with database.read() as connection:
        found = version(connection)
    require_known(found, scripts)
    return found == wanted


def _apply(connection: Connection, scripts: ScriptDirectory, to: str) -> None:
    def steps(current: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs(to, current)

    with EnvironmentContext(Config(), scripts, fn=steps, destination_rev=to) as environment:
        environment.configure(connection, **_OPTIONS)
        environment.run_migrations()


@contextmanager
def _alone(database: Database) -> Iterator[Connection]:
    """A unit of work that no other process migrates beside.

    SQLite cannot alter most of a table: it is copied, dropped and renamed. With foreign keys on, dropping would delete the
    rows that belong to it; they are off meanwhile, and checked before all of it is made durable.
    """
    with database.begin(foreign_keys=False) as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection
        if database.is_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
            raise StoreError(f"the migration would break references: {broken[:3]}")


_OPTIONS: dict[str, Any] = {"target_metadata": metadata, "render_as_batch": True, "compare_type": True}
