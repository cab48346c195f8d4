"""Uploads in blocks on SQLite and on Postgres: a dataset is made of its blocks once, whoever asks at the same time."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import Conflict, LimitExceeded
from lect.datasets import expiring, uploads
from lect.settings import Limits, Upkeep
from lect.store import blocks
from lect.store.blobs import open_blobs
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NAMES = ["a", "b", "c"]
SECONDS = 60  # to wait for what must happen


@pytest.fixture
def storage(database, tmp_path):
    blobs = open_blobs(str(tmp_path / "blobs"), cache=tmp_path / "copies", cache_bytes=1 << 20)
    return Storage(database=database, blobs=blobs)


@pytest.fixture
def dataset(storage):
    """One with three blocks that are not committed."""
    with storage.database.begin() as connection:
        made = uploads.create(
            storage,
            connection,
            Dataset(
                id=str(uuid4()),
                display_name="orders",
                created=NOON,
                last_action=NOON,
                locale="en-US",
                kind=DatasetKind.TEXT,
            ),
        )
    for name in NAMES:
        uploads.put_block(storage, made.id, name, name.encode(), limits=Limits())
    return made


def test_of_two_who_commit_at_once_one_makes_the_dataset(storage, dataset, monkeypatch):
    """Both have read that it waits for its blocks before either has changed anything, if they may."""
    both, commit = threading.Barrier(2), blocks.commit

    def commit_together(*arguments):
        with suppress(threading.BrokenBarrierError):  # the other one has to wait outside
            both.wait(timeout=1.0)
        commit(*arguments)

    monkeypatch.setattr(blocks, "commit", commit_together)
    orders = [NAMES, NAMES[::-1]]

    def make(order):
        try:
            uploads.commit_blocks(storage, dataset.id, [("Latest", name) for name in order])
        except Conflict:
            return None
        return order

    with ThreadPoolExecutor(2) as threads:
        made = [order for order in threads.map(make, orders, timeout=SECONDS) if order]

    with storage.database.read() as connection:
        there = [block.name for block in blocks.of(connection, dataset.id)]
    assert made == [there]


def test_no_block_comes_after_the_dataset_was_made(storage, dataset):
    uploads.commit_blocks(storage, dataset.id, [("Latest", name) for name in NAMES])

    with pytest.raises(Conflict):
        uploads.put_block(storage, dataset.id, "d", b"d", limits=Limits())


def test_a_block_that_is_sent_again_takes_no_more_room(storage, dataset):
    """The answer to the last one may be lost, and the blocks fill the limit to the byte."""
    full = Limits(archive_bytes=len(NAMES))

    uploads.put_block(storage, dataset.id, NAMES[-1], b"x", limits=full)

    with pytest.raises(LimitExceeded, match="3 bytes together"):
        uploads.put_block(storage, dataset.id, "one more", b"x", limits=full)
    with storage.database.read() as connection:
        assert [block.name for block in blocks.of(connection, dataset.id)] == [*NAMES]


def test_an_upload_that_was_left_goes_with_its_blocks_after_a_while(storage, dataset):
    told = []

    def remove(before):
        with storage.database.begin() as connection:
            return expiring.remove_left(
                connection, before=before, emit=lambda _connection, *event: told.append(event)
            )

    assert (remove(NOON), told) == (0, [])  # it is not old enough

    assert remove(NOON + timedelta(seconds=1)) == 1
    assert told == [("datasetDeletion", dataset.id)]
    with storage.database.read() as connection:
        assert not DATASETS.ids(connection)
        assert blocks.of(connection, dataset.id) == []


def test_an_upload_that_is_young_is_not_held(storage, dataset, monkeypatch):
    """Its blocks would wait for the look at all others."""
    monkeypatch.setattr(type(DATASETS), "get", lambda *_, **__: pytest.fail("it is held"))

    with storage.database.begin() as connection:
        assert expiring.remove_left(connection, before=NOON) == 0


def test_what_was_committed_is_not_left(storage, dataset):
    uploads.commit_blocks(storage, dataset.id, [("Latest", name) for name in NAMES])

    with storage.database.begin() as connection:
        assert expiring.remove_left(connection, before=NOON + timedelta(days=400)) == 0


def test_the_worker_counts_the_time_of_uploads_from_their_beginning(storage, dataset):
    now = Storage(
        database=storage.database, blobs=storage.blobs, clock=lambda: NOON + timedelta(seconds=3601)
    )
    for seconds, left in ((7200, 1), (3600, 0)):
        clearing = expiring.clearing(now, Upkeep(upload_seconds=seconds))
        with storage.database.begin() as connection:
            clearing.step.apply(connection, None, {})
            assert len(DATASETS.ids(connection)) == left
