"""What only Lect's own API can do."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from api_services import BASE
from lect import __version__
from lect.api.beyond.work import Streams
from lect.core.entities import Dataset, DatasetKind
from lect.core.jobs import JobState
from lect.core.status import Status
from lect.evaluations.requests import _with_comparisons
from lect.jobs import queue
from lect.jobs.following import follow
from lect.jobs.watching import Watch
from lect.models import bundles, catalogue
from lect.models.locales import id_of
from lect.store import jobs as rows
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS, MODELS
from lect.store.tables import audit

V3 = "/speechtotext/v3.2"
LECT = "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
BASES = [id_of(BASE, locale) for locale in ("en-US", "en-GB", "en-AU")]


@pytest.fixture
def client(client):
    with client:
        yield client


@pytest.fixture
def heard(service):
    """An imported dataset of recordings with transcripts."""
    dataset = Dataset(
        id=str(uuid4()),
        display_name="heard",
        created=NOW,
        last_action=NOW,
        locale="en-US",
        kind=DatasetKind.ACOUSTIC,
        status=Status.SUCCEEDED,
    )
    with service.storage.database.begin() as connection:
        DATASETS.add(connection, dataset)
    return dataset


def reference(noun, id):
    return {"self": f"http://testserver{V3}/{noun}/{id}"}


def create_model(client):
    body = {"displayName": "orders", "locale": "en-US", "text": "two coffees\n"}
    answer = client.post(f"{V3}/models", json=body | {"baseModel": reference("models/base", BASES[0])})
    assert answer.status_code == 201, answer.text
    return answer.json()["self"].rpartition("/")[2]


def claim(service, kind):
    """Take a job as a worker does."""
    with service.storage.database.begin() as connection:
        rows.add_worker(connection, worker := str(uuid4()), "test")
        later = datetime.now(UTC) + timedelta(seconds=1)
        return rows.claim(connection, kind=kind, at_once=9, worker=worker, now=later)


def end(service, job, state, repository, **fields):
    """End a job as a worker does."""
    done = replace(job, state=state, finished=NOW, **fields)
    with service.storage.database.begin() as connection:
        rows.move(connection, done)
        follow(repository)(connection, done)


def test_progress_tells_what_the_job_tells(client, service):
    id = create_model(client)
    assert client.get(f"{LECT}/models/{id}/progress").json() == {
        "status": "NotStarted",
        "state": "queued",
        "progress": 0.0,
        "message": "",
    }
    job = claim(service, "train")
    with service.storage.database.begin() as connection:
        rows.report(connection, job, progress=0.25, message="Learning the text", eta=12.0)

    assert client.get(f"{LECT}/models/{id}/progress").json() == {
        "status": "Running",
        "state": "running",
        "progress": 0.25,
        "message": "Learning the text",
        "eta": 12.0,
    }
    end(service, job, JobState.FAILED, MODELS, error={"code": "training_refused", "message": "it harms"})
    shown = client.get(f"{LECT}/models/{id}/progress").json()
    assert (shown["status"], shown["state"]) == ("Failed", "failed")
    assert shown["error"] == {"code": "TrainingRefused", "message": "it harms"}


def test_cancel_asks_for_the_end_of_the_job_once(client, service):
    id = create_model(client)

    assert client.post(f"{LECT}/models/{id}:cancel").status_code == 202
    with service.storage.database.read() as connection:
        [job] = queue.of_resource(connection, id)
    assert job.is_cancelling
    end(service, claim_cancelled(service), JobState.CANCELLED, MODELS)
    assert client.get(f"{V3}/models/{id}").json()["properties"]["error"]["code"] == "Cancelled"
    again = client.post(f"{LECT}/models/{id}:cancel")
    assert again.status_code == 409
    with service.storage.database.read() as connection:
        noted = connection.execute(select(audit.c.action, audit.c.resource)).all()
    assert noted[-1] == ("cancel", f"models/{id}")


def claim_cancelled(service):
    with service.storage.database.begin() as connection:
        rows.add_worker(connection, worker := str(uuid4()), "test")
        now = datetime.now(UTC)
        return rows.claim(connection, kind="train", at_once=9, worker=worker, now=now, cancelled=True)


def test_a_dataset_that_waits_for_its_blocks_can_be_cancelled(client):
    made = client.post(f"{V3}/datasets", json={"displayName": "x", "locale": "en-US", "kind": "Language"})
    id = made.json()["self"].rpartition("/")[2]

    shown = client.post(f"{LECT}/datasets/{id}:cancel").json()

    assert (shown["status"], shown["state"], shown["error"]["code"]) == ("Failed", "failed", "Cancelled")


def test_events_of_what_is_over_are_its_state_alone(client):
    answer = client.get(f"{LECT}/models/{BASES[0]}/events")

    assert answer.headers["content-type"].startswith("text/event-stream")
    event, data = answer.text.strip().splitlines()
    assert event == "event: progress"
    assert json.loads(data.removeprefix("data: "))["state"] == "succeeded"


def task_of(service, id):
    with service.storage.database.read() as connection:
        return MODELS.get(connection, id), queue.of_resource(connection, id)[-1]


def test_events_follow_a_job_to_its_end(client, service):
    id = create_model(client)
    task, job = task_of(service, id)

    async def follow_it():
        streams, seen = Streams(Watch(service.storage.database, look=0.001)), []
        async for event in streams.events(task, job):
            if not event.startswith("event"):
                continue
            seen.append(json.loads(event.splitlines()[1].removeprefix("data: "))["state"])
            if seen[-1] == "queued":
                taken = await asyncio.to_thread(claim, service, "train")
            elif seen[-1] == "running":
                await asyncio.to_thread(end, service, taken, JobState.SUCCEEDED, MODELS)
        return seen

    assert asyncio.run(follow_it()) == ["queued", "running", "succeeded"]


def test_what_follows_a_job_ends_with_the_client_that_goes_away(client, service):
    task, job = task_of(service, create_model(client))

    async def go_away():
        watch = Watch(service.storage.database, look=0.001)
        streams = Streams(watch, beat=0.001)
        events = streams.events(task, job)
        await anext(events)
        watching = asyncio.ensure_future(anext(events))
        await asyncio.sleep(0)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        for _ in range(5):  # turns of the loop that the end of a task takes
            await asyncio.sleep(0)
        return watch._watchers

    assert asyncio.run(go_away()) == set()


def test_who_watches_is_counted_before_anything_is_waited_for_and_until_the_end(client, service):
    id, app = create_model(client), client.app
    streams = Streams(Watch(service.storage.database, look=0.001), most=1, seconds=0.05, beat=0.01)
    app.state.streams = streams

    async def open_at_once():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as asking:
            answers = await asyncio.gather(*(asking.get(f"{LECT}/models/{id}/events") for _ in range(3)))
            missing = await asking.get(f"{LECT}/models/{uuid4()}/events")
        return sorted(answer.status_code for answer in answers), missing.status_code

    assert asyncio.run(open_at_once()) == ([200, 429, 429], 404)
    assert streams.open == 0


def test_a_stream_ends_when_its_time_is_over(client, service):
    task, job = task_of(service, create_model(client))

    async def wait_for_the_end():
        streams = Streams(Watch(service.storage.database, look=0.001), seconds=0.05, beat=0.01)
        return [event async for event in streams.events(task, job)]

    assert ": still here\n\n" in asyncio.run(wait_for_the_end())


def test_only_so_many_may_watch(client, service):
    client.app.state.streams = Streams(Watch(service.storage.database), most=0)

    answer = client.get(f"{LECT}/models/{BASES[0]}/events")

    assert answer.status_code == 429
    assert answer.json()["code"] == "TooManyRequests"


def create_evaluation(client, dataset, models):
    body = {
        "displayName": "three",
        "locale": "en-US",
        "dataset": reference("datasets", dataset.id),
        "models": [reference("models/base", model) for model in models],
    }
    return client.post(f"{LECT}/evaluations", json=body)


SCORE = {
    "model": "x",
    "wer": 0.25,
    "wer_ci": [0.1, 0.4],
    "cer": None,
    "ser": 0.5,
    "ter": 0.3,
    "sentences": 2,
    "words": 8,
    "correct": 6,
    "substitutions": 2,
    "deletions": 0,
    "insertions": 0,
    "cpu_seconds": 1.0,
    "audio_seconds": 2.0,
}


def comparison(a, b):
    return {"a": a, "b": b, "wer_delta": 0.1, "ci": None, "p": 0.5, "test": "t", "verdict": f"{a} or {b}"}


def test_an_evaluation_of_three_models_tells_all_scores_and_verdicts(client, service, heard):
    made = create_evaluation(client, heard, BASES)
    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["self"]
    id = made.json()["self"].rpartition("/")[2]
    document = {
        "models": [SCORE] * 3,
        "comparisons": [comparison(*pair) for pair in ("ab", "ac", "bc")],
    }
    with service.storage.database.begin() as connection:
        EVALUATIONS.change(connection, id, scores=tuple(_with_comparisons(document, [0, 1, 2])))

    shown = client.get(made.json()["self"]).json()

    assert [each["score"]["werCi"] for each in shown["models"]] == [[0.1, 0.4]] * 3
    assert [each["model"]["self"].rpartition("/")[2] for each in shown["models"]] == BASES
    assert [each["verdict"] for each in shown["comparisons"]] == ["a or b", "a or c", "b or c"]
    assert [each["a"]["self"].rpartition("/")[2] for each in shown["comparisons"]] == [
        BASES[0],
        BASES[0],
        BASES[1],
    ]
    assert client.get(f"{V3}/evaluations/{id}").json()["properties"]["wordErrorRate2"] == 0.25


def test_a_model_is_compared_with_those_before_it_and_not_with_itself():
    document = {"models": [SCORE, SCORE], "comparisons": [comparison("a", "b")]}

    scores = _with_comparisons(document, [0, 1])
    assert [[each["a"] for each in score["comparisons"]] for score in scores] == [[], [0]]
    twice = _with_comparisons(document | {"models": [SCORE], "comparisons": []}, [0, 0])
    assert [score["comparisons"] for score in twice] == [[], []]


@pytest.mark.parametrize("models", [[], [BASES[0], BASES[0]], [str(uuid4())] * 11])
def test_an_evaluation_compares_one_to_ten_different_models(client, heard, models):
    assert create_evaluation(client, heard, models).status_code == 400


@pytest.fixture
def bundle(tmp_path):
    def write(weights=None):
        base = bundles.Base(name=BASE, weights_sha256=weights or catalogue.get(BASE).weights.sha256)
        manifest = bundles.Manifest(
            base=base,
            locale="en-US",
            normaliser=bundles.NormaliserVersion(name="en", version="1"),
            code="0",
            recipe={"kinds": ["text"]},
        )
        path = tmp_path / "orders.lect"
        bundles.write(path, manifest=manifest, members={"a.bin": b"abc"})
        return path

    return write


def upload(client, data, **form):
    return client.post(f"{LECT}/models:import", files={"data": ("orders.lect", data)}, data=form)


def test_a_bundle_goes_out_as_it_came_in(client, bundle):
    data = bundle().read_bytes()

    made = upload(client, data, displayName="mine")

    assert made.status_code == 201, made.text
    model = client.get(made.headers["Location"]).json()
    assert (model["displayName"], model["status"], model["locale"]) == ("mine", "Succeeded", "en-US")
    assert model["baseModel"]["self"].endswith(BASES[0])
    id = model["self"].rpartition("/")[2]
    assert client.get(f"{LECT}/models/{id}/bundle").content == data
    assert upload(client, data).json()["displayName"] == "orders"


def test_a_damaged_bundle_is_refused_without_telling_where_it_lay(client, bundle, tmp_path):
    data = bytearray(bundle().read_bytes())
    data[data.index(b"abc")] ^= 1

    answer = upload(client, bytes(data))

    assert answer.status_code == 400
    assert answer.json()["target"] == "data"
    assert "a.bin" in answer.json()["message"]
    assert str(tmp_path) not in answer.text
    assert client.get(f"{V3}/models").json()["values"] == []


def test_a_bundle_for_other_weights_is_refused(client, bundle):
    answer = upload(client, bundle("0" * 64).read_bytes())

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "InvalidBaseModel"


def test_a_model_that_is_not_trained_has_no_bundle(client):
    assert client.get(f"{LECT}/models/{create_model(client)}/bundle").status_code == 409


def test_a_plan_is_made_in_a_child_of_what_a_training_would_be_given(client, monkeypatch):
    given = []

    class Child:
        def __init__(self, function, arguments, **_):
            given.append((function, arguments))

        def kill(self):
            pass

        def wait(self, progress):
            [file] = given[0][1]["text"]
            accepted = len(Path(file).read_text().splitlines())
            files = [{"file": "text.txt", "kind": "text", "accepted": accepted, "rejected": 0}]
            cost = {"cpu_seconds": 7.0, "peak_memory_mb": 400.0}
            return {"base": BASE, "files": files, "audio": {"cpu_seconds": 5.0, "why": "few"}, **cost}

    monkeypatch.setattr("lect.models.foretelling.Child", Child)
    body = {"displayName": "x", "locale": "en-US", "text": "a\nb\n"}
    base = reference("models/base", BASES[0])

    answer = client.post(f"{LECT}/models:plan", json=body | {"baseModel": base})

    assert answer.json() == {
        "base": BASE,
        "data": [{"kind": "text", "accepted": 2, "rejected": 0}],
        "cpuSeconds": 7.0,
        "peakMemoryMb": 400.0,
        "why": "few",
    }
    assert given[0][0] == "lect.tasks:plan"
    assert client.get(f"{V3}/models").json()["values"] == []
    empty = client.post(f"{LECT}/models:plan", json={"displayName": "x", "locale": "en-US"})
    assert empty.status_code == 400


def test_an_endpoint_goes_back_to_the_model_before(client, service):
    body = {"displayName": "x", "locale": "en-US", "model": reference("models/base", BASES[0])}
    id = client.post(f"{V3}/endpoints", json=body).json()["self"].rpartition("/")[2]
    assert client.post(f"{LECT}/endpoints/{id}:rollback").status_code == 409
    end(service, claim(service, "deploy"), JobState.SUCCEEDED, ENDPOINTS)
    with service.storage.database.begin() as connection:
        ENDPOINTS.change(connection, id, model=BASES[1], previous_models=(BASES[0],))

    answer = client.post(f"{LECT}/endpoints/{id}:rollback")

    assert answer.json()["status"] == "NotStarted"
    with service.storage.database.read() as connection:
        assert queue.of_resource(connection, id)[-1].arguments == {"model": BASES[0]}


def test_what_was_deployed_to_an_endpoint_is_listed(client, service):
    with service.storage.database.begin() as connection:
        for id in BASES[:2]:
            MODELS.change(connection, id, tested=__version__)
    first, second = (reference("models/base", id) for id in BASES[:2])
    body = {"displayName": "x", "locale": "en-US", "model": first}
    made = client.post(f"{V3}/endpoints", json=body).json()
    id = made["self"].rpartition("/")[2]
    assert made["status"] == "Succeeded"
    changed = client.patch(f"{V3}/endpoints/{id}", json={"model": second}).json()
    assert (changed["status"], changed["model"]) == ("Succeeded", second)

    back = client.post(f"{LECT}/endpoints/{id}:rollback").json()
    page = client.get(f"{LECT}/endpoints/{id}/deployments", params={"top": 2}).json()
    rest = client.get(page["@nextLink"]).json()

    assert (back["status"], back["model"]) == ("Succeeded", first)
    listed = page["values"] + rest["values"]
    assert [(each["model"], each["reason"], each["status"]) for each in listed] == [
        (first, "creation", "Succeeded"),
        (second, "change", "Succeeded"),
        (first, "rollback", "Succeeded"),
    ]
    assert all(each["finishedDateTime"] >= each["createdDateTime"] for each in listed)
    assert "@nextLink" not in rest
    missing = client.get(f"{LECT}/endpoints/{BASES[0]}/deployments")
    assert missing.status_code == 404


def test_readers_may_look_and_not_touch(client, service):
    id = create_model(client)
    with service.storage.database.begin() as connection:
        _, text = keys.create(connection, name="r", role=Role.READER, project=None, at=NOW)
    client.headers["Ocp-Apim-Subscription-Key"] = text

    assert client.get(f"{LECT}/models/{id}/progress").status_code == 200
    assert client.post(f"{LECT}/models/{id}:cancel").status_code == 403
    assert client.post(f"{LECT}/models:plan", json={}).status_code == 403
    assert upload(client, b"x").status_code == 403
