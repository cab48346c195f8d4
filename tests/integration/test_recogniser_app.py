"""The whole way of a real recording through the recogniser: messages in, what was said out."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
import soundfile
from starlette.testclient import TestClient

from lect.models import catalogue, customs
from lect.server.recogniser import create_recogniser
from lect.serving.live.batching import Batcher
from lect.serving.live.listeners import Listeners, Together
from lect.serving.opening import Opener
from lect.serving.pool import Pool
from lect.speech.scoring import align
from lect.speech.text import normaliser
from lect.store.opening import open_storage
from live_clients import CONVERSATION, answer, context, sound

BLOCK = 3200  # bytes, 0.1 s


@pytest.fixture(scope="module")
def app(whisper_base, settings, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    storage = open_storage(settings.model_copy(update={"data": data}))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get(catalogue.DEFAULT)], at=datetime.now(UTC))
    with Batcher() as batcher:
        begin = Together(batcher, voices=lambda: None)
        opener = Opener(storage, Pool(settings), folder=data / "models")
        yield create_recogniser(Listeners(storage, opener, begin=begin))
    storage.database.close()


@pytest.fixture(scope="module")
def spoken(sample):
    """A recording of the sample as a WAV file, and what was said."""
    folder = sample / "testing" / "audio-and-trans"
    name, said = (folder / "trans.txt").read_text("utf-8").splitlines()[0].split("\t")
    samples, rate = soundfile.read(folder / name, dtype="int16")
    wav = io.BytesIO()
    soundfile.write(wav, samples, rate, format="WAV")
    return wav.getvalue(), said


def errors(said, heard):
    norm = normaliser("en-US")
    return align(norm(said).split(), norm(heard).split()).counts.errors


def test_a_recording_comes_out_as_partials_and_a_final_that_is_what_was_said(app, spoken):
    wav, said = spoken
    with TestClient(app).websocket_connect(f"{CONVERSATION}?language=en-US&format=detailed") as socket:
        socket.send_text(context())
        for at in range(0, len(wav), BLOCK):
            socket.send_bytes(sound(wav[at : at + BLOCK]))
        socket.send_bytes(sound(b""))
        messages = [answer(socket.receive_text())]
        while messages[-1][0] != "turn.end":
            messages.append(answer(socket.receive_text()))

    phrases = [body for path, _, body in messages if path == "speech.phrase"]
    assert [phrase["RecognitionStatus"] for phrase in phrases] == ["Success", "EndOfDictation"]
    assert errors(said, phrases[0]["NBest"][0]["Display"]) <= 3
    assert {path for path, _, _ in messages} >= {"turn.start", "speech.startDetected", "speech.endDetected"}
