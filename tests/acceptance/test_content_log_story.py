"""What endpoints and clients want kept of live recognition is kept, and nothing else: with a real server, over its doors."""

from __future__ import annotations

import io
import json
import os
import signal
import time
import wave
from itertools import count

import httpx
import pytest
from websockets.exceptions import WebSocketException

from lect.client import Client
from live_clients import CONVERSATION
from live_turns import PATIENCE, connected, processes_of, recordings
from servers import LOCALE, base_of, serving


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def address(data, tiny_en, whisper_base):
    with serving(data) as address:
        yield address


@pytest.fixture(scope="module")
def client(address):
    with Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def pcm():
    return recordings(1)[0]


@pytest.fixture
def endpoint(client):
    """endpoint(logs=...) -> an endpoint that answers."""

    def make(*, logs):
        properties = {"loggingEnabled": True} if logs else {}
        made = client.endpoints.create(
            display_name="e", locale=LOCALE, model=base_of(client), properties=properties
        )
        return client.endpoints.wait(made, timeout=PATIENCE)

    return make


def logs_of(client, owner, *, files):
    """The logs of an endpoint by kind, once there are so many; a turn is stored a moment after it is over."""
    for _ in until_patience_ends():
        found = list(client.endpoints.logs(owner))
        if len(found) >= files:
            return {each.document["kind"]: each for each in found}
    raise AssertionError(f"there are {len(found)} files, not {files}")


def until_patience_ends():
    until = time.monotonic() + PATIENCE
    for number in count():
        assert time.monotonic() < until
        yield number
        time.sleep(0.1)


def read(client, file):
    into = io.BytesIO()
    client.datasets.download(file, into)
    return into.getvalue()


def counted(address):
    """How many turns of each outcome the metrics tell."""
    lines = httpx.get(f"{address}/metrics", timeout=PATIENCE).text.splitlines()
    found = [line for line in lines if line.startswith("lect_content_logs_total{")]
    return {line.split('"')[1]: float(line.split()[-1]) for line in found}


def in_wav(pcm):
    with io.BytesIO() as file:
        with wave.open(file, "wb") as wav:
            wav.setparams((1, 2, 16_000, 0, "NONE", ""))
            wav.writeframes(pcm)
        return file.getvalue()


def audio_of(client, file):
    with wave.open(io.BytesIO(read(client, file))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        return wav.readframes(1 << 30)


def test_a_turn_over_websocket_is_kept_bit_by_bit_with_what_its_client_was_answered(
    address, client, endpoint, pcm
):
    owner = endpoint(logs=True)
    with connected(address, cid=owner.id) as live:
        heard = live.turn(pcm)

    logs = logs_of(client, owner, files=2)
    document = json.loads(read(client, logs["Transcription"]))

    assert audio_of(client, logs["Audio"]) == pcm
    assert "lunch" in heard.text
    assert [each["nbest"][0]["display"] for each in document["results"]] == [heard.text]
    assert (document["endpoint"], document["model"], document["request"], document["truncated"]) == (
        owner.id,
        heard.model,
        heard.request,
        False,
    )
    assert document["duration"] == round(len(pcm) / 32_000, 3)


def test_short_audio_is_kept_too(address, client, endpoint, pcm):
    owner = endpoint(logs=True)
    answer = httpx.post(
        f"{address}{CONVERSATION}",
        params={"cid": owner.id},
        content=in_wav(pcm),
        headers={"Content-Type": "audio/wav"},
        timeout=PATIENCE,
    )

    logs = logs_of(client, owner, files=2)
    document = json.loads(read(client, logs["Transcription"]))

    assert audio_of(client, logs["Audio"]) == pcm
    assert [each["nbest"][0]["display"] for each in document["results"]] == [answer.json()["DisplayText"]]
    assert document["request"] == answer.headers["X-RequestId"]


def test_short_audio_is_kept_for_a_client_that_wants_it(address, client, pcm):
    answer = httpx.post(
        f"{address}{CONVERSATION}",
        params={"language": LOCALE, "storeAudio": "true"},
        content=in_wav(pcm),
        headers={"Content-Type": "audio/wav"},
        timeout=PATIENCE,
    )

    logs = logs_of(client, f"base/{LOCALE}", files=2)
    assert json.loads(read(client, logs["Transcription"]))["request"] == answer.headers["X-RequestId"]
    client.endpoints.delete_logs(f"base/{LOCALE}")


def test_nothing_is_kept_that_nobody_wants_kept(address, client, endpoint, pcm):
    quiet, owner = endpoint(logs=False), endpoint(logs=True)
    with connected(address, cid=quiet.id) as live:
        live.turn(pcm)
    with connected(address, language=LOCALE) as live:
        live.turn(pcm)
    with connected(address, cid=owner.id) as live:
        live.turn(pcm)
    logs_of(client, owner, files=2)  # so what was said before is over, too

    assert list(client.endpoints.logs(quiet)) == []
    assert list(client.endpoints.logs(f"base/{LOCALE}")) == []


def test_a_client_has_its_own_turns_kept(address, client, pcm):
    with connected(address, language=LOCALE, storeAudio="true") as live:
        heard = live.turn(pcm)

    logs = logs_of(client, f"base/{LOCALE}", files=2)
    assert json.loads(read(client, logs["Transcription"]))["request"] == heard.request
    client.endpoints.delete_logs(f"base/{LOCALE}")


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells which process it is")
def test_a_killed_recogniser_loses_the_turn_that_goes_on_and_no_other(address, client, data, endpoint, pcm):
    owner = endpoint(logs=True)
    with connected(address, cid=owner.id) as live:
        live.turn(pcm)
        logs_of(client, owner, files=2)
        live.say(pcm, live.begin())
        for _ in until_patience_ends():
            if list((data / "scratch").glob("turn-*/audio")):
                break
        [recogniser] = processes_of(data, "lect.server.recogniser")
        os.kill(recogniser, signal.SIGKILL)
    for _ in until_patience_ends():
        try:
            with connected(address, cid=owner.id) as live:
                heard = live.turn(pcm)
            break
        except (WebSocketException, OSError):
            pass  # the recogniser is being started again

    logs_of(client, owner, files=4)
    documents = [
        json.loads(read(client, each))
        for each in client.endpoints.logs(owner)
        if each.document["kind"] == "Transcription"
    ]
    assert [each["results"][0]["nbest"][0]["display"] for each in documents] == [heard.text] * 2
    assert counted(address) == {"kept": 1.0}  # of the process that runs now
