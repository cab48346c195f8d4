"""Metrics of endpoints by REST."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lect.store import endpoint_metrics
from lect.store.endpoint_metrics import Hour
from worlds import make_world

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture
def endpoint(service):
    return make_world(service.storage).endpoint.id


@pytest.fixture
def ask(app, service, client, endpoint):
    storage = replace(service.storage, clock=lambda: NOW + timedelta(minutes=59))
    app.state.service = replace(service, storage=storage)
    return lambda **query: client.get(f"/lect/v1/endpoints/{endpoint}/metrics", params=query)


def written(time):
    return time.isoformat().replace("+00:00", "Z")


def test_requests_and_latencies_are_told_hour_by_hour(service, endpoint, ask):
    old, new = NOW - timedelta(hours=30), NOW - timedelta(hours=2)
    counts = {
        "outcomes": {"success": 3, "refused": 1},
        "finals": {"0.3": 9, "0.5": 1},
        "first_partials": {"inf": 1},
    }
    with service.storage.database.begin() as connection:
        endpoint_metrics.add(
            connection, [Hour(endpoint=endpoint, hour=each, **counts) for each in (old, new)]
        )

    answer = ask()

    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "since": written(old),
        "begin": written(NOW - timedelta(hours=23)),
        "values": [
            {
                "hour": written(new),
                "requests": 4,
                "outcomes": {"success": 3, "refused": 1},
                "final": {"count": 10, "p50Seconds": 0.3, "p95Seconds": 0.5},
                "firstPartial": {"count": 1},
            }
        ],
    }
    assert [each["hour"] for each in ask(hours=48).json()["values"]] == [written(old), written(new)]


def test_an_endpoint_that_nobody_asked_has_no_counts(ask):
    document = ask().json()
    assert (document["values"], "since" in document) == ([], False)


def test_an_endpoint_that_is_not_there_has_no_metrics(client):
    assert client.get(f"/lect/v1/endpoints/{uuid4()}/metrics").status_code == 404


@pytest.mark.parametrize("hours", [0, 2161, "x"])
def test_hours_that_cannot_be_are_refused(ask, hours):
    assert ask(hours=hours).status_code == 400
