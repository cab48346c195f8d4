"""Quotas on SQLite and on Postgres: what would go beyond one leaves nothing, however many ask at once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lect.core.entities import (
    Dataset,
    DatasetKind,
    Endpoint,
    Evaluation,
    File,
    FileKind,
    LogFile,
    Model,
    Project,
    Transcription,
)
from lect.core.errors import LimitExceeded, QuotaExceeded, TooManyRequests
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.datasets import importing, uploads
from lect.jobs import queue
from lect.settings import Limits, Quotas
from lect.store import blocks, files, logs
from lect.store.blobs import Blob, open_blobs
from lect.store.quotas import stored_bytes
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS, MODELS, PROJECTS, TRANSCRIPTIONS
from lect.store.storage import Storage

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
DATA = Blob(sha256="0" * 64, size=100)


def create(storage, made, **more):
    """A resource as the API makes it: in a unit of work of its own."""
    with storage.database.begin() as connection:
        return uploads.create(storage, connection, made, **more)


def dataset(**fields):
    common = {"id": str(uuid4()), "display_name": "orders", "created": NOON, "last_action": NOON}
    return Dataset(**(common | {"locale": "en-US", "kind": DatasetKind.TEXT} | fields))


def project():
    return Project(id=str(uuid4()), display_name="orders", created=NOON, locale="en-US")


@pytest.fixture
def keeping(database, tmp_path):
    """keeping(datasets=1, ...) -> a storage with these quotas."""
    blobs = open_blobs(str(tmp_path / "blobs"), cache=tmp_path / "copies", cache_bytes=1 << 20)

    def storage(*, key=None, **quotas):
        return Storage(database=database, blobs=blobs, quotas=Quotas(**quotas), key=key)

    return storage


def counts(storage):
    with storage.database.read() as connection:
        return DATASETS.count(connection), stored_bytes(connection, at=NOON)


def test_one_more_than_the_quota_is_refused_and_leaves_nothing(keeping):
    storage = keeping(datasets=2)
    for _ in range(2):
        create(storage, dataset())

    with pytest.raises(QuotaExceeded, match="2 datasets"):
        create(storage, refused := dataset(), blob=DATA)

    assert counts(storage) == (2, 0)
    with storage.database.read() as connection:
        assert queue.of_resource(connection, refused.id) == []
        assert files.page(connection, refused.id) == []


def test_a_place_is_free_again_when_one_is_deleted(keeping):
    storage = keeping(datasets=1)
    made = create(storage, dataset())
    with storage.database.begin() as connection:
        uploads.delete(connection, made)

    assert create(storage, dataset())


def test_those_who_ask_at_once_never_go_beyond_a_quota_together(keeping):
    storage = keeping(datasets=5, stored_bytes=450)

    def try_one(_):
        try:
            create(storage, dataset(), blob=DATA)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        made = sum(pool.map(try_one, range(16)))

    assert made == 4
    assert counts(storage) == (4, 400)


def test_what_has_outlived_its_time_counts_no_longer(keeping):
    storage = replace(keeping(transcriptions=1, stored_bytes=300), clock=lambda: NOON + timedelta(seconds=60))
    common = {"display_name": "x", "created": NOON, "last_action": NOON, "locale": "en-US"}
    over, kept = (
        Transcription(id=str(uuid4()), status=Status.SUCCEEDED, time_to_live=seconds, **common)
        for seconds in (60.0, None)
    )
    base = Model(id=str(uuid4()), is_base=True, status=Status.SUCCEEDED, **common)
    ended = Endpoint(id=str(uuid4()), model=base.id, status=Status.FAILED, time_to_live=60.0, **common)
    turn = {"turn": str(uuid4()), "locale": "en-US", "project": None, "model": base.id, "blob": DATA.sha256}
    with storage.database.begin() as connection:
        TRANSCRIPTIONS.add(connection, over)
        result = storage.new_file(over.id, FileKind.TRANSCRIPTION, "a.json", DATA)
        files.put(connection, over.id, [result])
        MODELS.add(connection, base)
        ENDPOINTS.add(connection, ended)
        for name, endpoint in (("a", ended.id), ("b", None)):  # the second is of the base model, which stays
            log = LogFile(
                id=name,
                endpoint=endpoint,
                kind=FileKind.AUDIO,
                name=name,
                size=50,
                created=NOON,
                duration=1.0,
                **turn,
            )
            logs.add(connection, [log])

        assert stored_bytes(connection, at=NOON) == 200
        assert stored_bytes(connection, at=storage.clock()) == 50
        storage.add(connection, TRANSCRIPTIONS, kept, size=250)

        with pytest.raises(QuotaExceeded, match="1 transcriptions"):
            storage.add(connection, TRANSCRIPTIONS, replace(kept, id=str(uuid4())))


def test_base_models_do_not_count(keeping):
    storage = keeping(models=1)
    model = Model(id=str(uuid4()), display_name="m", created=NOON, last_action=NOON, locale="en-US")
    base = replace(model, id=str(uuid4()), is_base=True, status=Status.SUCCEEDED)
    with storage.database.begin() as connection:
        MODELS.add(connection, base)
        storage.add(connection, MODELS, replace(model, base=base.id))

        with pytest.raises(QuotaExceeded, match="LECT_QUOTAS_MODELS"):
            storage.add(connection, MODELS, replace(model, id=str(uuid4()), base=base.id))


def test_files_blocks_and_bundles_count_as_bytes(keeping):
    storage = keeping()
    waiting = dataset(awaits_blocks=True)
    with storage.database.begin() as connection:
        DATASETS.add(connection, waiting)
        blocks.put(connection, waiting.id, blocks.Block(name="a", blob="0" * 64, size=1))
        MODELS.add(
            connection,
            Model(
                id=str(uuid4()),
                display_name="m",
                created=NOON,
                last_action=NOON,
                locale="en-US",
                bundle="1" * 64,
                bundle_size=20,
            ),
        )
        file = File(
            id=str(uuid4()),
            owner=waiting.id,
            kind=FileKind.LANGUAGE_DATA,
            name="data.txt",
            blob="2" * 64,
            size=3 << 40,
            created=NOON,
        )
        files.put(connection, waiting.id, [file])

        assert stored_bytes(connection, at=NOON) == (3 << 40) + 21


def test_blocks_are_refused_once_there_is_no_room_for_them(keeping):
    storage = keeping(stored_bytes=10)
    made = create(storage, dataset())
    uploads.put_block(storage, made.id, "a", b"x" * 10, limits=Limits())

    with pytest.raises(QuotaExceeded, match="10 bytes at most, and 10"):
        uploads.put_block(storage, made.id, "b", b"x", limits=Limits())

    assert counts(storage)[1] == 10


def test_when_all_is_full_nothing_that_will_hold_bytes_begins_and_what_holds_none_does(keeping):
    storage = keeping(stored_bytes=100)
    made = create(storage, dataset(), blob=DATA)
    evaluation = Evaluation(
        id=str(uuid4()),
        display_name="e",
        created=NOON,
        last_action=NOON,
        locale="en-US",
        dataset=made.id,
        models=(),
    )
    with pytest.raises(QuotaExceeded):
        create(storage, dataset(content_url="https://a.example/data"))
    with storage.database.begin() as connection:
        with pytest.raises(QuotaExceeded):
            storage.add(connection, EVALUATIONS, evaluation)
        storage.add(connection, PROJECTS, project())


@pytest.mark.parametrize(("size", "is_kept"), [(100, True), (101, False)])
def test_what_was_fetched_is_kept_only_if_there_is_room_for_it(keeping, size, is_kept):
    storage = keeping(stored_bytes=100)
    made = create(storage, dataset(content_url="https://a.example/data"))
    kind = importing.import_kind(storage, fetch=lambda *_: None, limits=Limits())
    fetched = {"sha256": "0" * 64, "size": size}

    def keep():
        with storage.database.begin() as connection:
            kind.steps[0].apply(connection, queue.get(connection, made.id), fetched)

    if is_kept:
        keep()
    else:
        with pytest.raises(LimitExceeded, match="at most"):
            keep()
    assert counts(storage)[1] == (size if is_kept else 0)


def test_a_key_and_a_project_have_only_so_many_jobs_that_are_not_over(keeping):
    storage = keeping(key=str(uuid4()), jobs_per_key=2, jobs_per_project=1)
    with storage.database.begin() as connection:
        PROJECTS.add(connection, ours := project())
    url = "https://a.example/data"
    first = create(storage, dataset(content_url=url, project=ours.id))

    with pytest.raises(TooManyRequests, match="project has 1 jobs"):
        create(storage, dataset(content_url=url, project=ours.id))
    create(storage, dataset(content_url=url))
    with pytest.raises(TooManyRequests, match="key has 2 jobs"):
        create(storage, dataset(content_url=url))
    create(replace(storage, key=str(uuid4())), dataset(content_url=url))

    with storage.database.begin() as connection:  # the first is over
        connection.exec_driver_sql(f"UPDATE jobs SET state = '{JobState.FAILED}' WHERE id = '{first.id}'")
    assert create(storage, dataset(content_url=url, project=ours.id))
    assert counts(storage)[0] == 4


def test_a_job_knows_whose_it_is(keeping):
    storage = keeping(key="k" * 36)
    with storage.database.begin() as connection:
        PROJECTS.add(connection, ours := project())
    made = create(storage, dataset(project=ours.id), blob=DATA)

    with storage.database.read() as connection:
        job = queue.get(connection, made.id)
    assert (job.key, job.project) == ("k" * 36, ours.id)


def test_blocks_wait_for_a_turn_without_being_lost(keeping):
    storage = keeping(key="k" * 36, jobs_per_key=1)
    create(storage, dataset(content_url="https://a.example/data"))
    made = create(storage, dataset())
    uploads.put_block(storage, made.id, "a", b"x", limits=Limits())

    with pytest.raises(TooManyRequests):
        uploads.commit_blocks(storage, made.id, [("Latest", "a")])

    with storage.database.read() as connection:
        assert DATASETS.get(connection, made.id).awaits_blocks
        assert [block.place for block in blocks.of(connection, made.id)] == [None]
