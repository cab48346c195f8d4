"""Migrations on both databases: no drift, no race, no way back by accident."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from alembic.autogenerate import compare_metadata
from sqlalchemy import inspect, select, text

from lect.core.errors import StoreError
from lect.store import migrations
from lect.store.migrations import migrate, version
from lect.store.tables import metadata, transcriptions

PROJECT = (
    "INSERT INTO projects (id, display_name, custom_properties, created, locale) "
    "VALUES ('p', 'orders', '{}', '2026-01-01 00:00:00', 'en-US')"
)
KEY = (
    "INSERT INTO keys (id, name, role, project, hash, created) "
    "VALUES ('k', 'ours', 'reader', 'p', '0', '2026-01-01 00:00:00')"
)
TRANSCRIPTION = (
    "INSERT INTO transcriptions (id, display_name, custom_properties, created, status, last_action, locale, "
    "content_urls, options, time_to_live) VALUES (:id, 'x', '{}', '2026-01-01 00:00:00', :status, "
    "'2026-01-01 00:00:00', 'en-US', '[]', '{}', :seconds)"
)
LATER = '''"""What a later version may do."""

import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{newest}"


def upgrade() -> None:
    with op.batch_alter_table("projects") as table:
        table.add_column(sa.Column("colour", sa.Text(), server_default="blue"))
        table.alter_column("locale", nullable=True)  # for which SQLite has to build the table again
    {more}
'''


@pytest.fixture
def database(empty):
    migrate(empty)
    return empty


@pytest.fixture
def later(tmp_path):
    """The migrations of a later version: `later()` is their folder."""

    def folder(more="pass"):
        copy = tmp_path / "later"
        shutil.copytree(migrations.FOLDER, copy)
        step = LATER.format(newest=migrations.newest(), more=more)
        (copy / "versions" / "9000_later.py").write_text(step)
        return copy

    return folder


def test_all_migrations_make_the_tables_of_today(database):
    with database.read() as connection:
        assert compare_metadata(migrations.context(connection), metadata) == []
        assert version(connection) == migrations.newest()


def test_tables_made_without_migrations_are_the_same(empty):
    metadata.create_all(empty.engine)
    made = _shape(empty)
    metadata.drop_all(empty.engine)
    migrate(empty)

    assert _shape(empty) == made


def test_to_migrate_again_changes_nothing(database):
    before = _shape(database)
    migrate(database)

    assert _shape(database) == before


def test_resources_that_were_there_before_expire_as_they_were_to(empty):
    migrate(empty, to="0007")
    rows = [("done", "Succeeded", 90.5), ("running", "Running", 90.5), ("endless", "Failed", None)]
    with empty.begin() as connection:
        for id, status, seconds in rows:
            connection.execute(text(TRANSCRIPTION), {"id": id, "status": status, "seconds": seconds})

    migrate(empty)

    with empty.read() as connection:
        rows = connection.execute(select(transcriptions.c.id, transcriptions.c.expires)).all()
    expires = {row.id: row.expires for row in rows}
    assert expires == {
        "done": datetime(2026, 1, 1, 0, 1, 30, 500_000, tzinfo=UTC),
        "running": None,
        "endless": None,
    }


def test_processes_that_start_at_once_all_find_it_done(database_url):
    script = (
        "import sys\n"
        "from lect.store.database import Database\n"
        "from lect.store.migrations import migrate, newest, version\n"
        "database = Database(sys.argv[1])\n"
        "sys.stdin.readline()\n"
        "migrate(database)\n"
        "with database.read() as connection:\n"
        "    assert version(connection) == newest()\n"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", script, database_url],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()

    assert [process.communicate()[1] for process in started] == [""] * 6


def test_a_database_of_a_newer_version_is_refused_and_stays(database, later):
    migrate(database, folder=later())

    with pytest.raises(StoreError, match="version 9000"):
        migrate(database)
    with database.read() as connection:
        assert version(connection) == "9000"


def test_a_table_that_is_built_again_loses_nothing_that_refers_to_it(database, later):
    with database.begin() as connection:
        connection.execute(text(PROJECT))
        connection.execute(text(KEY))

    migrate(database, folder=later())

    with database.begin() as connection:
        assert connection.execute(text("SELECT colour FROM projects")).scalars().all() == ["blue"]
        assert connection.execute(text("SELECT id FROM keys")).scalars().all() == ["k"]
        connection.execute(
            text("DELETE FROM projects")
        )  # a key goes with its project: references are heeded again
        assert connection.execute(text("SELECT id FROM keys")).all() == []


def test_a_migration_that_fails_leaves_nothing(database, later):
    with pytest.raises(RuntimeError):
        migrate(database, folder=later("raise RuntimeError"))

    with database.read() as connection:
        assert version(connection) == migrations.newest()
        assert "colour" not in {column["name"] for column in inspect(connection).get_columns("projects")}


def test_a_migration_that_breaks_references_is_refused(database, later):
    with database.begin() as connection:
        connection.execute(text(PROJECT))
        connection.execute(text(KEY))

    with pytest.raises(Exception, match="reference|constraint"):
        migrate(database, folder=later("op.execute(\"UPDATE keys SET project = 'nobody'\")"))
    with database.read() as connection:
        assert connection.execute(text("SELECT project FROM keys")).scalars().all() == ["p"]


def _shape(database):
    """All that a database says of its tables."""
    with database.read() as connection:
        inspector = inspect(connection)
        return {
            table: (
                [(it["name"], str(it["type"]), it["nullable"]) for it in inspector.get_columns(table)],
                inspector.get_pk_constraint(table),
                sorted(inspector.get_foreign_keys(table), key=lambda it: it["name"]),
                sorted(inspector.get_indexes(table), key=lambda it: it["name"]),
                sorted(inspector.get_unique_constraints(table), key=lambda it: it["name"]),
            )
            for table in sorted(metadata.tables)
        }
