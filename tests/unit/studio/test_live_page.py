"""A page's WebSocket: who may open it, and what it and the recogniser are told of each other."""

import threading
from contextlib import suppress
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import unix_serve

from lect.api.connections import Connections
from lect.serving.live.wire import LONGEST_MESSAGE, read, write
from lect.speech.audio import SAMPLE_RATE

OWN = {"Origin": "http://testserver"}
SECOND = 10_000_000  # ticks


class Recogniser:
    """Keeps what it is sent; the first of a turn is answered with `answers`, the end of its sound with the end of the turn."""

    def __init__(self, path):
        self.path = path
        self.requests, self.messages, self.answers = [], [], []
        self.closing = None
        self.is_over = threading.Event()

    async def socket(self):
        return self.path

    def take(self, _connection, request):
        self.requests.append(request)

    def hear(self, connection):
        with suppress(ConnectionClosed):
            self._answer(connection)
        self.is_over.set()

    def _answer(self, connection):
        for raw in connection:
            self.messages.append(message := read(raw, longest=LONGEST_MESSAGE))
            for path, body in self.answers:
                connection.send(write(path, message.request_id, body))
            self.answers = []
            if self.closing:
                connection.close(*self.closing)
            if not message.body:
                connection.send(write("turn.end", message.request_id, {}))


@pytest.fixture
def recogniser(tmp_path):
    stub = Recogniser(tmp_path / "r.sock")
    with unix_serve(stub.hear, str(stub.path), process_request=stub.take) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()


@pytest.fixture
def page(app, service, browser, recogniser):
    app.state.service = replace(service, recogniser=recogniser)
    app.state.connections = Connections(2)
    return browser


def answers(socket):
    """All, to the end of the turn."""
    found = [socket.receive_json()]
    while found[-1]["kind"] != "end":
        found.append(socket.receive_json())
    return found


def closed(page, path="/live", **options):
    """How a socket closes on which nothing but a block of sound was sent."""
    with page.websocket_connect(path, headers=OWN, **options) as socket:
        socket.send_bytes(bytes(2))
        with pytest.raises(WebSocketDisconnect) as closing:
            socket.receive_json()
    return closing.value


def test_blocks_of_sound_become_one_turn_that_begins_like_a_wav_file(page, recogniser):
    with page.websocket_connect("/live?locale=de-DE", headers=OWN) as socket:
        socket.send_bytes(b"\x01\x00")
        socket.send_bytes(b"\x02\x00")
        socket.send_bytes(b"")
        assert answers(socket) == [{"kind": "end"}]

    first, second, last = recogniser.messages
    assert {each.path for each in recogniser.messages} == {"audio"}
    assert len({each.request_id for each in recogniser.messages}) == 1
    assert first.body.startswith(b"RIFF")
    assert first.body[24:28] == SAMPLE_RATE.to_bytes(4, "little")
    assert first.body[44:] == b"\x01\x00"
    assert (second.body, last.body) == (b"\x02\x00", b"")


def test_the_endpoint_or_the_language_of_the_page_is_what_the_recogniser_is_asked_for(page, recogniser):
    for path in ("/endpoints/one%26language=x/live", "/live?locale=de-DE%26cid=x"):
        with page.websocket_connect(path, headers=OWN) as socket:
            socket.send_bytes(b"")
            answers(socket)

    asked = [parse_qs(urlsplit(each.path).query) for each in recogniser.requests]
    assert asked == [
        {"cid": ["one&language=x"], "format": ["detailed"]},
        {"language": ["de-DE&cid=x"], "format": ["detailed"]},
    ]


