"""The two databases that rows live in, empty or with the tables of today."""

from __future__ import annotations

import pytest

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
