"""The recogniser's end of a client's WebSocket: messages in, recognition in a thread, messages out."""

from __future__ import annotations

import asyncio
import logging
import struct
import threading
import time

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from lect.core.errors import NotFound
from lect.server.recogniser import create_recogniser
from lect.serving.live.session import SessionLimits
from lect.serving.live.turn import Listener
from lect.telemetry import get_log
from live_clients import CONVERSATION, FOX, HEADER, INTERACTIVE, SECOND, Scripted, answer, context, sound

PATIENCE = 10.0  # seconds


class Listening:
    """Gives each turn the recognition that a test made for it."""

    def __init__(self, *recognitions):
        self.waiting, self.asked, self.errors = list(recognitions), [], []

    def listen(self, request, caller=None, *, on_step=None):
        self.asked.append((request, caller.project))
        recognition = self.waiting.pop(0)
        if isinstance(recognition, Exception):
            raise recognition
        recognition.on_step = on_step
        return Listener(recognition=recognition, model="toy")

    def refused(self, request, caller, error):
        self.errors.append((request.id, caller.key, error.code))


def until_end(socket):
    """The messages up to the end of the turn."""
    messages = [answer(socket.receive_text())]
    while messages[-1][0] != "turn.end":
        messages.append(answer(socket.receive_text()))
    return messages


def connected(listening, path=CONVERSATION, **options):
    return TestClient(create_recogniser(listening)).websocket_connect(path, **options)


def test_sound_goes_in_and_results_come_out():
    listening = Listening(Scripted(end=[FOX]))
    with connected(listening, f"{CONVERSATION}?format=detailed", headers={"X-Lect-Project": "p"}) as socket:
        for message in (context(), sound(HEADER + SECOND, first=True), sound(b"")):
            socket.send_bytes(message) if isinstance(message, bytes) else socket.send_text(message)
        paths = [path for path, _, _ in until_end(socket)]

    assert paths == ["turn.start", "speech.phrase", "speech.phrase", "turn.end"]
    [(request, project)] = listening.asked
    assert (request.is_detailed, project) == (True, "p")


def test_phrases_that_are_left_at_the_end_of_sound_do_not_wait_for_a_tick_each(monkeypatch):
    monkeypatch.setattr("lect.server.streams._TICK", PATIENCE)
    began = time.monotonic()
    with connected(Listening(Scripted(end=[FOX, FOX]))) as socket:
        socket.send_text(context())
        socket.send_bytes(sound(HEADER + SECOND))
        socket.send_bytes(sound(b""))
        until_end(socket)

    assert time.monotonic() - began < PATIENCE


def test_several_turns_on_one_connection():
    listening = Listening(Scripted(end=[FOX]), Scripted(end=[FOX]))
    with connected(listening, INTERACTIVE) as socket:
        for rid in ("a", "b"):
            socket.send_text(context(rid=rid))
            socket.send_bytes(sound(HEADER + SECOND, rid=rid))
            socket.send_bytes(sound(b"", rid=rid))
            assert {id for _, id, _ in until_end(socket)} == {rid}


def test_an_unknown_endpoint_closes_with_a_message():
    with connected(Listening(NotFound("there is no endpoint x"))) as socket:
        socket.send_text(context())
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()

    assert (closed.value.code, closed.value.reason) == (1007, "there is no endpoint x")


def test_a_turn_in_a_language_that_is_none_is_told_to_who_counts_refusals():
    listening = Listening()
    key = {"X-Lect-Key": "k", "X-RequestId": "r"}
    with connected(listening, f"{CONVERSATION}?language=xx-XX", headers=key) as socket:
        socket.send_text(context(rid="r"))
        with pytest.raises(WebSocketDisconnect):
            socket.receive_text()
    assert post(listening, f"{CONVERSATION}?language=xx-XX", **key).status_code == 400

    assert listening.errors == [("r", "k", "unsupported_locale")] * 2


def test_a_bug_closes_one_session_and_tells_nothing_of_the_inside():
    listening = Listening(RuntimeError("secret"), Scripted(end=[FOX]))
    with connected(listening) as socket:
        socket.send_text(context())
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    with connected(listening) as socket:
        socket.send_bytes(sound(b""))
        assert until_end(socket)

    assert (closed.value.code, closed.value.reason) == (4000, "The recognition failed")