def test_what_is_understood_reaches_the_page_as_partials_and_finals(page, recogniser):
    best = {"Confidence": 0.9, "Display": "Größe <b>."}
    recogniser.answers = [
        ("turn.start", {"context": {"serviceTag": "1", "model": "Orchard"}}),
        ("speech.startDetected", {"Offset": 0}),
        ("speech.hypothesis", {"Text": "größe", "Offset": 0, "Duration": SECOND}),
        ("speech.phrase", {"RecognitionStatus": "Success", "Duration": 3 * SECOND // 2, "NBest": [best]}),
        ("speech.phrase", {"RecognitionStatus": "NoMatch", "Duration": SECOND}),
        ("speech.phrase", {"RecognitionStatus": "NoMatch", "Duration": SECOND, "NBest": []}),
        ("speech.phrase", {"RecognitionStatus": "EndOfDictation", "Duration": 0}),
    ]
    with page.websocket_connect("/live", headers=OWN) as socket:
        socket.send_bytes(bytes(2))
        socket.send_bytes(b"")
        found = answers(socket)

    assert found == [
        {"kind": "start", "model": "Orchard"},
        {"kind": "partial", "text": "größe"},
        {"kind": "final", "text": "Größe <b>.", "confidence": 0.9, "duration": 1.5},
        {"kind": "final", "text": "", "confidence": 0.0, "duration": 1.0},
        {"kind": "final", "text": "", "confidence": 0.0, "duration": 1.0},
        {"kind": "end"},
    ]


def test_texts_of_a_page_do_not_reach_the_recogniser(page, recogniser):
    with page.websocket_connect("/live", headers=OWN) as socket:
        socket.send_text("Path:speech.context\r\nX-RequestId:1\r\n\r\n{}")
        socket.send_bytes(b"")
        answers(socket)

    assert [(each.path, each.body) for each in recogniser.messages] == [("audio", b"")]


def test_sound_of_another_rate_says_so(page, recogniser):
    with page.websocket_connect("/live?rate=48000", headers=OWN) as socket:
        socket.send_bytes(bytes(2))
        socket.send_bytes(b"")
        answers(socket)

    assert recogniser.messages[0].body[24:28] == (48000).to_bytes(4, "little")


@pytest.mark.parametrize("rate", ["", "-1", "9999999", "fast", "\u0661\u0666\u0660\u0660\u0660"])
def test_what_is_no_rate_is_told(page, recogniser, rate):
    closing = closed(page, f"/live?rate={rate}")

    assert (closing.code, closing.reason) == (1007, "rate is not a number of samples a second")
    assert recogniser.requests == []


@pytest.mark.parametrize("path", ["/live", "/endpoints/one/live"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "null"},
        {"Origin": "http://testserver:81"},
        {"Origin": "http://localhost"},
        {"Origin": "http://testserver.example"},
    ],
)
def test_pages_of_other_origins_are_refused_before_anything_is_accepted(page, recogniser, path, headers):
    with pytest.raises((WebSocketDenialResponse, WebSocketDisconnect)) as refused:
        page.websocket_connect(path, headers=headers).__enter__()

    assert getattr(refused.value, "status_code", 403) == 403
    assert getattr(refused.value, "code", 1008) == 1008
    assert recogniser.requests == []


def test_behind_a_proxy_the_address_that_the_server_is_known_by_is_an_origin_of_its_own(
    app, page, service, recogniser
):
    known = service.settings.server.model_copy(update={"address": "https://testserver:8443/speech"})
    settings = service.settings.model_copy(update={"server": known})
    app.state.service = replace(app.state.service, settings=settings)

    with page.websocket_connect("/live", headers={"Origin": "https://testserver:8443"}) as socket:
        socket.send_bytes(b"")
        assert answers(socket) == [{"kind": "end"}]


def test_who_is_signed_out_is_told_so_and_not_heard(page, key, recogniser):
    key()
    closing = closed(page)

    assert (closing.code, closing.reason) == (1007, "You are signed out. Load the page again and sign in.")
    assert recogniser.requests == []


def test_the_recogniser_knows_the_key_that_signed_in_and_its_project(page, key, recogniser):
    made, secret = key(project=None)
    page.sign_in(secret)
    with page.websocket_connect("/live", headers=OWN | {"X-Lect-Key": "other"}) as socket:
        socket.send_bytes(b"")
        answers(socket)

    [request] = recogniser.requests
    assert request.headers["X-Lect-Key"] == made.id
    assert "Cookie" not in request.headers


def test_a_page_and_programs_of_a_key_share_its_connections(app, page, recogniser):
    with page.websocket_connect("/live", headers=OWN), page.websocket_connect("/live", headers=OWN):
        closing = closed(page)

    assert closing.code == 4429
    told = "2 connections of this caller are open, and no more may be at once"
    assert closing.reason == f"{told} (try again in 10 s)"
    assert app.state.connections.callers == 0


def test_why_the_recogniser_closes_reaches_the_page(page, recogniser):
    recogniser.closing = (1007, "there is no endpoint größe")

    closing = closed(page, "/endpoints/none/live")

    assert (closing.code, closing.reason) == recogniser.closing


def test_without_a_recogniser_the_page_is_told(app, service, browser):
    app.state.service = service

    closing = closed(browser)

    assert (closing.code, closing.reason) == (4000, "this server recognises nothing live")


def test_a_page_that_goes_leaves_nothing_behind(page, recogniser):
    with page.websocket_connect("/live", headers=OWN) as socket:
        socket.send_bytes(bytes(2))

    assert recogniser.is_over.wait(10)


def test_programs_are_still_heard_at_every_path_of_theirs(page, recogniser):
    with page.websocket_connect("/any/live/speech/universal/v2") as socket:
        socket.send_bytes(b"\x00\x0bPath: audio")
    assert recogniser.is_over.wait(10)
    assert [each.path for each in recogniser.requests] == ["/any/live/speech/universal/v2"]


@pytest.mark.parametrize("path", ["/microphone", "/endpoints/{world.endpoint.id}"])
def test_pages_name_their_socket_and_screen_readers_hear_finals_alone(browser, world, path):
    text = browser.page(path := path.format(world=world)).text

    live = "/live" if path == "/microphone" else f"{path}/live"
    assert f'data-live="{live}"' in text
    assert '<div class="finals" aria-live="polite">' in text
    assert 'class="partial" dir="auto" aria-hidden="true"' in text
