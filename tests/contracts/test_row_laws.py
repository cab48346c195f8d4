"""Laws of the rows, on SQLite and on Postgres, with what Hypothesis makes up."""

from __future__ import annotations

import operator
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lect.core.entities import Dataset, DatasetKind, Problem
from lect.core.errors import Conflict, InvalidInput
from lect.core.queries import Both, Comparison, Not, Page
from lect.core.status import Status
from lect.store import keys
from lect.store.database import Database
from lect.store.repositories import DATASETS

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
TIMES = st.integers(0, 5).map(lambda hours: NOON + timedelta(hours=hours))
TEXTS = st.sampled_from(["", "a", "A", "b", "a%", "_", "ä", "ä", "'", '"; --', "長", "a "])
FINAL = {Status.SUCCEEDED, Status.FAILED}
OPERATORS = {name: getattr(operator, name) for name in ("eq", "ne", "gt", "ge", "lt", "le")}

law = settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def datasets(draw, **fields):
    common = {
        "id": str(uuid4()),
        "display_name": draw(TEXTS),
        "description": draw(st.none() | TEXTS),
        "created": draw(TIMES),
        "last_action": draw(TIMES),
        "status": draw(st.sampled_from(Status)),
        "locale": draw(st.sampled_from(["en-US", "de-DE"])),
        "kind": draw(st.sampled_from(DatasetKind)),
    }
    return Dataset(**(common | fields))


TEXT_COMPARISONS = st.builds(
    Comparison,
    field=st.sampled_from(["display_name", "description", "locale", "status", "kind"]),
    operator=st.sampled_from(["eq", "ne"]),
    value=TEXTS | st.sampled_from(["en-US", *Status, *DatasetKind]).map(str),
)
TIME_COMPARISONS = st.builds(
    Comparison,
    field=st.sampled_from(["created", "last_action"]),
    operator=st.sampled_from(list(OPERATORS)),
    value=TIMES,
)
FILTERS = st.recursive(
    TEXT_COMPARISONS | TIME_COMPARISONS,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(Both, operator=st.sampled_from(["and", "or"]), left=inner, right=inner)
    ),
    max_leaves=6,
)


def holds(filter, entity):
    """What a filter says, in plain Python."""
    if isinstance(filter, Not):
        return not holds(filter.filter, entity)
    if isinstance(filter, Both):
        join = all if filter.operator == "and" else any
        return join([holds(filter.left, entity), holds(filter.right, entity)])
    value = getattr(entity, filter.field)
    return OPERATORS[filter.operator]("" if value is None else value, filter.value)


@pytest.fixture
def fresh(database):
    """`with fresh() as connection:`, a unit of work that is undone: each example finds the tables empty."""

    @contextmanager
    def unit():
        with database.begin() as connection, connection.begin_nested() as undone:
            yield connection
            undone.rollback()

    return unit


@law
@given(rows=st.lists(datasets(), max_size=8), filter=FILTERS)
def test_a_filter_finds_what_plain_python_finds(fresh, rows, filter):
    with fresh() as connection:
        for row in rows:
            DATASETS.add(connection, row)
        found = DATASETS.page(connection, Page(filter=filter))

    assert {row.id for row in found} == {row.id for row in rows if holds(filter, row)}


@law
@given(rows=st.lists(datasets(), max_size=12), top=st.integers(1, 5))
def test_pages_hold_each_row_once_and_in_order(fresh, rows, top):
    with fresh() as connection:
        for row in rows:
            DATASETS.add(connection, row)
        found = []
        while page := DATASETS.page(connection, Page(skip=len(found), top=top)):
            found += page[:top]
            if len(page) <= top:
                break
        assert DATASETS.count(connection) == len(rows)

    assert found == sorted(rows, key=lambda row: (row.created, row.id))


@law
@given(row=datasets(duration=1 / 3, custom_properties={"ä": "\u2028"}, error=Problem(code="x", message="y")))
def test_what_is_added_comes_back(fresh, row):
    with fresh() as connection:
        DATASETS.add(connection, row)

        assert DATASETS.get(connection, row.id) == row


@settings(law, max_examples=10)
@given(wishes=st.lists(st.lists(st.sampled_from(Status), min_size=1, max_size=4), min_size=2, max_size=4))
def test_of_movers_at_once_one_at_most_brings_it_to_an_end(database, wishes):
    row = Dataset(
        id=str(uuid4()),
        display_name="x",
        created=NOON,
        last_action=NOON,
        locale="en-US",
        kind=DatasetKind.TEXT,
    )
    with database.begin() as connection:
        DATASETS.add(connection, row)
    together, moved, failed = threading.Barrier(len(wishes)), [], []

    def move(statuses, mover):
        together.wait()
        for status in statuses:
            try:
                with database.begin() as connection:
                    moved.append(DATASETS.move(connection, row.id, status, description=mover))
            except Conflict:
                continue
            except Exception as error:
                failed.append(error)

    threads = [threading.Thread(target=move, args=(wish, str(n))) for n, wish in enumerate(wishes)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    with database.read() as connection:
        last = DATASETS.get(connection, row.id)
    ends = {(it.status, it.description, it.last_action) for it in moved if it.status in FINAL}
    assert ends <= {
        (last.status, last.description, last.last_action)
    }  # and each mover is told whose end it was
    if ends:
        with pytest.raises(Conflict), database.begin() as connection:
            DATASETS.move(connection, row.id, Status.RUNNING)


@pytest.mark.parametrize("text", ["half \ud83d", "\x00"])
def test_a_text_that_a_database_cannot_hold_is_the_fault_of_the_text(database, text):
    row = Dataset(
        id=str(uuid4()),
        display_name=text,
        created=NOON,
        last_action=NOON,
        locale="en-US",
        kind=DatasetKind.TEXT,
    )
    try:
        with database.begin() as connection:
            DATASETS.add(connection, row)
    except InvalidInput:
        with database.begin() as connection:
            assert DATASETS.count(connection) == 0
    else:
        with database.read() as connection:
            assert DATASETS.get(connection, row.id) == row


def test_a_number_beyond_all_rows_is_the_fault_of_the_number(database):
    with pytest.raises(InvalidInput), database.read() as connection:
        DATASETS.page(connection, Page(skip=10**30))


def test_processes_that_start_together_share_a_secret(database):
    made, together = [], threading.Barrier(4)

    def start():
        own = Database(database.url.render_as_string(hide_password=False))
        together.wait()
        with own.begin() as connection:
            made.append(keys.secret(connection, "links", at=NOON))
        own.close()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    assert len(set(made)) == 1


def test_to_end_twice_changes_nothing_and_to_run_twice_keeps_the_time(database):
    row = Dataset(
        id=str(uuid4()),
        display_name="x",
        created=NOON,
        last_action=NOON,
        locale="en-US",
        kind=DatasetKind.TEXT,
    )
    later, latest = NOON + timedelta(hours=1), NOON + timedelta(hours=2)
    with database.begin() as connection:
        DATASETS.add(connection, row)
        DATASETS.move(connection, row.id, Status.RUNNING, at=later)
        assert DATASETS.move(connection, row.id, Status.RUNNING, at=latest).last_action == later
        first = DATASETS.move(connection, row.id, Status.SUCCEEDED, at=latest, accepted_lines=3)
        assert DATASETS.move(connection, row.id, Status.SUCCEEDED, accepted_lines=4) == first
        assert DATASETS.get(connection, row.id) == first
