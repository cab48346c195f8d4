"""Clients that do not come to an end, as the protocols of the server see them: bytes in, and whether the connection lasts."""

from __future__ import annotations

import asyncio

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from lect.server import sockets
from lect.server.sockets import FRAGMENTS, HEAD_BYTES, LONG_BYTES, UNREAD_BYTES, Requests, WebSockets

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
PING = b"\x89\x80" + bytes(4)
BEGINNING, FRAGMENT = b"\x02\x80" + bytes(4), b"\x00\x80" + bytes(4)


class Wire(asyncio.Transport):
    """Stands for a connection."""

    def __init__(self):
        super().__init__()
        self.written, self.ended, self.unread = b"", None, 0

    def write(self, data):
        self.written += data

    def get_write_buffer_size(self):
        return self.unread

    def abort(self):
        self.ended = self.ended or "aborted"

    def close(self):
        self.ended = self.ended or "closed"

    def is_closing(self):
        return self.ended is not None

    def set_protocol(self, protocol):
        self.protocol = protocol

    def pause_reading(self):
        pass

    def resume_reading(self):
        pass


async def app(scope, receive, send):
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await asyncio.Event().wait()
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


class Loop:
    """An event loop that a test drives, with a protocol and its connection."""

    def __init__(self, kind, state=None):
        self.loop = asyncio.new_event_loop()
        config = Config(app, http=Requests, ws=WebSockets, ws_per_message_deflate=False, log_config=None)
        config.load()
        self.wire = Wire()
        self.protocol = self._in_loop(lambda: kind(config, state or ServerState(), {}, self.loop))
        self._in_loop(lambda: self.protocol.connection_made(self.wire))

    def send(self, data):
        self._in_loop(lambda: self.protocol.data_received(data))

    def call(self, act):
        return self._in_loop(act)

    def close(self):
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self._in_loop(lambda: None)
        self.loop.close()

    def _in_loop(self, act):
        async def go():
            made = act()
            for _ in range(10):
                await asyncio.sleep(0)
            return made

        return self.loop.run_until_complete(go())


@pytest.fixture
def http():
    loop = Loop(Requests)
    yield loop
    loop.close()


@pytest.fixture
def socket():
    loop = opened()
    yield loop
    loop.close()


def opened(state=None):
    loop = Loop(WebSockets, state)
    loop.send(HANDSHAKE)
    assert b" 101 " in loop.wire.written
    return loop


def deadline(http):
    return http.protocol._deadline


