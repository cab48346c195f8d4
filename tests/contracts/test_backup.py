"""Backups: from each database to each, from folder to object storage (moto, a mock), and whatever may be wrong with them."""

from __future__ import annotations

import json
import shutil
import zipfile
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from lect.core.errors import Conflict, LectError, NotFound, StoreError
from lect.store import migrations, tables
from lect.store.backup import back_up, restore
from lect.store.blobs import open_blobs
from lect.store.database import Database
from lect.store.folder_blobs import FolderBlobs
from lect.store.migrations import migrate

NOW = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)
TASK = {
    "custom_properties": {"ключ": "Wert 'x'\n"},
    "created": NOW,
    "last_action": NOW,
    "status": "Succeeded",
    "locale": "de-DE",
    "error": None,
}


def model(name, base=None, bundle=None):
    return TASK | {
        "id": name,
        "display_name": name,
        "is_base": base is None,
        "base": base,
        "bundle": bundle,
        "properties": {"wer": 0.1 + 0.2, "many": [1, None, True]},
    }


def fill(database, blobs):
    """Rows that are hard to keep: a chain of models against the order of ids, times, JSON, NULL, numbers of their own."""
    bundle, file = blobs.put([b"bundle" * 1000]).sha256, blobs.put([b"file"]).sha256
    rows = (
        (tables.projects, [{"id": "p", "display_name": "Übung", "custom_properties": {}, "created": NOW, "locale": "de-DE"}]),
        (tables.models, [model("z")]),
        (tables.models, [model("m", "z", bundle)]),
        (tables.models, [model("a", "m") | {"status": "Failed", "error": {"code": "x", "message": "why"}}]),
        (tables.files, [{"id": "f", "owner": "a", "kind": "ModelReport", "name": "r", "blob": file, "size": 1 << 40, "created": NOW, "media_type": "x", "duration": 1 / 3}]),
        (tables.web_hooks, [{key: value for key, value in TASK.items() if key != "locale"} | {"id": "w", "display_name": "w", "web_url": "https://x", "events": ["ping"], "secret": "hush"}]),
        (tables.keys, [{"id": "k", "name": "k", "role": "owner", "project": "p", "hash": "0" * 64, "created": NOW}]),
        (tables.audit, [{"time": NOW, "action": f"did {number}", "resource": "/models/a"} for number in range(1200)]),
    )  # fmt: skip
    with database.begin() as connection:
        for table, values in rows:
            connection.execute(insert(table), values)
    return {bundle, file}


def content(database):
    """All rows of all tables."""
    with database.read() as connection:
        return {
            table.name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
            for table in tables.metadata.sorted_tables
        }


@pytest.fixture
def saved(database, tmp_path):
    """A backup of each database."""
    blobs = FolderBlobs(tmp_path / "saved")
    held = fill(database, blobs)
    blobs.put([b"nobody refers to it"])
    made = back_up(database, blobs, tmp_path / "backup", now=NOW)
    assert (made.rows, made.blobs, made.size, made.created) == (1207, 2, 6004, NOW)
    return tmp_path / "backup", content(database), held


@pytest.fixture(params=["to sqlite", "to postgres"])
def target(request, tmp_path, postgres):
    """An empty database of each kind."""
    if request.param == "to sqlite":
        database = Database(f"sqlite:///{tmp_path}/target.db")
        yield database
        database.close()
    else:
        with postgres.database() as url:
            database = Database(url)
            yield database
            database.close()


@pytest.fixture
def new_blobs(tmp_path):
    return FolderBlobs(tmp_path / "restored")


@pytest.fixture
def one(tmp_path):
    """A backup of SQLite and a folder, and an empty database."""
    source, target = (Database(f"sqlite:///{tmp_path}/{name}.db") for name in ("one", "two"))
    blobs = FolderBlobs(tmp_path / "one")
    migrate(source)
    fill(source, blobs)
    back_up(source, blobs, tmp_path / "backup", now=NOW)
    yield tmp_path / "backup", source, blobs, target
    source.close()
    target.close()


def test_what_is_restored_is_what_was_saved(saved, target, new_blobs):
    path, before, held = saved
    restored = restore(path, target, new_blobs)

    assert content(target) == before
    assert {stored.sha256 for stored in new_blobs.list()} == held
    assert b"".join(new_blobs.read(next(iter(held)))) in {b"bundle" * 1000, b"file"}
    assert (restored.rows, restored.blobs, restored.created) == (1207, 2, NOW)


def test_new_rows_are_numbered_after_the_restored_ones(saved, target, new_blobs):
    restore(saved[0], target, new_blobs)
    with target.begin() as connection:
        connection.execute(insert(tables.audit).values(time=NOW, action="new", resource="/"))

    assert len(content(target)["audit"]) == 1201


def test_a_restored_place_can_be_saved_again(saved, target, new_blobs, tmp_path):
    restore(saved[0], target, new_blobs)
    back_up(target, new_blobs, tmp_path / "again", now=NOW)

    assert _members(tmp_path / "again") == _members(saved[0])


def test_it_goes_into_object_storage_and_comes_out_of_it(one, bucket_url, tmp_path):
    """The object storage is a mock."""
    path, _, blobs, target = one
    stored = open_blobs(bucket_url, cache=tmp_path / "copies", cache_bytes=0)
    restore(path, target, stored)
    back_up(target, stored, tmp_path / "again", now=NOW)

    assert {it.sha256 for it in stored.list()} == {it.sha256 for it in blobs.list()}
    assert _members(tmp_path / "again") == _members(path)