def test_a_client_that_sends_no_sound_makes_room_by_itself_where_there_is_none():
    speech = Scripted()
    app = create_recogniser(
        Listening(speech), limits=SessionLimits(silent_seconds=0.01), is_full=lambda: True
    )
    with TestClient(app).websocket_connect(CONVERSATION) as socket:
        socket.send_text(context())
        assert answer(socket.receive_text())[0] == "turn.start"
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()

    assert closed.value.code == 4429
    assert speech.closed


class Working(Scripted):
    """Works until its client has gone."""

    def __init__(self):
        super().__init__()
        self.began, self.stopped = threading.Event(), threading.Event()

    def step(self, now, *, partials=True):
        self.began.set()
        try:
            while True:
                self.on_step()
        finally:
            self.stopped.set()


def test_work_for_a_client_that_has_gone_is_broken_off():
    recognition = Working()
    with connected(Listening(recognition)) as socket:
        socket.send_text(context())
        assert recognition.began.wait(PATIENCE)

    assert recognition.stopped.wait(PATIENCE)


def test_a_client_that_goes_while_its_model_is_opened_leaves_no_stream_behind():
    began, may, closed = threading.Event(), threading.Event(), threading.Event()

    class Opening(Listening):
        def listen(self, request, caller=None, *, on_step=None):
            began.set()
            assert may.wait(PATIENCE)
            return super().listen(request, caller, on_step=on_step)

    class Open(Scripted):
        def close(self):
            closed.set()

    with connected(Opening(Open())) as socket:
        socket.send_text(context())
        assert began.wait(PATIENCE)
    may.set()

    assert closed.wait(PATIENCE)


MULAW = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 7, 1, 8_000, 8_000, 1, 8) + b"data\0\0\0\0"


def test_mebibytes_in_one_message_were_decoded_at_once_however_much_waited():
    """Each byte of mu-law at 8 kHz becomes eight."""

    class Watched(Scripted):
        most = 0.0

        def step(self, now, *, partials=True):
            self.most = max(self.most, self.behind)
            return super().step(now, partials=partials)

        def end(self):
            self.most = max(self.most, self.behind)
            return super().end()

    speech, minutes = Watched(), bytes(2 << 20)
    with connected(Listening(speech)) as socket:
        socket.send_text(context())
        for message in (sound(MULAW), sound(minutes), sound(minutes), sound(b"")):
            socket.send_bytes(message)
        [path, _, end] = until_end(socket)[-2]

    assert (path, end["Offset"]) == ("speech.phrase", 2 * len(minutes) * 1250)
    assert speech.samples == pytest.approx(2 * 2 * len(minutes), abs=10)
    assert 8.0 <= speech.most < 13.0


def test_what_the_work_of_a_session_logs_names_its_connection(caplog):
    logging.getLogger("lect").propagate = True
    caplog.set_level(logging.INFO, logger="lect")

    class Telling(Listening):
        def listen(self, request, caller=None, *, on_step=None):
            get_log("lect.test", action="open").info("A model was opened.")
            return super().listen(request, caller, on_step=on_step)

    with connected(Telling(Scripted()), headers={"X-ConnectionId": "c"}) as socket:
        socket.send_text(context())
        socket.send_bytes(sound(b""))
        until_end(socket)

    [record] = [each for each in caplog.records if each.name == "lect.test"]
    assert record.lect_fields == {"connection": "c", "action": "open"}


class Slow(Scripted):
    """Examines nothing until it may."""

    def __init__(self, may):
        super().__init__(end=[FOX])
        self.may = may

    def step(self, now, *, partials=True):
        self.may.wait(PATIENCE)
        self.examined = self.samples
        return []


def test_one_busy_session_holds_up_no_other():
    may = threading.Event()
    app = create_recogniser(Listening(Slow(may), Scripted(end=[FOX])))
    with TestClient(app) as client, client.websocket_connect(CONVERSATION) as busy:
        busy.send_text(context())
        assert answer(busy.receive_text())[0] == "turn.start" or may.set()
        with client.websocket_connect(CONVERSATION) as other:
            other.send_bytes(sound(b""))
            assert until_end(other)
        may.set()


