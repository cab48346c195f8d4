"""The door for clients of OpenAI: what they may ask, what they are answered, and that nothing is left behind."""

from __future__ import annotations

import asyncio
import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import httpx
import pytest
import uvicorn

from api_services import BASE, app_of
from lect.api.places import Places
from lect.core.entities import Endpoint, Model
from lect.core.errors import ModelLoadFailed, RecognitionFailed
from lect.core.status import Status
from lect.engines.toy import ToyRecogniser
from lect.models.locales import id_of
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import ENDPOINTS, MODELS
from recognisers import Slow, running_recogniser, wait_until

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "/v1/audio/transcriptions"
SAID = "the cat sat."


@pytest.fixture
def recogniser(service, tmp_path, tones_are_speech, counting):
    with running_recogniser(service.storage, tmp_path, quiet=0.05, endpoints=counting) as recogniser:
        yield recogniser


class Counting:
    """Stands for the counts of endpoints: what became of requests, by endpoint."""

    def __init__(self):
        self.told = []

    def __call__(self, endpoint):
        return SimpleNamespace(turn_ended=lambda outcome: self.told.append((endpoint, outcome)))


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def door(app, service, client, recogniser):
    app.state.service = replace(service, recogniser=recogniser)
    return client


@pytest.fixture
def ask(door, say):
    """ask(field=value, ...) -> the answer to a file that says `SAID`, or another."""

    def post(*parts, audio=None, headers=None, **fields):
        file = ("a.wav", say(*(parts or [SAID])) if audio is None else audio)
        return door.post(URL, files={"file": file}, data={"model": BASE, **fields}, headers=headers)

    return post


def error(answer):
    return answer.status_code, answer.json()["error"]


def custom(service, name="orders", **changes):
    blob = service.storage.blobs.put([b"bundle"])
    model = Model(
        id=str(uuid4()),
        display_name=name,
        created=NOW,
        last_action=NOW,
        locale="en-US",
        base=id_of(BASE, "en-US"),
        **{"status": Status.SUCCEEDED, "bundle": blob.sha256, **changes},
    )
    with service.storage.database.begin() as connection:
        MODELS.add(connection, model)
    return model


def endpoint(service, model, **changes):
    made = Endpoint(
        id=str(uuid4()),
        display_name="till",
        created=NOW,
        last_action=NOW,
        locale="en-US",
        model=model.id,
        **{"status": Status.SUCCEEDED, "deployed": NOW, **changes},
    )
    with service.storage.database.begin() as connection:
        ENDPOINTS.add(connection, made)
    return made


def test_json_is_what_comes_when_nothing_else_is_asked_for(ask):
    answer = ask()
    assert answer.json() == {"text": SAID, "usage": {"type": "duration", "seconds": 1}}
    assert answer.headers["X-Lect-Model"] == BASE


def test_plain_text(ask):
    answer = ask(response_format="text")
    assert (answer.text, answer.headers["Content-Type"]) == (f"{SAID}\n", "text/plain; charset=utf-8")


def test_subtitles(ask):
    srt, vtt = ask(response_format="srt"), ask(response_format="vtt")
    assert srt.text.splitlines()[0::2] == ["1", SAID]
    assert vtt.text.splitlines()[0] == "WEBVTT"
    assert SAID in vtt.text


def test_verbose_json_has_a_segment_for_each_sentence_and_its_words_if_they_are_asked_for(ask):
    said = ask("the cat sat. The dog ran.", response_format="verbose_json").json()
    assert [segment["text"] for segment in said["segments"]] == ["the cat sat.", "The dog ran."]
    assert (said["language"], said["task"], "words" in said) == ("english", "transcribe", False)
    asked = {"response_format": "verbose_json", "timestamp_granularities[]": ["word"]}
    said = ask("the cat sat. The dog ran.", **asked).json()
    assert [word["word"] for word in said["words"]] == ["the", "cat", "sat", "The", "dog", "ran"]
    assert [word["start"] for word in said["words"]] == sorted(word["start"] for word in said["words"])
    assert "segments" not in said


