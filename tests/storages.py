"""Databases with the tables of today and no rows, copied from one that all migrations were applied to.

To migrate takes longer than most tests need for all else. What migrations do has tests of its own (`contracts/test_migrations.py`).
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import event

from lect.settings import Settings
from lect.store.database import Database
from lect.store.migrations import migrate
from lect.store.opening import blobs_of, database_of
from lect.store.storage import Storage


def new_storage(settings: Settings) -> Storage:
    """What `open_storage` opens in a folder where nothing is yet, without the time that it takes."""
    database = database_of(settings)
    if database.is_sqlite:
        lay_tables(database)
    else:
        migrate(database)
    return Storage(database=database, blobs=blobs_of(settings), quotas=settings.quotas)


def new_database(file: Path) -> Database:
    """A SQLite file."""
    database = Database(f"sqlite:///{file}")
    lay_tables(database)
    return database


def lay_tables(database: Database) -> None:
    """Make the file of a SQLite database that is not there yet. It waits for no disk: nothing here outlives a power cut."""
    assert database.file is not None
    assert not database.file.exists()
    database.file.write_bytes(_file())
    event.listen(
        database.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF")
    )


@cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lect.db"
        database = Database(f"sqlite:///{file}")
        migrate(database)
        database.close()  # the last connection writes what stood beside the file into it
        assert not [*file.parent.glob("*-wal")]
        return file.read_bytes()
