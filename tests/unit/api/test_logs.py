"""Logs of endpoints over HTTP: listed, downloaded, deleted, made into datasets, and seen by those alone who may."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api_services import BASE
from lect.core.entities import Endpoint, Project
from lect.jobs import queue
from lect.models.locales import id_of
from lect.serving.content_logs import ContentLog, LoggedTurn
from lect.settings import Logs
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import ENDPOINTS, MODELS, PROJECTS

V3 = "/speechtotext/v3.2"
LECT = "/lect/v1"
MODEL = id_of(BASE, "en-US")
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
KEY = "Ocp-Apim-Subscription-Key"


@pytest.fixture
def endpoint(service):
    endpoint = Endpoint(
        id=str(uuid4()), display_name="e", created=NOW, last_action=NOW, locale="en-US", model=MODEL
    )
    with service.storage.database.begin() as connection:
        ENDPOINTS.add(connection, endpoint)
    return endpoint


@pytest.fixture
def say(service, tmp_path):
    """Log a turn: at an endpoint or at none, on a day of January 2026."""

    def log(endpoint, day=2, project=None):
        storage = replace(service.storage, clock=lambda: NOW.replace(day=day))
        with storage.database.read() as connection:
            model = MODELS.get(connection, MODEL)
        turn = LoggedTurn(endpoint=endpoint, model=model, locale="en-US", project=project)
        writing = ContentLog(storage, Logs(), scratch=tmp_path).open(turn)
        writing.write(b"\0\0" * 16_000)
        writing.close()

    return log


def names(answer):
    assert answer.status_code == 200, answer.text
    return [each["name"] for each in answer.json()["values"]]


def test_an_endpoint_names_where_its_logs_are(client, endpoint):
    links = client.get(f"{V3}/endpoints/{endpoint.id}").json()["links"]

    assert links["logs"] == f"http://testserver{V3}/endpoints/{endpoint.id}/files/logs"
    assert names(client.get(links["logs"])) == []


@pytest.mark.parametrize("of", ["endpoint", "base"])
def test_logs_are_listed_in_pages_and_downloaded(client, endpoint, say, of):
    say(endpoint if of == "endpoint" else None, 2)
    say(endpoint if of == "endpoint" else None, 3)
    url = f"{V3}/endpoints/{endpoint.id if of == 'endpoint' else 'base/en-us'}/files/logs"

    page = client.get(url, params={"top": 3}).json()
    rest = client.get(page["@nextLink"]).json()

    found = page["values"] + rest["values"]
    assert [each["kind"] for each in found] == ["Transcription", "Audio"] * 2
    assert "@nextLink" not in rest
    one = client.get(found[1]["self"]).json()
    assert one["properties"] == {"size": 32_044, "duration": "PT1S"}
    sound = client.get(one["links"]["contentUrl"])
    assert (sound.headers["Content-Type"], sound.content[:4], len(sound.content)) == (
        "audio/wav",
        b"RIFF",
        32_044,
    )
    forged = one["links"]["contentUrl"].replace("_wav?", "_v2_json?")
    assert client.get(forged).status_code == 403


def test_one_log_is_deleted_or_all_up_to_a_day(client, endpoint, say):
    for day in (2, 3, 4):
        say(endpoint, day)
    url = f"{V3}/endpoints/{endpoint.id}/files/logs"
    first = client.get(url).json()["values"][0]["self"]

    assert [client.delete(first).status_code for _ in range(2)] == [204, 204]
    assert client.get(first).status_code == 404
    assert len(names(client.get(url))) == 5
    assert client.delete(url, params={"endDate": "2026-01-03"}).status_code == 202
    assert len(names(client.get(url))) == 2
    assert client.delete(url, params={"endDate": "yesterday"}).status_code == 400
    assert client.delete(url).status_code == 202
    assert names(client.get(url)) == []


def test_others_see_and_delete_nothing(client, service, endpoint, say):
    project = Project(id=str(uuid4()), display_name="p", created=NOW, locale="en-US")
    with service.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
        _, mine = keys.create(connection, name="p", role=Role.CONTRIBUTOR, project=project.id, at=NOW)
        _, reader = keys.create(connection, name="r", role=Role.READER, project=None, at=NOW)
    say(endpoint)
    say(None)
    say(None, 3, project.id)
    client.headers[KEY] = mine
    logs = f"{V3}/endpoints/{endpoint.id}/files/logs"
    base = f"{V3}/endpoints/base/en-US/files/logs"

    assert client.get(logs).status_code == 404
    assert client.delete(logs).status_code == 404
    assert len(names(client.get(base))) == 2
    assert client.delete(base).status_code == 202
    client.headers[KEY] = reader
    assert len(names(client.get(base))) == 2  # those that are nobody's
    assert len(names(client.get(logs))) == 2
    assert client.delete(logs).status_code == 403


def test_the_log_of_one_endpoint_is_not_another_s(client, endpoint, say):
    say(None)
    log = client.get(f"{V3}/endpoints/base/en-US/files/logs").json()["values"][0]["self"]
    id = log.rpartition("/")[2]

    url = f"{V3}/endpoints/{endpoint.id}/files/logs/{id}"
    assert client.get(url).status_code == 404
    client.delete(url)
    assert client.get(log).status_code == 200


def test_the_newest_version_has_no_logs(client, endpoint):
    answer = client.get(f"/speechtotext/endpoints/{endpoint.id}/files/logs?api-version=2024-11-15")

    assert answer.status_code == 404


@pytest.mark.parametrize("of", ["endpoint", "base"])
def test_an_endpoint_without_logs_makes_no_dataset_and_says_what_to_do(client, endpoint, of):
    owner = endpoint.id if of == "endpoint" else "base/en-us"

    answer = client.post(f"{LECT}/endpoints/{owner}/logs:dataset", json={"displayName": "calls"})

    assert answer.status_code == 400
    assert "there are no logs" in answer.json()["message"]
    assert "loggingEnabled" in answer.json()["message"]


@pytest.mark.parametrize("of", ["endpoint", "base"])
def test_logs_become_a_dataset(client, service, endpoint, say, of):
    say(endpoint if of == "endpoint" else None)
    owner = endpoint.id if of == "endpoint" else "base/en-us"
    body = {"displayName": "calls", "kind": "Acoustic", "since": "2026-01-02T00:00:00Z"}

    made = client.post(f"{LECT}/endpoints/{owner}/logs:dataset", json=body)

    assert made.status_code == 201
    assert (made.json()["kind"], made.json()["locale"], made.json()["status"]) == (
        "Acoustic",
        "en-US",
        "NotStarted",
    )
    with service.storage.database.read() as connection:
        [job] = queue.of_resource(connection, made.json()["self"].rpartition("/")[2])
    assert job.kind == "gather"
    assert job.arguments == {
        "endpoint": endpoint.id if of == "endpoint" else None,
        "locale": None if of == "endpoint" else "en-US",
        "project": None,
        "since": "2026-01-02T00:00:00+00:00",
        "until": None,
        "texts": None,
    }
    assert client.post(f"{LECT}/endpoints/{owner}/logs:dataset", json={"kind": "Text"}).status_code == 400
