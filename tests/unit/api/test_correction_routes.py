"""Transcripts are corrected over the API: nothing that was acknowledged is lost, and nobody overwrites what they have not seen."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api_services import BASE
from lect.core.entities import Correction, Dataset, DatasetKind, Draft, FileKind, Project, Segment
from lect.core.status import Status
from lect.jobs import queue
from lect.models.locales import id_of
from lect.store import drafts, files, keys
from lect.store.keys import Role
from lect.store.repositories import CORRECTIONS, DATASETS, PROJECTS

V3 = "/speechtotext/v3.2"
LECT = "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "Ocp-Apim-Subscription-Key"
DONE = {
    "display_name": "x",
    "created": NOW,
    "last_action": NOW,
    "locale": "en-US",
    "status": Status.SUCCEEDED,
}
MODEL = id_of(BASE, "en-US")


def add_dataset(service, kind=DatasetKind.AUDIO):
    dataset = Dataset(id=str(uuid4()), kind=kind, **DONE)
    with service.storage.database.begin() as connection:
        DATASETS.add(connection, dataset)
    return dataset


@pytest.fixture
def correction(service):
    """One of two recordings, the second of which the model is less sure of."""
    storage = service.storage
    correction = Correction(id=str(uuid4()), dataset=add_dataset(service).id, model=MODEL, **DONE)
    made = [
        Draft(
            correction=correction.id,
            number=number,
            file=f"{number}.wav",
            duration=2.0,
            segments=(Segment(offset=0.0, duration=2.0, text=f"text {number}", confidence=sure),),
            confidence=sure,
            changed=NOW,
            outline=(4 * (number - 1), 4),
        )
        for number, sure in ((1, 0.9), (2, 0.5))
    ]
    with storage.database.begin() as connection:
        CORRECTIONS.add(connection, correction)
        drafts.put(connection, correction.id, made)
        outlines = storage.new_file(
            correction.id, FileKind.AUDIO, "outlines", storage.blobs.put([b"\1\2\3\4\5\6\7\xff"])
        )
        files.put(connection, correction.id, [outlines])
    return correction


def at(correction, rest=""):
    return f"{LECT}/corrections/{correction.id}{rest}"


def change(client, correction, number=1, text="ripe pears", *, revision=1, is_done=False, **more):
    segments = [{"offset": 0, "duration": 2, "text": text}]
    body = {"revision": revision, "segments": segments, "isDone": is_done}
    return client.put(at(correction, f"/recordings/{number}"), json=body | more)


def test_a_correction_begins_with_a_job_that_writes_the_first_drafts(client, service):
    dataset = add_dataset(service)
    body = {
        "displayName": "calls",
        "dataset": {"self": f"{V3}/datasets/{dataset.id}"},
        "model": {"self": f"{V3}/models/base/{MODEL}"},
    }

    made = client.post(f"{LECT}/corrections", json=body)

    assert made.status_code == 201, made.text
    shown = made.json()
    assert made.headers["Location"] == shown["self"]
    assert client.get(shown["self"]).json() == shown
    assert (shown["locale"], shown["status"], shown["recordings"]) == ("en-US", "NotStarted", 0)
    assert shown["dataset"]["self"].endswith(dataset.id)
    assert shown["model"]["self"].endswith(f"/models/base/{MODEL}")
    with service.storage.database.read() as connection:
        [job] = queue.of_resource(connection, shown["self"].rpartition("/")[2])
    assert job.kind == "draft"
    assert client.get(f"{shown['self']}/progress").json()["state"] == "queued"
    assert client.post(f"{shown['self']}:cancel").status_code == 202


def test_recordings_without_transcripts_want_a_model(client, service):
    dataset = add_dataset(service)
    body = {"displayName": "calls", "dataset": {"self": f"{V3}/datasets/{dataset.id}"}}

    refused = client.post(f"{LECT}/corrections", json=body)

    assert (refused.status_code, refused.json()["target"]) == (400, "model")


def test_all_are_listed_with_how_many_are_done(client, correction):
    change(client, correction, is_done=True)

    [shown] = client.get(f"{LECT}/corrections", params={"filter": "displayName eq 'x'"}).json()["values"]

    assert (shown["recordings"], shown["done"]) == (2, 1)
    assert shown["links"]["recordings"] == f"http://testserver{at(correction, '/recordings')}"


def test_recordings_are_listed_by_how_sure_the_model_is_in_parts(client, correction):
    first = client.get(at(correction, "/recordings"), params={"top": 1}).json()
    second = client.get(first["@nextLink"]).json()

    assert [each["file"] for each in first["values"] + second["values"]] == ["2.wav", "1.wav"]
    assert "@nextLink" not in second
    assert "segments" not in first["values"][0]
    assert first["values"][0]["confidence"] == 0.5


def test_lists_are_filtered_by_what_is_done_and_searched(client, correction):
    change(client, correction, is_done=True)

    def numbers(**parameters):
        values = client.get(at(correction, "/recordings"), params=parameters).json()["values"]
        return [each["number"] for each in values]

    assert (numbers(isDone="true"), numbers(isDone="false"), numbers(search="PEARS")) == ([1], [2], [1])
    part = client.get(at(correction, "/recordings"), params={"isDone": "false", "top": 0}).json()
    assert part["values"] == []


def test_a_change_is_there_with_the_next_revision_and_the_one_before_is_kept(client, correction):
    saved = change(client, correction, is_done=True)

    assert saved.status_code == 200, saved.text
    shown = saved.json()
    assert (shown["revision"], shown["isDone"], shown["text"]) == (2, True, "ripe pears")
    assert client.get(shown["self"]).json() == shown
    [before] = client.get(f"{shown['self']}/revisions").json()["values"]
    assert (before["revision"], before["segments"][0]["text"]) == (1, "text 1")


def test_of_two_who_change_the_same_the_second_is_shown_what_the_first_wrote(client, correction):
    """Two tabs: nothing is overwritten unseen, and what the first wrote can be taken back even after."""
    change(client, correction, text="the first")

    refused = change(client, correction, text="the second")

    assert refused.status_code == 409
    shown = refused.json()
    assert (shown["code"], shown["current"]["revision"]) == ("Conflict", 2)
    assert shown["current"]["segments"] == [{"offset": 0.0, "duration": 2.0, "text": "the first"}]
    assert "changed by somebody else" in shown["message"]
    assert change(client, correction, text="the second", revision=2).status_code == 200
    history = client.get(at(correction, "/recordings/1/revisions")).json()["values"]
    assert [each["segments"][0]["text"] for each in history] == ["the first", "text 1"]


@pytest.mark.parametrize(
    ("body", "target"),
    [
        ({"revision": 0}, "revision"),
        ({"segments": [{"offset": 0, "duration": 1}]}, "segments.0.text"),
        ({"segments": [{"offset": 0, "duration": 1, "text": "a\u0000"}]}, "segments.0.text"),
        ({"segments": [{"offset": -1, "duration": 1, "text": "a"}]}, "segments.0.offset"),
        ({"segments": [{"offset": 0, "duration": 9, "text": "a"}]}, None),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_stored(client, correction, body, target):
    refused = change(client, correction, **{"revision": 1, **body})

    assert (refused.status_code, refused.json().get("target")) == (400, target)
    assert client.get(at(correction, "/recordings/1")).json()["revision"] == 1


def test_the_outline_is_a_byte_for_each_part(client, correction):
    answer = client.get(at(correction, "/recordings/2/outline"))

    assert answer.content == b"\5\6\7\xff"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_what_is_done_becomes_a_dataset(client, service, correction):
    assert client.post(at(correction, ":export"), json={"displayName": "y"}).status_code == 409
    change(client, correction, is_done=True)

    made = client.post(at(correction, ":export"), json={"displayName": "corrected"})

    assert made.status_code == 201, made.text
    shown = made.json()
    assert (shown["kind"], shown["displayName"], shown["locale"]) == ("Acoustic", "corrected", "en-US")
    with service.storage.database.read() as connection:
        [job] = queue.of_resource(connection, shown["self"].rpartition("/")[2])
    assert (job.kind, job.arguments) == ("collect", {"correction": correction.id})


def test_it_is_deleted_with_its_drafts(client, correction):
    assert client.delete(f"{V3}/datasets/{correction.dataset}").status_code == 409

    assert client.delete(at(correction)).status_code == 204

    assert client.get(at(correction)).status_code == 404
    assert client.get(at(correction, "/recordings/1")).status_code == 404
    assert client.delete(f"{V3}/datasets/{correction.dataset}").status_code == 204


def test_readers_look_and_who_is_of_another_project_sees_nothing(client, service, correction):
    storage = service.storage
    with storage.database.begin() as connection:
        other = Project(id=str(uuid4()), display_name="other", created=NOW, locale="en-US")
        PROJECTS.add(connection, other)
        reader = keys.create(connection, name="r", role=Role.READER, project=None, at=NOW)[1]
        own, writer = keys.create(connection, name="w", role=Role.CONTRIBUTOR, project=None, at=NOW)
        stranger = keys.create(connection, name="s", role=Role.OWNER, project=other.id, at=NOW)[1]
    body = {"revision": 1, "segments": [], "isDone": False}
    path = at(correction, "/recordings/1")

    assert client.get(path, headers={KEY: reader}).status_code == 200
    assert client.put(path, headers={KEY: reader}, json=body).status_code == 403
    assert client.get(path, headers={KEY: stranger}).status_code == 404
    assert client.put(path, headers={KEY: stranger}, json=body).status_code == 404
    saved = client.put(path, headers={KEY: writer}, json=body)
    assert (saved.status_code, saved.json()["key"]) == (200, own.id)


def test_while_the_first_drafts_are_written_nothing_is_changed(client, service, correction):
    with service.storage.database.begin() as connection:
        CORRECTIONS.restart(connection, correction.id)

    assert change(client, correction).status_code == 409
    assert "current" not in change(client, correction).json()
    assert client.delete(at(correction)).status_code == 409
