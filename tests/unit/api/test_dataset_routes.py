"""Datasets over HTTP in the words of each version."""

import pytest
from fastapi.testclient import TestClient

from api_services import api_service, app_of
from lect.models.locales import LOCALES

V3 = "/speechtotext/v3.2/datasets"
NEWEST = {"api-version": "2024-11-15"}
KINDS = {"Language", "Acoustic", "Pronunciation", "AudioFiles", "LanguageMarkdown", "OutputFormatting"}


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("data")) as service:
        yield TestClient(app_of(service))


def test_locales_name_their_kinds_in_v3_and_kinds_their_locales_since(client):
    older = client.get(f"{V3}/locales").json()
    newer = client.get("/speechtotext/datasets/locales", params=NEWEST).json()

    assert list(older) == list(LOCALES)
    assert all(set(kinds) == KINDS for kinds in older.values())
    assert newer == {kind: list(LOCALES) for kind in KINDS}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_list_is_filtered_by_the_kind_that_it_shows(client, kind):
    made = client.post(V3, json={"displayName": kind, "locale": "en-US", "kind": kind}).json()

    found, others = (
        client.get(V3, params={"filter": f"displayName eq '{kind}' and {test}"}).json()["values"]
        for test in (f"kind eq '{kind}'", f"kind ne '{kind}'")
    )

    assert ([each["self"] for each in found], others) == ([made["self"]], [])


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are(client):
    answer = client.get(V3, params={"filter": "kind eq 'text'"})

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "UnsupportedFilter"
    assert all(kind in answer.json()["message"] for kind in KINDS)


def test_the_document_says_that_a_block_is_bytes(client):
    put = client.get("/openapi.json").json()["paths"][V3 + "/{id}/blocks"]["put"]

    assert put["requestBody"]["content"].keys() == {"application/octet-stream"}


def test_a_reference_that_no_url_is_like_is_refused(client):
    wanted = {"displayName": "one", "locale": "en-US", "kind": "Language", "project": {"self": "http://["}}

    answer = client.post(V3, json=wanted)

    assert (answer.status_code, answer.json()["innerError"]["code"]) == (400, "InvalidProject")


@pytest.mark.parametrize("seconds", ["0", "60", "9" * 400])
def test_a_link_may_be_asked_for_with_any_validity(client, seconds):
    form = {"displayName": "one", "locale": "en-US", "kind": "Language"}
    made = client.post(f"{V3}/upload", data=form, files={"data": b"one two"}).json()

    (file,) = client.get(f"{made['self']}/files", params={"sasValidityInSeconds": seconds}).json()["values"]

    assert client.get(file["links"]["contentUrl"]).content == b"one two"


def test_health_tells_nothing_of_what_there_is_nothing_to_say(client):
    assert "message" not in client.get("/speechtotext/v3.1/healthstatus").json()
