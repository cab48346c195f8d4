"""Keys by REST, and what was written down: who did what, and what web hooks were told."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from starlette.testclient import TestClient

from api_services import api_service, app_of
from lect.core.entities import Delivery, WebHook
from lect.core.jobs import JobState
from lect.jobs import queue
from lect.store import deliveries, jobs
from lect.store.repositories import MODELS, WEB_HOOKS

V3, LECT = "/speechtotext/v3.2", "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEADER = "Ocp-Apim-Subscription-Key"


@pytest.fixture
def service(tmp_path):
    with api_service(tmp_path) as service:
        yield service


@pytest.fixture
def client(service):
    with TestClient(app_of(service)) as client:
        yield client


@pytest.fixture
def owner(client):
    """The first key, which the client sends from now on."""
    made = client.post(f"{LECT}/keys", json={"name": "first", "role": "owner"}).json()
    client.headers[HEADER] = made["key"]
    return made


def is_let_in(client, key):
    return client.get(f"{V3}/projects", headers={HEADER: key}).status_code == 200


def test_a_key_is_told_once_and_opens_the_server(client, owner):
    made = client.post(f"{LECT}/keys", json={"name": "ci", "role": "reader"})

    assert made.status_code == 201
    assert made.headers["Cache-Control"] == "no-store"
    assert is_let_in(client, made.json()["key"])
    shown = client.get(made.headers["Location"]).json()
    assert shown == {name: value for name, value in made.json().items() if name != "key"}
    assert (shown["name"], shown["role"]) == ("ci", "reader")
    listed = client.get(f"{LECT}/keys").json()["values"]
    assert [each["name"] for each in listed] == ["first", "ci"]
    assert not any("key" in each for each in listed)


@pytest.mark.parametrize("body", [{}, {"role": "reader"}])
def test_the_first_key_is_an_owners_or_nobody_could_make_another(client, body):
    refused = client.post(f"{LECT}/keys", json=body)

    assert refused.status_code == 400
    assert '"role": "owner"' in refused.json()["message"]
    assert client.get(f"{LECT}/keys").json()["values"] == []


def test_a_revoked_key_is_refused_at_once_and_stays_listed(client, owner):
    made = client.post(f"{LECT}/keys", json={"name": "ci"}).json()

    revoked = client.post(f"{LECT}/keys/{made['id']}:revoke").json()

    assert revoked["revokedDateTime"]
    assert not is_let_in(client, made["key"])
    assert client.get(made["self"]).json() == revoked
    assert client.post(f"{LECT}/keys/{uuid4()}:revoke").status_code == 404


def test_a_key_that_takes_anothers_place_may_do_the_same(client, owner):
    project = client.post(f"{V3}/projects", json={"displayName": "p", "locale": "en-US"}).json()
    given = {"name": "ci", "role": "reader", "project": {"self": project["self"]}}
    before = client.post(f"{LECT}/keys", json=given).json()

    after = client.post(f"{LECT}/keys/{before['id']}:rotate").json()

    assert (is_let_in(client, before["key"]), is_let_in(client, after["key"])) == (False, True)
    assert {name: after[name] for name in given} == given
    assert client.post(f"{LECT}/keys/{before['id']}:rotate").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/keys"),
        ("POST", "/keys"),
        ("GET", "/keys/ID"),
        ("POST", "/keys/ID:rotate"),
        ("POST", "/keys/ID:revoke"),
        ("GET", "/audit"),
        ("GET", "/webhooks/ID/deliveries"),
    ],
)
def test_only_an_owner_of_all_projects_manages_the_server(client, owner, method, path):
    project = client.post(f"{V3}/projects", json={"displayName": "p", "locale": "en-US"}).json()
    others = [{"role": "contributor"}, {"role": "owner", "project": {"self": project["self"]}}]
    for body in others:
        made = client.post(f"{LECT}/keys", json=body).json()
        path = path.replace("ID", owner["id"])
        refused = client.request(method, LECT + path, json={}, headers={HEADER: made["key"]})
        assert refused.status_code == 403, refused.text
        assert "key" in refused.json()["message"]


def test_who_did_what_is_listed_in_parts(client, owner):
    made = client.post(f"{V3}/projects", json={"displayName": "p", "locale": "en-US"}).json()
    client.delete(made["self"])
    project = f"projects/{made['self'].rpartition('/')[2]}"

    first = client.get(f"{LECT}/audit", params={"top": 2}).json()
    second = client.get(first["@nextLink"]).json()

    told = [(each["action"], each["resource"]) for each in first["values"] + second["values"]]
    assert told == [("create", f"keys/{owner['id']}"), ("create", project), ("delete", project)]
    assert "key" not in first["values"][0]  # nobody had to show one yet
    assert (second["values"][0]["key"], second["values"][0]["keyName"]) == (owner["id"], "first")
    assert "@nextLink" not in second
    found = client.get(f"{LECT}/audit", params={"filter": f"action eq 'delete' and key eq '{owner['id']}'"})
    assert [each["resource"] for each in found.json()["values"]] == [project]


def test_what_a_web_hook_was_told_is_listed(client, service):
    hook = WebHook(
        id=str(uuid4()),
        display_name="h",
        created=NOW,
        last_action=NOW,
        web_url="https://a.example/",
    )
    made = [
        Delivery(id=str(uuid4()), web_hook=hook.id, event=event, resource="/datasets/x", created=NOW)
        for event in ("datasetCreation", "datasetDeletion")
    ]
    made[0] = replace(made[0], attempts=2, tried=NOW, outcome="200", delivered=NOW)
    with service.storage.database.begin() as connection:
        WEB_HOOKS.add(connection, hook)
        for each in made:
            deliveries.add(connection, each)

    path = f"{LECT}/webhooks/{hook.id}/deliveries"
    [told] = client.get(path, params={"filter": "event eq 'datasetCreation'"}).json()["values"]
    listed = client.get(path, params={"top": 1}).json()

    assert told == {
        "invocationId": made[0].id,
        "event": "datasetCreation",
        "resource": "/datasets/x",
        "createdDateTime": "2026-01-02T00:00:00Z",
        "attempts": 2,
        "triedDateTime": "2026-01-02T00:00:00Z",
        "outcome": "200",
        "deliveredDateTime": "2026-01-02T00:00:00Z",
    }
    assert len(client.get(listed["@nextLink"]).json()["values"]) == 1
    assert client.get(f"{LECT}/webhooks/{uuid4()}/deliveries").status_code == 404


@pytest.fixture
def made(client):
    """A model that waits for its training, and an address to make things at."""
    [base, *_] = client.get(f"{V3}/models/base").json()["values"]
    body = {"displayName": "m", "locale": "en-US", "text": "a\n", "baseModel": {"self": base["self"]}}
    return client.post(f"{V3}/models", json=body).json()


def fail(service, id):
    with service.storage.database.begin() as connection:
        jobs.add_worker(connection, "w", "p")
        [job] = queue.of_resource(connection, id)
        taken = jobs.claim(connection, kind=job.kind, at_once=1, worker="w", now=service.storage.clock())
        error = {"code": "store_error", "message": "the disk is full", "hint": ""}
        assert jobs.move(connection, replace(taken, state=JobState.FAILED, error=error))


def test_a_training_that_failed_is_tried_again_as_another_model(client, service, made):
    id = made["self"].rpartition("/")[2]
    assert client.post(f"{LECT}/models/{id}:retry").status_code == 409  # it still waits
    fail(service, id)

    again = client.post(f"{LECT}/models/{id}:retry")

    assert again.status_code == 201, again.text
    other = again.headers["Location"].rpartition("/")[2]
    with service.storage.database.read() as connection:
        first, second = (MODELS.get(connection, each) for each in (id, other))
        assert [job.kind for job in queue.of_resource(connection, other)] == ["train"]
    assert (second.text, second.base, second.display_name) == (first.text, first.base, first.display_name)
    told = client.get(f"{LECT}/audit").json()["values"]
    assert [each["resource"] for each in told] == [f"models/{id}", f"models/{other}"]


def test_a_base_model_is_not_trained_again(client):
    [base, *_] = client.get(f"{V3}/models/base").json()["values"]

    refused = client.post(f"{LECT}/models/{base['self'].rpartition('/')[2]}:retry")

    assert refused.status_code == 404