SHORT = f"{CONVERSATION}?language=en-US"


def post(listening, path=SHORT, content=HEADER + SECOND, **headers):
    with TestClient(create_recogniser(listening)) as client:
        return client.post(path, content=content, headers={"Content-Type": "audio/wav", **headers})


def test_short_audio_is_answered_and_the_model_is_told():
    response = post(Listening(Scripted(end=[FOX])), **{"X-Lect-Project": "p"})

    assert response.json()["DisplayText"] == "The quick fox."
    assert response.headers["X-Lect-Model"] == "toy"


def test_short_audio_takes_no_place_before_any_of_it_comes():
    listening = Listening(Scripted(end=[FOX]))
    asked_before, sent = [], []
    pieces = [b"", HEADER, SECOND]

    async def receive():
        asked_before.append(len(listening.asked))
        return {"type": "http.request", "body": pieces.pop(0) if pieces else b"", "more_body": bool(pieces)}

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": CONVERSATION,
        "query_string": b"language=en-US",
        "headers": [(b"content-type", b"audio/wav")],
    }
    asyncio.run(create_recogniser(listening)(scope, receive, send))

    assert sent[0]["status"] == 200
    assert asked_before[:3] == [0, 0, 1]


def test_short_audio_without_any_sound_is_answered():
    assert post(Listening(Scripted()), content=b"").json()["RecognitionStatus"] == "InitialSilenceTimeout"


def test_short_audio_needs_no_language_beside_an_endpoint():
    listening = Listening(Scripted(end=[FOX]))

    assert post(listening, f"{CONVERSATION}?cid=e").status_code == 200
    assert listening.asked[0][0].endpoint_id == "e"


def test_short_audio_is_kept_for_its_owner_if_its_client_says_so():
    listening = Listening(Scripted(end=[FOX]), Scripted(end=[FOX]))
    for path in (f"{SHORT}&storeAudio=true", SHORT):
        assert post(listening, path).status_code == 200

    assert [request.is_stored for request, _ in listening.asked] == [True, False]


def test_what_is_wrong_with_short_audio_is_told_as_the_api_tells_it():
    unknown = post(Listening(NotFound("there is no endpoint x")))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "NotFound")

    noise = post(Listening(Scripted()), content=b"no audio", **{"Content-Type": "audio/ogg"})
    assert (noise.status_code, noise.json()["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("audio/wav", b"This is a letter to a friend, and no recording.", "not an audio file"),
        (
            "audio/wav; codecs=audio/pcm; samplerate=16000",
            b"{'error': 'there is no such recording'}",
            "not an audio file",
        ),
        ("audio/x-wav", bytes(range(0x80, 0x100)), "does not begin like WAV"),
        ("audio/wav", b"\0\1", "does not begin like WAV"),
    ],
)
def test_what_is_sent_as_wav_and_is_none_is_refused(kind, content, message):
    refused = post(Listening(Scripted(end=[FOX])), content=content, **{"Content-Type": kind})

    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidRequest")
    assert message in refused.json()["message"]


@pytest.mark.parametrize(
    "kind", ["audio/wav; codecs=audio/pcm; samplerate=16000", "audio/pcm", "application/octet-stream"]
)
def test_sound_without_a_header_is_heard_where_its_type_says_how(kind):
    recognition = Scripted(end=[FOX])

    assert post(Listening(recognition), content=SECOND, **{"Content-Type": kind}).status_code == 200
    assert recognition.samples == 16_000


def test_a_wav_may_have_chunks_of_any_kind_before_its_sound():
    recognition = Scripted(end=[FOX])
    notes = b"LIST" + struct.pack("<I", 5) + b"notes" + b"\0"
    wav = HEADER[:12] + notes + b"junk" + struct.pack("<I", 0) + HEADER[12:] + SECOND

    assert post(Listening(recognition), content=wav).status_code == 200
    assert recognition.samples == 16_000


def test_the_rate_of_sound_without_a_header_stands_in_its_type():
    recognition = Scripted(end=[FOX])

    post(Listening(recognition), content=SECOND, **{"Content-Type": "audio/pcm; samplerate=8000"})

    assert recognition.samples == 32_000