def test_long_files_are_heard_stretch_by_stretch_and_told_as_one_text(ask):
    assert (
        ask("one of them", 30.0, "two of them", 30.0, "three of them").json()["text"]
        == "one of them two of them three of them"
    )


def test_a_stream_tells_each_phrase_as_it_is_known_and_the_whole_text_at_its_end(ask):
    answer = ask("one of them", 30.0, "two of them", stream="true")
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert answer.headers["X-Lect-Model"] == BASE
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert events == [
        {"type": "transcript.text.delta", "delta": "one of them"},
        {"type": "transcript.text.delta", "delta": " two of them"},
        {"type": "transcript.text.done", "text": "one of them two of them"},
    ]


def test_silence_is_an_empty_text(ask):
    assert ask(1.0).json()["text"] == ""
    assert "transcript.text.done" in ask(1.0, stream="true").text


def test_what_is_no_audio_is_an_error_streamed_or_not(ask):
    for stream in ("false", "true"):
        status, problem = error(ask(audio=b"x" * 1000, stream=stream))
        assert (status, problem["type"]) == (400, "invalid_request_error")
        assert "The audio: not an audio file" in problem["message"]


def test_a_language_that_the_named_model_is_not_offered_in_has_its_code(ask):
    status, problem = error(ask("one", language="de"))
    assert (status, problem["code"]) == (400, "invalid_locale")


def test_an_engine_that_fails_in_the_middle_is_an_error_event(
    service, app, client, say, tmp_path, tones_are_speech
):
    with running_recogniser(service.storage, tmp_path, ToyRecogniser(fail_on="bomb")) as recogniser:
        app.state.service = replace(service, recogniser=recogniser)
        asked = {"model": BASE, "stream": "true"}
        answer = client.post(URL, files={"file": say("one of them", 30.0, "the big bomb")}, data=asked)
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    assert events[0]["delta"] == "one of them"
    assert events[1]["error"]["type"] == "server_error"
    assert len(events) == 2


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "xml"}, "response_format"),
        ({"temperature": "2"}, "temperature"),
        ({"temperature": "warm"}, "temperature"),
        ({"stream": "perhaps"}, "stream"),
        ({"stream": "true", "response_format": "srt"}, "stream"),
        ({"timestamp_granularities[]": "word"}, "timestamp_granularities"),
        (
            {"timestamp_granularities[]": "letter", "response_format": "verbose_json"},
            "timestamp_granularities",
        ),
        ({"language": "qq"}, "language"),
        ({"include[]": "logprobs"}, "include"),
        ({"model": ""}, "model"),
    ],
)
def test_what_cannot_be_had_is_told_with_the_field(ask, fields, param):
    status, problem = error(ask(**fields))
    assert (status, problem["type"], problem["param"]) == (400, "invalid_request_error", param)


def test_a_form_without_a_file_and_a_body_that_is_no_form_are_errors(door):
    assert error(door.post(URL, data={"model": BASE}))[0] == 400
    assert error(door.post(URL, json={"model": BASE}))[0] == 400
    assert (
        error(door.post(URL, files={"file": b"x", "other": b"y"}, data={"model": BASE}))[1]["param"] == "file"
    )


def test_a_prompt_and_keywords_are_phrases_that_are_expected(ask, recogniser):
    assert ask(prompt="Fandoro, Zindle 2.0.", language="en").status_code == 200
    assert ask("der hund", prompt="x" * 400).status_code == 400