def test_nobody_else_may_read_it(one):
    assert one[0].stat().st_mode & 0o777 == 0o600


def test_a_place_with_rows_is_refused_and_stays(one):
    path, source, blobs, _ = one
    before = content(source)

    with pytest.raises(Conflict, match="not empty: there are rows in"):
        restore(path, source, blobs)
    assert content(source) == before


def test_a_database_that_was_only_migrated_is_empty(one, new_blobs):
    path, source, _, target = one
    migrate(target)
    restore(path, target, new_blobs)

    assert content(target) == content(source)


def test_a_backup_from_before_a_migration_is_brought_up_to_date(one, new_blobs, tmp_path, monkeypatch):
    """A later version adds a column; what an earlier one saved gets it."""
    path, _, _, target = one
    later = tmp_path / "later"
    shutil.copytree(migrations.FOLDER, later)
    (later / "versions" / "9000_later.py").write_text(
        'import sqlalchemy as sa\nfrom alembic import op\nrevision = "9000"\n'
        f'down_revision = "{migrations.newest()}"\n'
        'def upgrade():\n    op.add_column("projects", sa.Column("colour", sa.Text(), server_default="blue"))\n'
    )
    monkeypatch.setattr(
        "lect.store.backup.migrate", lambda database, to="head": migrate(database, to=to, folder=later)
    )
    restore(path, target, new_blobs)

    with target.begin() as connection:
        assert connection.exec_driver_sql("SELECT display_name, colour FROM projects").all() == [
            ("Übung", "blue")
        ]


def test_a_blob_that_is_missing_or_damaged_fails_the_backup_and_leaves_no_file(one, tmp_path):
    _, source, blobs, _ = one
    victim = next(blobs.list()).sha256
    blobs.path(victim).write_bytes(b"rotten")
    with pytest.raises(StoreError, match="its bytes are not those"):
        back_up(source, blobs, tmp_path / "new", now=NOW)
    blobs.path(victim).unlink()
    with pytest.raises(StoreError, match="is missing, though a row refers to it"):
        back_up(source, blobs, tmp_path / "new", now=NOW)
    assert not (tmp_path / "new").exists()


def test_a_database_without_tables_cannot_be_saved(tmp_path):
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(NotFound):
        back_up(database, FolderBlobs(tmp_path / "blobs"), tmp_path / "new", now=NOW)
    database.close()


@pytest.mark.parametrize("part", ["rows/audit.jsonl", "rows/models.jsonl", "blobs/", "manifest.json"])
@pytest.mark.parametrize("how", ["changed", "gone"])
def test_what_was_tampered_with_is_refused_and_no_row_is_stored(one, new_blobs, tmp_path, part, how):
    path, _, _, target = one
    bad = tmp_path / "bad"
    with zipfile.ZipFile(path) as sound, zipfile.ZipFile(bad, "w") as archive:
        for name in sound.namelist():
            if name.startswith(part):
                if how == "changed":
                    archive.writestr(name, sound.read(name).replace(b"1", b"2").replace(b"b", b"c"))
            else:
                archive.writestr(name, sound.read(name))

    with pytest.raises(LectError):
        restore(bad, target, new_blobs)
    migrate(target)
    assert not any(content(target).values())


def test_any_byte_that_flips_is_found_or_does_no_harm(one, tmp_path):
    path, source, blobs, target = one
    data, expected = path.read_bytes(), content(source)
    directory = data.index(b"PK\x01\x02")
    positions = [*range(0, directory, directory // 20), *range(directory, len(data), 61)]
    found = 0
    for number, position in enumerate(positions):
        bad = tmp_path / "bad"
        bad.write_bytes(data[:position] + bytes([data[position] ^ (1 << number % 8)]) + data[position + 1 :])
        try:
            restore(bad, target, blobs)
        except LectError:
            found += 1
        else:
            assert content(target) == expected
            _empty(target)
    assert found > len(positions) / 2


@pytest.mark.parametrize("wrong", [b"", b"hello", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_backup_is_refused(tmp_path, wrong, new_blobs):
    (tmp_path / "wrong").write_bytes(wrong)
    target = Database(f"sqlite:///{tmp_path}/target.db")

    with pytest.raises(StoreError, match="no backup, or damaged"):
        restore(tmp_path / "wrong", target, new_blobs)
    with pytest.raises(NotFound):
        restore(tmp_path / "nothing", target, new_blobs)
    target.close()


def test_a_backup_of_a_newer_version_is_refused(one, new_blobs, tmp_path):
    path, _, _, target = one
    for change in ({"format": 2}, {"version": "9000"}):
        newer = tmp_path / "newer"
        with zipfile.ZipFile(path) as sound, zipfile.ZipFile(newer, "w") as archive:
            for name in sound.namelist():
                document = sound.read(name)
                if name == "manifest.json":
                    document = json.dumps(json.loads(document) | change)
                archive.writestr(name, document)
        with pytest.raises(StoreError, match="does not know"):
            restore(newer, target, new_blobs)


def _empty(database):
    with database.begin(foreign_keys=False) as connection:
        for table in tables.metadata.tables.values():
            connection.execute(table.delete())


def _members(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
