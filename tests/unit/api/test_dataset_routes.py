"""Datasets over HTTP in the words of each version."""

import asyncio
from datetime import UTC, datetime

import pytest

from lect.datasets.uploads import BLOCK_BYTES
from lect.models.locales import LOCALES
from lect.store import keys

V3 = "/speechtotext/v3.2/datasets"
NEWEST = {"api-version": "2024-11-15"}
KINDS = {"Language", "Acoustic", "Pronunciation", "AudioFiles", "LanguageMarkdown", "OutputFormatting"}


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


@pytest.mark.parametrize(
    "address", ["ftp://files.example/a.zip", "https://a:b@files.example/a.zip", "/a.zip", "http://0x7f.1/"]
)
def test_an_address_that_can_never_be_asked_is_refused_at_once(client, address):
    """And the message does not repeat what may be a secret."""
    data = {"displayName": "x", "locale": "en-US", "kind": "Language", "contentUrl": address}
    calls = {"displayName": "x", "locale": "en-US", "contentContainerUrl": address}
    refused = [client.post(V3, json=data), client.post("/speechtotext/v3.2/transcriptions", json=calls)]

    assert [answer.status_code for answer in refused] == [400, 400]
    assert [answer.json()["target"] for answer in refused] == ["contentUrl", "contentContainerUrl"]
    assert "a:b" not in refused[0].text


def test_the_document_says_that_a_block_is_bytes(client):
    put = client.get("/openapi.json").json()["paths"][V3 + "/{id}/blocks"]["put"]

    assert put["requestBody"]["content"].keys() == {"application/octet-stream"}


def test_a_block_that_is_too_large_is_refused_before_it_is_read(client):
    wanted = {"displayName": "one", "locale": "en-US", "kind": "Language"}
    made = client.post(V3, json=wanted).json()

    answer = client.put(f"{made['self']}/blocks", params={"blockid": "MQ=="}, content=bytes(BLOCK_BYTES + 1))

    assert answer.status_code == 413


def test_an_upload_is_not_read_before_it_is_known_who_sends_it(client, service):
    with service.storage.database.begin() as connection:
        keys.create(connection, name="one", role=keys.Role.OWNER, project=None, at=datetime.now(UTC))
    status, was_read = asyncio.run(upload(client.app))

    assert (status, was_read) == (401, False)


async def upload(app):
    """What is answered to an upload without a key, and whether any of it was read."""
    sent, was_read = [], False

    async def receive():
        nonlocal was_read
        was_read = True
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{V3}/upload",
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"content-type", b"multipart/form-data; boundary=x")],
    }
    await app(scope, receive, send)
    return sent[0]["status"], was_read


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