def test_base_models_custom_models_and_endpoints_are_listed(door, service):
    model = custom(service)
    waiting = custom(service, "not yet", status=Status.RUNNING, bundle=None)
    till = endpoint(service, model)
    found = {each["id"]: each for each in door.get("/v1/models").json()["data"]}
    assert list(found) == [BASE, model.id, till.id]
    assert waiting.id not in found
    assert found[model.id] == {
        "id": model.id,
        "object": "model",
        "created": int(NOW.timestamp()),
        "owned_by": "lect",
        "name": "orders",
        "kind": "custom",
    }
    assert door.get(f"/v1/models/{BASE}").json()["kind"] == "base"
    assert door.get("/v1/models/orders").json()["id"] == model.id


def test_a_model_answers_by_its_id_and_by_its_name_and_an_endpoint_by_the_model_behind_it(
    ask, service, recogniser
):
    model = custom(service)
    till = endpoint(service, model)
    for name in (model.id, "orders", till.id, "till"):
        answer = ask(model=name)
        assert (answer.status_code, answer.headers["X-Lect-Model"]) == (200, model.id)
    assert {row.id for row in recogniser.opened.rows} == {model.id}


def test_a_file_is_counted_at_the_endpoint_that_it_names_and_at_no_other(ask, service, counting):
    till = endpoint(service, custom(service))

    ask(model=till.id)
    ask(model="till", stream="true")
    ask(1.0, model=till.id)
    ask(model=till.id, audio=b"no audio")
    ask(model="orders")
    ask()

    assert counting.told == [(till.id, outcome) for outcome in ("success", "success", "no_match", "dropped")]


def test_a_file_that_cannot_be_begun_or_fails_is_counted_as_such(ask, service, recogniser, counting):
    till = endpoint(service, custom(service))

    def fail(row):
        raise ModelLoadFailed("damaged")

    class Broken(ToyRecogniser):
        def recognise(self, audio, **rest):
            raise RecognitionFailed("no")

    recogniser.opened.recogniser = Broken()
    ask(model=till.id)
    recogniser.opened.open = fail
    ask(model=till.id)

    assert counting.told == [(till.id, "error"), (till.id, "refused")]


def test_a_name_that_nothing_has_is_not_found_and_never_another(ask, door, recogniser):
    for name in ("whisper-1", "gpt-4o-transcribe", str(uuid4())):
        status, problem = error(ask(model=name))
        assert (status, problem["code"], problem["param"]) == (404, "model_not_found", "model")
        assert error(door.get(f"/v1/models/{name}"))[1]["code"] == "model_not_found"
    assert recogniser.opened.rows == []


def test_a_name_that_several_have_is_refused_with_their_ids(ask, service):
    two = [custom(service), custom(service)]
    status, problem = error(ask(model="orders"))
    assert status == 400
    assert all(model.id in problem["message"] for model in two)


def test_a_language_that_the_model_is_not_for_is_refused(ask):
    assert error(ask(language="de"))[0] == 400
    assert ask(language="en-GB").status_code == 200


def test_whoever_sees_one_project_names_none_of_another(ask, door, service):
    from lect.core.entities import Project
    from lect.store.repositories import PROJECTS

    mine, other = (
        Project(id=str(uuid4()), display_name=name, created=NOW, locale="en-US") for name in ("mine", "other")
    )
    with service.storage.database.begin() as connection:
        for project in (mine, other):
            PROJECTS.add(connection, project)
        key = keys.create(connection, name="k", role=Role.READER, project=mine.id, at=NOW)[1]
    model = custom(service, project=other.id)
    headers = {"Authorization": f"Bearer {key}"}
    assert ask(headers=headers).status_code == 200
    assert error(ask(model=model.id, headers=headers))[0] == 404
    assert error(ask(model="orders", headers=headers))[0] == 404


def test_where_there_are_keys_a_wrong_one_is_told_as_these_clients_read_it(ask, door, service):
    with service.storage.database.begin() as connection:
        key = keys.create(connection, name="k", role=Role.READER, project=None, at=NOW)[1]
    for answer in (ask(), ask(headers={"Authorization": "Bearer wrong"}), door.get("/v1/models")):
        status, problem = error(answer)
        assert (status, problem["type"], problem["code"]) == (401, "authentication_error", "invalid_api_key")
    assert ask(headers={"Authorization": f"Bearer {key}"}).status_code == 200


