"""The rows of resources, on SQLite and on Postgres: what is added comes back, lists are whole, what is in use stays."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine

from lect.core.entities import (
    Dataset,
    DatasetKind,
    Endpoint,
    Evaluation,
    File,
    FileKind,
    Model,
    Problem,
    Project,
    Transcription,
    WebHook,
)
from lect.core.errors import Conflict, InUse, InvalidInput, NotFound, StoreError
from lect.core.queries import Both, Comparison, Not, Page
from lect.core.status import Status
from lect.store import blocks, files, keys
from lect.store.blocks import Block
from lect.store.repositories import (
    DATASETS,
    ENDPOINTS,
    EVALUATIONS,
    MODELS,
    PROJECTS,
    TRANSCRIPTIONS,
    WEB_HOOKS,
)

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def new(entity, **fields):
    common = {"id": str(uuid4()), "display_name": "orders", "created": NOON}
    if entity is not Project:
        common["last_action"] = NOON
    return entity(**(common | fields))


PROJECT = new(Project, locale="en-US", custom_properties={"a": "b"})
DATASET = new(
    Dataset,
    locale="en-US",
    kind=DatasetKind.TEXT,
    project=PROJECT.id,
    content_url="https://example.org/?sig=1",
    duration=1.5,
)
BASE = new(Model, locale="en-US", is_base=True, name="whisper-base", status=Status.SUCCEEDED)
MODEL = new(Model, locale="en-US", base=BASE.id, datasets=(DATASET.id,), weight=30, properties={"wer": 0.5})
EVALUATION = new(
    Evaluation, locale="en-US", dataset=DATASET.id, models=(MODEL.id, BASE.id), scores=({"wer": 1},)
)
ENDPOINT = new(Endpoint, locale="en-US", model=MODEL.id, previous_models=(BASE.id, MODEL.id, BASE.id))
TRANSCRIPTION = new(Transcription, locale="en-US", content_urls=("a", "b"), options={"channels": [0]})
WEB_HOOK = new(
    WebHook, web_url="https://example.org", events=frozenset({"ping", "modelCreation"}), secret="s"
)
ALL = [
    (PROJECTS, PROJECT),
    (DATASETS, DATASET),
    (MODELS, BASE),
    (MODELS, MODEL),
    (EVALUATIONS, EVALUATION),
    (ENDPOINTS, ENDPOINT),
    (TRANSCRIPTIONS, TRANSCRIPTION),
    (WEB_HOOKS, WEB_HOOK),
]


@pytest.fixture
def rows(database):
    with database.begin() as connection:
        for repository, entity in ALL:
            repository.add(connection, entity)
        yield connection


@pytest.mark.parametrize("number", range(len(ALL)))
def test_what_was_added_comes_back(rows, number):
    repository, entity = ALL[number]

    assert repository.get(rows, entity.id) == entity


def test_one_that_is_not_there_is_not_found_and_may_be_deleted(rows):
    with pytest.raises(NotFound, match="no dataset"):
        DATASETS.get(rows, str(uuid4()))
    DATASETS.delete(rows, str(uuid4()))


def test_others_than_its_project_see_nothing_of_it(rows):
    assert DATASETS.get(rows, DATASET.id, project=PROJECT.id) == DATASET
    with pytest.raises(NotFound):
        DATASETS.get(rows, DATASET.id, project=str(uuid4()))
    with pytest.raises(NotFound):
        MODELS.get(rows, MODEL.id, project=PROJECT.id)
    assert DATASETS.page(rows, project=str(uuid4())) == []


@pytest.mark.parametrize(
    ("repository", "entity", "user"),
    [
        (PROJECTS, PROJECT, "1 dataset"),
        (DATASETS, DATASET, "1 model, 1 evaluation"),
        (MODELS, BASE, "1 model, 1 evaluation"),
        (MODELS, MODEL, "1 evaluation, 1 endpoint, 1 earlier deployment"),
    ],
)
def test_what_is_in_use_stays_and_says_by_whom(rows, repository, entity, user):
    with pytest.raises(InUse, match=user):
        repository.delete(rows, entity.id)
    assert repository.get(rows, entity.id) == entity


def test_those_whose_time_is_over_are_found_by_whatever_they_use(rows):
    mortal = {"status": Status.SUCCEEDED, "time_to_live": 60.0, "locale": "en-US", "model": BASE.id}
    heard = new(Transcription, dataset=DATASET.id, project=PROJECT.id, **mortal)
    served = new(Endpoint, previous_models=(MODEL.id,), **mortal)
    TRANSCRIPTIONS.add(rows, heard)
    ENDPOINTS.add(rows, served)

    def over(used, seconds=60):
        at = NOON + timedelta(seconds=seconds)
        return [id for each in (TRANSCRIPTIONS, ENDPOINTS) for id in each.expired(rows, at, using=used.id)]

    assert over(BASE) == [heard.id, served.id]
    assert over(BASE, seconds=59) == []
    assert over(MODEL) == [served.id]
    assert over(DATASET) == over(PROJECT) == [heard.id]


def test_what_nothing_uses_is_deleted_with_its_references(rows):
    for repository, entity in reversed(ALL):
        repository.delete(rows, entity.id)
        with pytest.raises(NotFound):
            repository.get(rows, entity.id)


def test_an_id_is_there_once(database):
    with database.begin() as connection:
        PROJECTS.add(connection, PROJECT)
    with pytest.raises(Conflict), database.begin() as connection:
        PROJECTS.add(connection, PROJECT)


def test_what_refers_to_nothing_is_refused(database):
    with pytest.raises(Conflict), database.begin() as connection:
        DATASETS.add(connection, replace(DATASET, project=str(uuid4())))


def test_pages_hold_every_row_once_in_the_order_of_creation(database):
    many = [new(Project, locale="en-US", created=NOON + timedelta(seconds=n // 3)) for n in range(20)]
    with database.begin() as connection:
        for one in reversed(many):
            PROJECTS.add(connection, one)
        found = []
        while page := PROJECTS.page(connection, Page(skip=len(found), top=3))[:3]:
            found += page

    assert found == sorted(many, key=lambda one: (one.created, one.id))


def test_a_page_tells_whether_there_are_more(rows):
    assert len(MODELS.page(rows, Page(top=1))) == 2
    assert len(MODELS.page(rows, Page(top=2))) == 2
    assert len(MODELS.page(rows, is_base=True)) == 1
    assert MODELS.count(rows) == 2


def same(field, value, operator="eq"):
    return Comparison(field=field, operator=operator, value=value)


@pytest.mark.parametrize(
    ("filter", "names"),
    [
        (same("display_name", "b"), "b"),
        (same("display_name", "b", "ne"), "ac"),
        (Not(same("display_name", "b")), "ac"),
        (same("description", "x"), "a"),
        (same("description", "x", "ne"), "bc"),
        (Not(same("description", "x")), "bc"),
        (same("created", NOON, "gt"), "bc"),
        (same("created", NOON + timedelta(hours=1), "le"), "ab"),
        (Both(operator="and", left=same("created", NOON, "gt"), right=same("display_name", "c")), "c"),
        (Both(operator="or", left=same("display_name", "a"), right=same("display_name", "c")), "ac"),
        (same("display_name", "' or 1=1 --"), ""),
    ],
)
def test_filters_find_what_they_say(database, filter, names):
    with database.begin() as connection:
        for number, name in enumerate("abc"):
            one = new(
                Project,
                locale="en-US",
                display_name=name,
                description="x" if name == "a" else None,
                created=NOON + timedelta(hours=number),
            )
            PROJECTS.add(connection, one)
        found = PROJECTS.page(connection, Page(filter=filter))

    assert "".join(one.display_name for one in found) == names


@pytest.mark.parametrize("column", ["secret", "id", "content_url", "nothing"])
def test_no_filter_reaches_a_column_that_is_not_listed(rows, column):
    for repository in (WEB_HOOKS, DATASETS):
        with pytest.raises(InvalidInput, match="Filter by created"):
            repository.page(rows, Page(filter=same(column, "s")))


def test_a_change_is_stored_and_leaves_the_rest(rows):
    changed = ENDPOINTS.change(
        rows, ENDPOINT.id, display_name="new", model=BASE.id, previous_models=(MODEL.id,)
    )

    assert changed == replace(ENDPOINT, display_name="new", model=BASE.id, previous_models=(MODEL.id,))
    assert ENDPOINTS.get(rows, ENDPOINT.id) == changed


def test_a_status_moves_with_its_time_and_what_was_found(rows):
    later = NOON + timedelta(hours=1)
    DATASETS.move(rows, DATASET.id, Status.RUNNING, at=later)
    moved = DATASETS.move(rows, DATASET.id, Status.SUCCEEDED, at=later, accepted_lines=3)

    assert DATASETS.get(rows, DATASET.id) == moved
    assert (moved.status, moved.last_action, moved.accepted_lines) == (Status.SUCCEEDED, later, 3)


def test_a_final_status_never_moves(rows):
    failed = DATASETS.move(rows, DATASET.id, Status.FAILED, error=Problem(code="X", message="y"))

    assert DATASETS.get(rows, DATASET.id).error == failed.error
    for status in (Status.NOT_STARTED, Status.RUNNING, Status.SUCCEEDED):
        with pytest.raises(Conflict):
            DATASETS.move(rows, DATASET.id, status)


def test_new_work_begins_only_when_the_last_is_done(rows):
    with pytest.raises(Conflict):
        ENDPOINTS.restart(rows, ENDPOINT.id)
    ENDPOINTS.move(rows, ENDPOINT.id, Status.FAILED, error=Problem(code="X", message="y"))

    assert ENDPOINTS.restart(rows, ENDPOINT.id).error is None
    assert ENDPOINTS.get(rows, ENDPOINT.id).status is Status.NOT_STARTED


def file(name, **fields):
    common = {"id": str(uuid4()), "owner": DATASET.id, "kind": FileKind.AUDIO, "created": NOON}
    return File(**common, name=name, blob="a" * 64, size=5, **fields)


def test_files_are_put_all_at_once(rows):
    first, second = file("1.wav", duration=2.0), file("2.wav", media_type="audio/wav")
    files.put(rows, DATASET.id, [file("0.wav")])
    files.put(rows, DATASET.id, [first, second])

    assert sorted(one.name for one in files.page(rows, DATASET.id)) == ["1.wav", "2.wav"]
    assert files.get(rows, DATASET.id, first.id) == first
    assert files.page(rows, DATASET.id, Page(filter=same("name", "2.wav"))) == [second]
    with pytest.raises(NotFound):
        files.get(rows, MODEL.id, first.id)
    with pytest.raises(InvalidInput):
        files.page(rows, DATASET.id, Page(filter=same("blob", "a" * 64)))


def test_blocks_become_the_dataset_in_the_order_of_the_commit(rows):
    for name in ("a", "b", "c", "a"):
        blocks.put(rows, DATASET.id, Block(name=name, blob=name * 64, size=1))
    blocks.commit(rows, DATASET.id, [("Uncommitted", "c"), ("Latest", "a")])
    blocks.put(rows, DATASET.id, Block(name="d", blob="d" * 64, size=2))

    assert [(block.name, block.place) for block in blocks.of(rows, DATASET.id)] == [
        ("c", 0),
        ("a", 1),
        ("d", None),
    ]
    assert blocks.totals(rows, DATASET.id) == (3, 4)
    with pytest.raises(InvalidInput, match="no committed block 'd'"):
        blocks.commit(rows, DATASET.id, [("Committed", "d")])


def test_a_key_is_found_by_what_it_is_until_it_is_revoked(rows):
    assert not keys.exist(rows)
    key, text = keys.create(rows, name="ci", role=keys.Role.READER, project=PROJECT.id, at=NOON)

    assert keys.exist(rows)
    assert keys.find(rows, text) == keys.get(rows, key.id) == key
    assert keys.find(rows, text + "x") is None
    keys.revoke(rows, key.id, at=NOON)
    assert keys.find(rows, text) is keys.get(rows, key.id) is None
    assert [one.revoked for one in keys.all_of(rows)] == [NOON]
    assert keys.exist(rows), "a server whose last key was revoked still wants one"
    with pytest.raises(NotFound):
        keys.revoke(rows, str(uuid4()), at=NOON)


def test_who_finds_no_free_connection_is_told_that_storage_failed(database):
    database.close()
    database.engine = create_engine(database.url, pool_size=1, max_overflow=0, pool_timeout=0.01)

    with database.read(), pytest.raises(StoreError, match="in use"), database.read():
        pass


def test_a_secret_is_made_once(database):
    with database.begin() as connection:
        made = keys.secret(connection, "links", at=NOON)
    with database.begin() as connection:
        assert keys.secret(connection, "links", at=NOON) == made
        assert keys.secret(connection, "tokens", at=NOON) != made


@pytest.mark.parametrize(("role", "may"), [("reader", 1), ("contributor", 2), ("owner", 3)])
def test_a_role_may_what_those_before_it_may(role, may):
    assert sum(keys.Role(role).includes(other) for other in keys.Role) == may
