"""The databases that rows live in, and the places that blobs live in."""

from __future__ import annotations

import pytest

from lect.store.blobs import open_blobs
from lect.store.database import Database
from lect.store.migrations import migrate
from storages import new_database


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request, tmp_path):
    """An empty database, once of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/lect.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def empty(database_url):
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgres_tables(postgres):
    """The name of a PostgreSQL database that all migrations were applied to, and that is copied from then on."""
    with postgres.database() as url:
        database = Database(url)
        migrate(database)
        database.close()
        yield database.url.database


@pytest.fixture
def postgres_database(postgres, postgres_tables):
    """A PostgreSQL database with the tables of today."""
    with postgres.database(like=postgres_tables) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """A database with the tables of today, once of each kind."""
    if request.param == "postgres":
        yield request.getfixturevalue("postgres_database")
        return
    database = new_database(tmp_path / "lect.db")
    yield database
    database.close()


@pytest.fixture(params=["folder", "object storage (moto, a mock)"])
def blobs_at(request, tmp_path):
    """A place for blobs, once of each kind: a folder's path, or a URL."""
    return str(tmp_path / "blobs") if request.param == "folder" else request.getfixturevalue("bucket_url")


@pytest.fixture
def blobs(blobs_at, tmp_path):
    return open_blobs(blobs_at, cache=tmp_path / "copies", cache_bytes=1 << 20)
