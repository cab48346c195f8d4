"""What is counted at endpoints, as it is stored and told again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from math import inf
from uuid import uuid4

import pytest

from lect.core.entities import Endpoint, Model
from lect.core.errors import StoreError
from lect.core.jobs import Job
from lect.core.status import Status
from lect.jobs import upkeep
from lect.serving.endpoint_metrics import EndpointCounter, metrics_of
from lect.settings import Upkeep
from lect.store import endpoint_metrics
from lect.store.endpoint_metrics import Hour
from lect.store.folder_blobs import FolderBlobs
from lect.store.repositories import ENDPOINTS, MODELS
from lect.store.storage import Storage

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
NEVER = 3600.0  # seconds between two additions: what is stored is stored at the end


class Clock:
    now = NOON + timedelta(minutes=20)

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def storage(database, tmp_path, clock):
    return Storage(database=database, blobs=FolderBlobs(tmp_path / "blobs"), clock=clock)


@pytest.fixture
def endpoint(database):
    done = {"display_name": "x", "created": NOON, "last_action": NOON, "locale": "en-US"}
    model = Model(id=str(uuid4()), is_base=True, status=Status.SUCCEEDED, **done)
    endpoint = Endpoint(id=str(uuid4()), model=model.id, status=Status.SUCCEEDED, **done)
    with database.begin() as connection:
        MODELS.add(connection, model)
        ENDPOINTS.add(connection, endpoint)
    return endpoint.id


def told(storage, endpoint, hours=24):
    with storage.database.read() as connection:
        return metrics_of(connection, endpoint, hours=hours, now=storage.clock())


def test_what_was_counted_is_told_hour_by_hour(storage, endpoint, clock):
    with EndpointCounter(storage, every=NEVER) as counter:
        measures = counter.of(endpoint)
        for seconds in (0.3, 0.31, 60.0):
            measures.final(seconds)
        measures.first_partial(0.6)
        measures.turn_ended("success")
        clock.now += timedelta(hours=1)
        measures.turn_ended("success")
        measures.turn_ended("refused")

    metrics = told(storage, endpoint)
    first, second = metrics.hours
    assert metrics.since == first.hour == NOON
    assert second.hour == NOON + timedelta(hours=1)
    assert (first.outcomes, first.requests) == ({"success": 1}, 1)
    assert (second.outcomes, second.requests) == ({"success": 1, "refused": 1}, 2)
    assert [first.final.within(share) for share in (0.3, 0.5, 0.95)] == [0.3, 0.4, inf]
    assert first.first_partial.within(0.5) == 0.75
    assert second.final.within(0.5) is None


def test_what_several_processes_count_is_added_up(storage, endpoint):
    def count(_number):
        with EndpointCounter(storage, every=NEVER) as counter:
            for _ in range(10):
                counter.of(endpoint).turn_ended("success")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(4)))

    assert [each.outcomes for each in told(storage, endpoint).hours] == [{"success": 40}]


def test_what_is_not_stored_yet_is_stored_at_intervals(storage, endpoint):
    with EndpointCounter(storage, every=0.01) as counter:
        counter.of(endpoint).turn_ended("success")
        for _ in range(1000):
            if told(storage, endpoint).hours:
                break
            counter._closing.wait(0.01)
        assert told(storage, endpoint).hours[0].requests == 1


def test_an_endpoint_that_is_gone_takes_its_counts_with_it_and_disturbs_no_other(storage, endpoint):
    gone = Hour(endpoint="00000000-gone", hour=NOON, outcomes={"success": 1})
    with storage.database.begin() as connection:
        endpoint_metrics.add(connection, [gone, Hour(endpoint=endpoint, hour=NOON, outcomes={"error": 1})])

    assert told(storage, gone.endpoint).since is None
    assert told(storage, endpoint).hours[0].outcomes == {"error": 1}

    with storage.database.begin() as connection:
        ENDPOINTS.delete(connection, endpoint)
    assert told(storage, endpoint).since is None


def test_what_could_not_be_stored_is_stored_the_next_time(storage, endpoint, monkeypatch):
    add, failures = endpoint_metrics.add, [StoreError("the database failed")]

    def fail_once(connection, hours):
        if failures:
            raise failures.pop()
        add(connection, hours)

    monkeypatch.setattr(endpoint_metrics, "add", fail_once)
    with EndpointCounter(storage, every=0.01) as counter:
        counter.of(endpoint).turn_ended("success")
        for _ in range(1000):
            if not failures:
                break
            counter._closing.wait(0.01)

    assert [each.outcomes for each in told(storage, endpoint).hours] == [{"success": 1}]


def test_only_the_hours_that_were_asked_for_are_told_and_since_when_there_are_counts(storage, endpoint):
    old, new = NOON - timedelta(hours=2), NOON
    with storage.database.begin() as connection:
        endpoint_metrics.add(
            connection, [Hour(endpoint=endpoint, hour=hour, outcomes={"success": 1}) for hour in (old, new)]
        )

    metrics = told(storage, endpoint, hours=2)
    assert (metrics.since, metrics.begin) == (old, NOON - timedelta(hours=1))
    assert [each.hour for each in metrics.hours] == [new]
    assert [each.hour for each in told(storage, endpoint, hours=3).hours] == [old, new]


def test_a_stretch_that_another_version_counted_in_keeps_its_place(storage, endpoint):
    with storage.database.begin() as connection:
        hour = Hour(endpoint=endpoint, hour=NOON, finals={"0.35": 1, "0.4": 1})
        endpoint_metrics.add(connection, [hour])

    [each] = told(storage, endpoint).hours
    assert (each.final.within(0.5), each.final.within(1.0)) == (0.35, 0.4)


def test_old_metrics_are_forgotten(storage, endpoint):
    hours = [NOON - timedelta(days=each) for each in (0, 1, 3)]
    with storage.database.begin() as connection:
        endpoint_metrics.add(connection, [Hour(endpoint=endpoint, hour=hour) for hour in hours])
    forgetting = upkeep.forgetting(storage, Upkeep(metric_seconds=2 * 86_400))

    job = Job(id="forget-1", kind="forget", arguments={}, created=NOON, due=NOON)
    with storage.database.begin() as connection:
        forgetting.step.apply(connection, job, {})

    assert told(storage, endpoint).since == NOON - timedelta(days=1)
