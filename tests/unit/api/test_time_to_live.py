"""Endpoints go when their time is over, and keep nothing from then on."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from api_services import BASE, client_of
from lect.core.entities import Endpoint, Model, Project
from lect.core.status import Status
from lect.models.locales import id_of
from lect.serving import batches
from lect.store.repositories import ENDPOINTS, MODELS, PROJECTS

V3 = "/speechtotext/v3.2/endpoints"


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
def test_an_endpoint_is_gone_at_its_time_and_its_row_at_the_next_hour(app, service, client, status):
    short = deployed(service, create(client, timeToLive="PT1H"), status)
    long = deployed(service, create(client, timeToLive="P31D"))
    endless = deployed(service, create(client))
    then = later(service, hours=1)
    late = client_of(app, then)

    assert late.get(f"{V3}/{short}").status_code == 404
    assert late.patch(f"{V3}/{short}", json={"displayName": "x"}).status_code == 404
    assert late.get(f"/lect/v1/endpoints/{short}/progress").status_code == 404
    assert ids(late) == [long, endless]
    client = client_of(app, service)
    assert client.get(f"{V3}/{short}").json()["properties"]["timeToLive"] == "PT1H"
    assert expire(service) == []
    assert expire(then) == [("endpointDeletion", short)]
    assert ids(client) == [long, endless]


def test_an_endpoint_that_is_being_deployed_waits_for_that(app, service, client):
    made = create(client, timeToLive="PT1S")
    then = later(service, hours=1)

    assert client_of(app, then).get(made.json()["self"]).status_code == 200
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


def model_and_project(service):
    """A custom model and a project; their ids."""
    common = {"display_name": "x", "created": service.storage.clock(), "locale": "en-US"}
    project = Project(id=str(uuid4()), **common)
    model = Model(id=str(uuid4()), last_action=common["created"], status=Status.SUCCEEDED, **common)
    with service.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
        MODELS.add(connection, model)
    return model.id, project.id


def used_for_an_hour(service, **fields):
    """An endpoint that was deployed, to go an hour later; its id."""
    now = service.storage.clock()
    endpoint = Endpoint(
        id=str(uuid4()),
        display_name="e",
        created=now,
        last_action=now,
        locale="en-US",
        status=Status.SUCCEEDED,
        time_to_live=3600.0,
        **{"model": id_of(BASE, "en-US")} | fields,
    )
    with service.storage.database.begin() as connection:
        ENDPOINTS.add(connection, endpoint)
    return endpoint.id


@pytest.mark.parametrize("use", ["answers with it", "can go back to it", "is part of it"])
def test_what_is_over_does_not_keep_what_it_uses_from_being_deleted(app, service, use):
    model, project = model_and_project(service)
    noun, id, uses = {
        "answers with it": ("model", model, {"model": model}),
        "can go back to it": ("model", model, {"previous_models": (model,)}),
        "is part of it": ("project", project, {"project": project}),
    }[use]
    endpoint, other = used_for_an_hour(service, **uses), used_for_an_hour(service)
    told = []
    then = replace(later(service, hours=1), emit=lambda _, *news: told.append(news))
    path = f"/speechtotext/v3.2/{noun}s/{id}"

    assert client_of(app, service).delete(path).status_code == 409
    assert client_of(app, then).delete(path).status_code == 204

    assert told[0] == ("endpointDeletion", endpoint)
    assert expire(then) == [("endpointDeletion", other)]


def test_a_deletion_that_is_refused_removes_nothing(app, service):
    model, _ = model_and_project(service)
    over, lives = used_for_an_hour(service, model=model), used_for_an_hour(service, model=model)
    with service.storage.database.begin() as connection:
        ENDPOINTS.change(connection, lives, time_to_live=None)
    then = later(service, hours=1)

    refused = client_of(app, then).delete(f"/speechtotext/v3.2/models/{model}")

    assert refused.status_code == 409
    assert "used by 1 endpoint" in refused.json()["message"]
    assert expire(then) == [("endpointDeletion", over)]
