"""Endpoints go when their time is over."""

from dataclasses import replace
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from api_services import BASE, api_service, app_of
from lect.core.status import Status
from lect.models.locales import id_of
from lect.serving import batches
from lect.store.repositories import ENDPOINTS

V3 = "/speechtotext/v3.2/endpoints"


@pytest.fixture
def service(tmp_path):
    with api_service(tmp_path) as service:
        yield service


@pytest.fixture
def client(service):
    return TestClient(app_of(service))


def create(client, **properties):
    model = {"self": f"http://testserver/speechtotext/v3.2/models/base/{id_of(BASE, 'en-US')}"}
    body = {"displayName": "e", "locale": "en-US", "model": model, "properties": properties}
    return client.post(V3, json=body)


def deployed(service, made, to=Status.SUCCEEDED):
    """The id of an endpoint whose deployment is over."""
    id = made.json()["self"].rpartition("/")[2]
    with service.storage.database.begin() as connection:
        ENDPOINTS.move(connection, id, Status.RUNNING)
        return ENDPOINTS.move(connection, id, to, at=service.storage.clock()).id


def later(service, **time):
    now = service.storage.clock() + timedelta(**time)
    return replace(service, storage=replace(service.storage, clock=lambda: now))


def expire(service):
    """What the worker does once an hour; what is told of it."""
    told = []
    chore = batches.expiring(service.storage, every=3600.0, emit=lambda _, *news: told.append(news))
    with service.storage.database.begin() as connection:
        chore.kind.steps[0].apply(connection, None, {})
    return told


def ids(client):
    return [each["self"].rpartition("/")[2] for each in client.get(V3).json()["values"]]


@pytest.mark.parametrize("status", [Status.SUCCEEDED, Status.FAILED])
def test_an_endpoint_is_gone_at_its_time_and_its_row_at_the_next_hour(service, client, status):
    short = deployed(service, create(client, timeToLive="PT1H"), status)
    long = deployed(service, create(client, timeToLive="P31D"))
    endless = deployed(service, create(client))
    then = later(service, hours=1)
    late = TestClient(app_of(then))

    assert late.get(f"{V3}/{short}").status_code == 404
    assert late.patch(f"{V3}/{short}", json={"displayName": "x"}).status_code == 404
    assert late.get(f"/lect/v1/endpoints/{short}/progress").status_code == 404
    assert ids(late) == [long, endless]
    assert client.get(f"{V3}/{short}").json()["properties"]["timeToLive"] == "PT1H"
    assert expire(service) == []
    assert expire(then) == [("endpointDeletion", short)]
    assert ids(client) == [long, endless]


def test_an_endpoint_that_is_being_deployed_waits_for_that(service, client):
    made = create(client, timeToLive="PT1S")
    then = later(service, hours=1)

    assert TestClient(app_of(then)).get(made.json()["self"]).status_code == 200
    assert expire(then) == []


@pytest.mark.parametrize("text", ["PT0S", "P0D"])
def test_nothing_is_for_ever(service, client, text):
    made = create(client, timeToLive=text)
    deployed(service, made)

    assert "timeToLive" not in made.json()["properties"]
    assert expire(later(service, days=10_000)) == []


@pytest.mark.parametrize("text", ["P32D", "P1Y", "1h", "-PT1H", "PT"])
def test_what_is_no_time_to_live_is_refused(client, text):
    refused = create(client, timeToLive=text)

    assert refused.status_code == 400
    assert refused.json()["innerError"]["code"] == "InvalidTimeToLive"
    assert refused.json()["target"] == "properties.timeToLive"