def test_where_there_is_no_key_any_will_do(ask):
    assert ask(headers={"Authorization": "Bearer none"}).status_code == 200


def test_translations_and_unknown_paths_are_errors_in_this_shape(door):
    assert error(door.post("/v1/audio/translations"))[1]["code"] == "not_offered"
    assert error(door.post("/v1/chat/completions"))[0] == 404
    assert error(door.delete("/v1/models"))[0] == 405
    assert error(door.get("/v1/models", headers={"Host": "elsewhere"}))[0] == 403


def test_a_file_that_is_too_large_is_refused_before_it_is_read(app, service, say):
    settings = service.settings.model_copy(
        update={"server": service.settings.server.model_copy(update={"file_bytes": -(15 << 20)})}
    )
    from fastapi.testclient import TestClient

    client = TestClient(app_of(replace(service, settings=settings)))
    status, problem = error(client.post(URL, files={"file": b"x" * (2 << 20)}, data={"model": BASE}))
    assert (status, problem["code"]) == (413, "request_too_large")


@contextmanager
def listening(app):
    """The app on a port of its own: a client that leaves shows only there."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run)
    thread.start()
    wait_until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.mark.parametrize("stream", ["true", "false"])
def test_the_work_ends_when_the_client_goes_and_nothing_is_left(
    service, tmp_path, say, tones_are_speech, stream
):
    slow = Slow()
    with running_recogniser(service.storage, tmp_path, slow, quiet=0.05) as recogniser:
        app = app_of(replace(service, recogniser=recogniser))

        async def leave(url):
            async with httpx.AsyncClient() as client:
                asked = {"files": {"file": say(SAID)}, "data": {"model": BASE, "stream": stream}}
                posting = asyncio.ensure_future(client.post(url, timeout=None, **asked))
                await asyncio.to_thread(slow.begun.wait, 60)
                posting.cancel()

        with listening(app) as address:
            asyncio.run(leave(address + URL))
            assert slow.ended.wait(60)  # nobody let it go on
            wait_until(lambda: app.state.places.taken == 0)
            wait_until(lambda: not list(service.settings.scratch_folder.iterdir()))


def test_places_are_those_of_the_key_that_a_file_was_sent_with(service, app, ask):
    clients = []

    class Noting(Places):
        def place(self, client):
            clients.append(client)
            return super().place(client)

    app.state.places = Noting(1)
    with service.storage.database.begin() as connection:
        key, text = keys.create(connection, name="k", role=Role.READER, project=None, at=NOW)

    assert ask(headers={"Authorization": f"Bearer {text}"}).status_code == 200
    assert clients == [key.id]


def test_more_files_than_there_are_places_for_are_refused_for_a_while(
    service, tmp_path, say, tones_are_speech
):
    slow = Slow()
    server = service.settings.server.model_copy(update={"files": 1})
    settings = service.settings.model_copy(update={"server": server})
    with running_recogniser(service.storage, tmp_path, slow) as recogniser:
        app = app_of(replace(service, recogniser=recogniser, settings=settings))

        async def both(url):
            async with httpx.AsyncClient(timeout=60) as client:
                asked = {"files": {"file": say(SAID)}, "data": {"model": BASE}}
                first = asyncio.ensure_future(client.post(url, **asked))
                await asyncio.to_thread(slow.begun.wait, 60)
                second = await client.post(url, **asked)
                slow.go.set()
                return await first, second

        with listening(app) as address:
            first, second = asyncio.run(both(address + URL))
    assert first.json()["text"] == SAID
    status, problem = error(second)
    assert (status, problem["code"]) == (429, "rate_limit_exceeded")
    assert int(second.headers["Retry-After"]) > 0
