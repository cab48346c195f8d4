"""Who is let in, how far, and what is written down of it."""

from dataclasses import replace
from datetime import UTC, datetime

from api_services import client_of
from lect.core.errors import StoreError
from lect.store import audit, keys
from lect.store.keys import Role

V3 = "/speechtotext/v3.2"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOOK = {"displayName": "one", "webUrl": "https://hooks.example/", "events": {"datasetCreation": True}}


def new_key(service, *, project=None):
    with service.storage.database.begin() as connection:
        return keys.create(connection, name="one", role=Role.OWNER, project=project, at=NOW)


def test_a_server_that_had_a_key_wants_one_when_the_last_is_revoked(app, service):
    client = client_of(app, service)
    assert client.get(f"{V3}/projects").status_code == 200

    key, _ = new_key(service)
    with service.storage.database.begin() as connection:
        keys.revoke(connection, key.id, at=NOW)

    assert client.get(f"{V3}/projects").status_code == 401


def test_a_server_that_others_can_reach_answers_nobody_without_a_key(app, service):
    """Its only key may have gone with its project."""
    client = client_of(app, replace(service, is_private=False))

    assert client.get(f"{V3}/projects").status_code == 401
    assert client.get("/livez").status_code == 200


def test_a_key_for_one_project_hears_nothing_of_others_by_a_web_hook(app, service):
    client = client_of(app, service)
    project = client.post(f"{V3}/projects", json={"displayName": "one", "locale": "en-US"}).json()
    _, text = new_key(service, project=project["self"].rpartition("/")[2])

    answer = client.post(f"{V3}/webhooks", json=HOOK, headers={"Ocp-Apim-Subscription-Key": text})

    assert answer.status_code == 403
    assert "one project" in answer.json()["message"]


def test_who_made_a_resource_is_written_down_with_it_or_neither_is(app, service, monkeypatch):
    def fail(*_, **__):
        raise StoreError("the disk is full")

    client = client_of(app, service)
    monkeypatch.setattr(audit, "note", fail)

    answer = client.post(f"{V3}/datasets", json={"displayName": "one", "locale": "en-US", "kind": "Language"})

    assert answer.status_code == 503
    assert client.get(f"{V3}/datasets").json()["values"] == []