@pytest.mark.parametrize("begun", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_is_not_whole_has_a_deadline_with_which_the_connection_ends(http, begun):
    http.send(begun)

    assert deadline(http)._callback == http.wire.abort


def test_a_request_that_is_whole_has_none(http):
    http.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")

    assert deadline(http) is None
    assert http.wire.written.startswith(b"HTTP/1.1 200")


def test_a_body_that_is_on_its_way_has_none(http):
    http.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab")
    http.send(b"cd")

    assert deadline(http) is None


@pytest.mark.parametrize("begun", [b"\r\n", b"G"])
def test_the_next_request_of_a_connection_has_one_too(http, begun):
    http.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    http.send(begun)

    assert deadline(http) is not None


def test_a_websocket_whose_handshake_is_whole_has_none(http):
    http.send(HANDSHAKE)

    assert deadline(http) is None
    assert isinstance(http.wire.protocol, WebSockets)


def test_a_head_is_bounded_however_it_is_cut(http):
    http.send(b"GET / HTTP/1.1\r\nX: ")
    for _ in range(HEAD_BYTES // 1024):
        http.send(b"a" * 1024)

    assert http.wire.ended == "aborted"


def test_trailers_are_bounded_too(http):
    http.send(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n")
    for _ in range(2 * HEAD_BYTES // 1024):
        if http.wire.ended is None:
            http.send(b"X: " + b"a" * 1024 + b"\r\n")

    assert http.wire.ended is not None


def test_a_message_of_many_fragments_is_taken_and_one_without_end_is_not(socket):
    socket.send(BEGINNING + FRAGMENT * (FRAGMENTS - 1))
    assert socket.wire.ended is None

    socket.send(FRAGMENT * 10)
    assert socket.wire.ended == "closed"
    assert (1009).to_bytes(2, "big") + b"A message has too many fragments" in socket.wire.written


def test_pings_are_answered_until_answers_pile_up(socket):
    socket.send(PING)
    assert socket.wire.written.endswith(b"\x8a\x00")

    socket.wire.unread = UNREAD_BYTES + 1
    socket.send(PING)
    assert socket.wire.ended == "aborted"


def test_who_answers_no_ping_is_let_go_if_nothing_else_comes_either(socket):
    protocol = socket.protocol
    protocol.ping_sent_at = socket.loop.time()
    socket.send(PING)
    socket.call(protocol.keepalive_timeout)
    assert socket.wire.ended is None
    assert protocol.ping_timer is not None

    protocol.ping_sent_at = socket.loop.time()
    socket.call(protocol.keepalive_timeout)
    assert socket.wire.ended == "closed"


def test_who_sent_more_than_was_read_yet_is_not_asked_for_an_answer(socket):
    protocol = socket.protocol
    protocol.read_paused, protocol.ping_sent_at = True, socket.loop.time()
    socket.call(protocol.keepalive_timeout)

    assert socket.wire.ended is None


def frame(size, opcode=2):
    """The head of a frame that is whole with so many bytes more."""
    return bytes([opcode, 0xFF]) + size.to_bytes(8, "big") + bytes(4)


@pytest.fixture
def no_time(monkeypatch):
    """A message may take no time at all."""
    monkeypatch.setattr(sockets, "MESSAGE_SECONDS", 0.0)


@pytest.mark.parametrize("begun", [b"\x02", frame(100) + b"some", BEGINNING, BEGINNING + FRAGMENT * 3])
def test_a_message_that_does_not_come_to_its_end_has_a_deadline(socket, monkeypatch, begun):
    socket.send(begun)
    socket.call(socket.protocol.require_end)  # there is still time
    assert socket.protocol._deadline is not None
    assert not socket.wire.ended

    monkeypatch.setattr(sockets, "MESSAGE_SECONDS", 0.0)
    socket.call(socket.protocol.require_end)
    assert socket.wire.ended == "closed"
    assert (1007).to_bytes(2, "big") + b"A message was not whole" in socket.wire.written


def test_the_deadline_of_a_message_comes_by_itself(socket, no_time):
    socket.send(BEGINNING)

    assert socket.wire.ended == "closed"


def test_a_message_that_came_to_its_end_has_no_deadline_and_neither_has_silence(socket, no_time):
    socket.send(frame(4, 0x82) + b"done" + PING)
    socket.call(socket.protocol.require_end)

    assert not socket.wire.ended


def test_a_message_behind_one_that_is_not_taken_yet_has_its_time_from_when_that_is(socket, no_time):
    protocol = socket.protocol
    socket.send(frame(4, 0x82) + b"done" + BEGINNING)
    assert protocol.read_paused
    assert not socket.wire.ended

    begun = protocol._begun
    socket.loop.run_until_complete(protocol.receive())
    assert protocol._begun > begun
    socket.call(protocol.require_end)
    assert socket.wire.ended == "closed"


@pytest.fixture
def three(monkeypatch):
    """Connections of one server, which may have begun to send three times as much as one may always."""
    monkeypatch.setattr(sockets, "UNFINISHED_BYTES", 3 * LONG_BYTES)
    state = ServerState()
    loops = [opened(state) for _ in range(3)]
    yield loops
    for loop in loops:
        loop.close()


@pytest.mark.parametrize(
    "begun",
    [frame(1 << 20), frame(LONG_BYTES) + bytes(LONG_BYTES) + frame(1 << 20, 0)],
    ids=["a frame", "fragments"],
)
def test_long_messages_that_are_not_whole_are_bounded_over_all_connections(three, begun):
    first, second, third = three
    first.send(begun + bytes(2 * LONG_BYTES - (len(begun) - 14)))
    second.send(frame(1 << 20) + bytes(LONG_BYTES - 100))
    assert not first.wire.ended and not second.wire.ended

    third.send(frame(1 << 20) + bytes(LONG_BYTES + 1))
    assert first.wire.ended == "closed"  # which has sent most
    assert (4429).to_bytes(2, "big") + b"Too many long messages are being sent at once" in first.wire.written
    assert not second.wire.ended and not third.wire.ended


def test_a_short_message_is_taken_whatever_others_have_begun(three):
    first, second, third = three
    first.send(frame(1 << 20) + bytes(2 * LONG_BYTES))
    second.send(frame(1 << 20) + bytes(LONG_BYTES - 100))
    third.send(frame(1 << 20) + bytes(LONG_BYTES - 100))

    assert not any(loop.wire.ended for loop in three)


def test_what_has_become_whole_counts_no_more(three):
    first, second, _ = three
    for size in (LONG_BYTES, LONG_BYTES // 2):
        first.send(frame(size) + bytes(size) + frame(size, 0x80) + bytes(size))
        first.send(frame(size, 0x82) + bytes(size))
    assert first.protocol.unfinished == 0

    second.send(frame(1 << 20) + bytes(2 * LONG_BYTES))
    assert not second.wire.ended
