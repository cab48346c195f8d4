"""On Postgres, too, nobody makes something of a dataset while somebody decides whether a recording may be erased from it, and
nobody deletes what gets its files anew."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from lect.core.entities import Dataset, DatasetKind, Erasure
from lect.core.errors import Conflict, StoreError
from lect.core.status import Status
from lect.datasets import erasures, uploads
from lect.store import lineage
from lect.store.repositories import DATASETS

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def database(postgres_database):
    return postgres_database


@pytest.fixture
def dataset(database):
    dataset = Dataset(
        id=str(uuid4()),
        display_name="x",
        created=NOW,
        last_action=NOW,
        status=Status.SUCCEEDED,
        locale="en-US",
        kind=DatasetKind.ACOUSTIC,
    )
    with database.begin() as connection:
        DATASETS.add(connection, dataset)
    return dataset


def make(connection, dataset):
    uploads.hold(connection, [dataset.id])


def erase(connection, dataset):
    erasure = Erasure(
        id=str(uuid4()),
        display_name="x",
        created=NOW,
        last_action=NOW,
        dataset=dataset.id,
        file="b.wav",
    )
    erasures.create(connection, dataset, erasure)


@pytest.mark.parametrize(("first", "second"), [(make, erase), (erase, make)])
def test_who_makes_something_and_who_erases_wait_for_each_other(database, dataset, first, second):
    with database.begin() as connection:
        first(connection, dataset)
        with pytest.raises(StoreError, match="lock timeout"), database.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '10ms'"))
            second(other, dataset)


def test_what_gets_its_files_anew_is_not_deleted_before_it_has_them(database, dataset):
    """Files that come after their owner was deleted stay for ever."""
    with database.begin() as connection:
        assert lineage.hold(connection, [dataset.id, str(uuid4())]) == [dataset.id]
        with pytest.raises(StoreError, match="lock timeout"), database.begin() as other:
            other.execute(text("SET LOCAL lock_timeout = '10ms'"))
            uploads.delete(other, dataset)


def test_nothing_is_made_of_what_is_being_erased(database, dataset):
    with database.begin() as connection:
        erase(connection, dataset)

    with pytest.raises(Conflict, match="is being erased"), database.begin() as connection:
        make(connection, dataset)
