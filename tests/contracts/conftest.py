"""The databases that rows live in, and the places that blobs live in."""

from __future__ import annotations

import pytest

from lect.store.blobs import open_blobs
from lect.store.database import Database
from lect.store.migrations import migrate


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


@pytest.fixture
def database(empty):
    migrate(empty)
    return empty


@pytest.fixture(params=["folder", "object storage (moto, a mock)"])
def blobs_at(request, tmp_path):
    """A place for blobs, once of each kind: a folder's path, or a URL."""
    return str(tmp_path / "blobs") if request.param == "folder" else request.getfixturevalue("bucket_url")


@pytest.fixture
def blobs(blobs_at, tmp_path):
    return open_blobs(blobs_at, cache=tmp_path / "copies", cache_bytes=1 << 20)
