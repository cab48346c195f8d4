"""Blobs that nothing refers to are removed, and no others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import String, insert

from lect.core.errors import JobCancelled
from lect.core.jobs import Job, JobState
from lect.store import jobs, tables
from lect.store.cleaning import HOLDERS, Cleaned, clean_up, in_use

NOW = datetime.now(UTC)
NAMES_NO_BLOB = {
    tables.keys.c.hash,
    tables.arrivals.c.bundle,  # the model holds it, as long as there is one
}


@pytest.fixture
def held(database, blobs):
    """A blob of each column that may hold one."""
    file, block, bundle = (blobs.put([name]).sha256 for name in (b"file", b"block", b"bundle"))
    task = {
        "custom_properties": {},
        "created": NOW,
        "last_action": NOW,
        "status": "Succeeded",
        "locale": "en-US",
    }
    dataset = task | {
        "id": "d",
        "display_name": "d",
        "kind": "text",
        "awaits_blocks": True,
        "is_normalised": False,
        "accepted_lines": 0,
        "rejected_lines": 0,
    }
    model = task | {"id": "m", "display_name": "m", "is_base": False, "bundle": bundle, "properties": {}}
    rows = (
        (tables.datasets, dataset),
        (tables.models, model),
        (tables.blocks, {"dataset": "d", "name": "1", "blob": block, "size": 5}),
        (
            tables.files,
            {"id": "f", "owner": "d", "kind": "Audio", "name": "a", "blob": file, "size": 4, "created": NOW, "media_type": "x"},
        ),
    )  # fmt: skip
    with database.begin() as connection:
        for table, row in rows:
            connection.execute(insert(table).values(row))
    return {file, block, bundle}


def test_what_no_row_refers_to_is_removed(database, blobs, held):
    blobs.put([b"orphan"])

    assert clean_up(database, blobs, before=NOW + timedelta(hours=1)) == Cleaned(blobs=1, size=6)
    assert {stored.sha256 for stored in blobs.list()} == held


def test_what_was_just_put_stays(database, blobs):
    blobs.put([b"its row comes in a moment"])

    assert clean_up(database, blobs, before=NOW - timedelta(hours=1)) == Cleaned()
    assert len(list(blobs.list())) == 1


def test_more_of_them_than_are_asked_for_at_once(database, blobs, held, monkeypatch):
    monkeypatch.setattr("lect.store.cleaning._BATCH", 2)
    for number in range(5):
        blobs.put([bytes([number])])

    assert clean_up(database, blobs, before=NOW + timedelta(hours=1)).blobs == 5
    assert {stored.sha256 for stored in blobs.list()} == held


def test_all_that_rows_refer_to_is_known(database, held):
    with database.read() as connection:
        assert in_use(connection) == held


def test_a_job_may_go_on_with_what_its_steps_have_made(database, blobs):
    given, made = (blobs.put([name]).sha256 for name in (b"given", b"made"))
    job = Job(id="j", kind="k", arguments={"blob": {"sha256": given}}, created=NOW, due=NOW)
    with database.begin() as connection:
        jobs.add(connection, job)
        jobs.add_step(connection, job, "first", {"files": [{"blob": made}]})

    clean_up(database, blobs, before=NOW + timedelta(hours=1))
    assert {stored.sha256 for stored in blobs.list()} == {given, made}
    with database.read() as connection:
        assert in_use(connection) == {given, made}


@pytest.mark.parametrize(("began", "left"), [(timedelta(hours=-1), 1), (timedelta(hours=1), 0)])
def test_what_was_put_since_a_running_job_began_may_be_its_own(database, blobs, began, left):
    """A step may put blobs for longer than orphans stay, before its result names them."""
    blobs.put([b"fetched"])
    job = Job(
        id="j", kind="k", arguments={}, created=NOW, due=NOW, state=JobState.RUNNING, started=NOW + began
    )
    with database.begin() as connection:
        jobs.add(connection, job)

    clean_up(database, blobs, before=NOW + timedelta(hours=2))
    assert len(list(blobs.list())) == left


@pytest.mark.parametrize("state", [state for state in JobState if state.is_final])
def test_a_job_that_is_over_holds_nothing(database, blobs, state):
    made = blobs.put([b"made"]).sha256
    job = Job(id="j", kind="k", arguments={}, created=NOW, due=NOW, state=state, finished=NOW)
    with database.begin() as connection:
        jobs.add(connection, job)
        jobs.add_step(connection, job, "first", {"blob": made})

    assert clean_up(database, blobs, before=NOW + timedelta(hours=1)).blobs == 1


def test_cleaning_can_be_interrupted(database, blobs):
    blobs.put([b"orphan"])

    def stop():
        raise JobCancelled

    with pytest.raises(JobCancelled):
        clean_up(database, blobs, before=NOW + timedelta(hours=1), check=stop)
    assert len(list(blobs.list())) == 1


def test_every_column_of_a_hash_is_looked_at():
    """A new column that refers to blobs must not be forgotten: its blobs would be cleaned away."""
    hashes = {
        column
        for table in tables.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, String) and column.type.length == 64
    }

    assert hashes == set(HOLDERS) | NAMES_NO_BLOB


def test_what_killed_processes_left_is_removed(database, blobs, tmp_path):
    blobs.put([b"x"])
    folder = next(path for path in tmp_path.iterdir() if path.is_dir())
    (folder / ".lect-1234.part").write_bytes(b"half")

    clean_up(database, blobs, before=NOW - timedelta(hours=1))
    assert (folder / ".lect-1234.part").exists()
    clean_up(database, blobs, before=NOW + timedelta(hours=1))
    assert not (folder / ".lect-1234.part").exists()
