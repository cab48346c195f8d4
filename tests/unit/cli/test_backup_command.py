"""`lect backup` and `lect restore`: the commands; what they do is tested in `contracts/test_backup.py`."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from lect.settings import Settings
from lect.store import tables
from lect.store.database import Database
from lect.store.migrations import migrate
from lect.store.opening import blobs_of, database_of


@pytest.fixture
def filled(lect, tmp_path):
    """A data folder with a file in it, and the command."""
    settings = Settings(data=tmp_path / "data", cache=tmp_path / "cache")
    database = database_of(settings)
    migrate(database)
    blob = blobs_of(settings).put([b"hello"])
    now = datetime.now(UTC)
    with database.begin() as connection:
        connection.execute(
            insert(tables.files).values(
                id="f",
                owner="o",
                kind="Audio",
                name="a",
                blob=blob.sha256,
                size=5,
                created=now,
                media_type="x",
            )
        )
    database.close()
    return lect


def test_what_is_saved_is_restored(filled, tmp_path):
    saved = filled("backup", "all.lectbackup", "--data", "data", "--json")
    restored = filled("restore", "all.lectbackup", "--data", "new", "--json")

    assert saved.exit_code == restored.exit_code == 0
    assert json.loads(saved.stdout) == json.loads(restored.stdout)
    assert json.loads(saved.stdout).items() >= {"rows": 1, "blobs": 1, "bytes": 5}.items()
    assert _files(f"sqlite:///{tmp_path}/new/lect.db") == ["f"]
    assert len(list((tmp_path / "new" / "blobs").glob("??/*"))) == 1


def test_database_and_blobs_may_be_named_apart(filled, tmp_path):
    filled("backup", "all.lectbackup", "--data", "data")
    ran = filled(
        "restore", "all.lectbackup", "--database", f"sqlite:///{tmp_path}/rows.db", "--blobs", "bytes"
    )

    assert ran.exit_code == 0, ran.stderr
    assert "all.lectbackup is restored: 1 row, 1 blob of 5 bytes" in ran.stdout
    assert _files(f"sqlite:///{tmp_path}/rows.db") == ["f"]
    assert len(list((tmp_path / "bytes").glob("??/*"))) == 1


def test_the_environment_says_where_things_are(filled, tmp_path, monkeypatch):
    monkeypatch.setenv("LECT_DATA", str(tmp_path / "data"))
    assert filled("backup", "all.lectbackup").exit_code == 0

    monkeypatch.setenv("LECT_DATABASE", f"sqlite:///{tmp_path}/other.db")
    assert filled("restore", "all.lectbackup").exit_code == 0
    assert _files(f"sqlite:///{tmp_path}/other.db") == ["f"]


def test_a_data_folder_wins_over_the_environment(filled, tmp_path, monkeypatch):
    monkeypatch.setenv("LECT_DATABASE", f"sqlite:///{tmp_path}/other.db")

    assert filled("backup", "all.lectbackup", "--data", "data").exit_code == 0
    assert not (tmp_path / "other.db").exists()


def test_a_folder_without_a_database_is_an_error_and_stays_empty(lect, tmp_path):
    ran = lect("backup", "all.lectbackup", "--data", "nothing")

    assert ran.exit_code == 1
    assert "there is no database" in str(ran.exception)
    assert not (tmp_path / "nothing").exists()
    assert not (tmp_path / "all.lectbackup").exists()


def test_a_folder_and_a_url_together_are_wrong_usage(lect):
    assert lect("backup", "x", "--data", "data", "--database", "sqlite:///x.db").exit_code == 2


@pytest.mark.parametrize("url", ["mysql://u:hush@h/x", "hush"])
def test_another_kind_of_database_is_an_error_that_keeps_the_password(lect, url):
    ran = lect("backup", "x", "--database", url)

    assert ran.exit_code == 1
    assert "hush" not in str(ran.exception)
    assert "sqlite:///FILE" in ran.exception.hint


def _files(url):
    database = Database(url)
    with database.read() as connection:
        found = list(connection.execute(select(tables.files.c.id)).scalars())
    database.close()
    return found
