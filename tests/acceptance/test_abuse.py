"""Clients that mean no good, or are broken: they are let go or held back, in bounded memory, and others are answered."""

from __future__ import annotations

import base64
import os
import select
import socket
import struct
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from lect.client import Client
from lect.serving.live.closing import BUSY
from live_clients import CONVERSATION, HEADER, answer, context, sound
from live_turns import PATIENCE, connected, memory_of, processes_of, recordings
from servers import LOCALE, base_of, serving

IDLE = 200
STREAMS = 8  # that are heard at once
TEXT, BINARY, CLOSE, PING, CONT = 1, 2, 8, 9, 0
GROWTH = 100 << 20  # bytes that the server may grow by
CLEAR = 0.5  # seconds without a byte taken that show that a client is held back
TEN_HOURS = 10 * 3600 * 32_000  # bytes

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="only Linux tells the memory so"
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def address(data, tiny_en):
    limits = {"LECT_LIVE_STREAMS": str(STREAMS), "LECT_LIVE_SILENT_SECONDS": "1"}
    with serving(data, **limits) as address:
        yield address


@pytest.fixture(scope="module")
def endpoint(address):
    """The id of an endpoint that answers, and has."""
    with Client(address) as client:
        made = client.endpoints.create(display_name="e", locale=LOCALE, model=base_of(client))
        id = client.endpoints.wait(made, timeout=PATIENCE).id
    with connected(address, cid=id) as live:
        live.turn(recordings(1)[0])
    return id


@pytest.fixture
def is_well(address, endpoint):
    """Asks whether a good client is answered. On a slow machine it may be told to come again, and does."""

    def ask():
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                with connected(address, cid=endpoint) as live:
                    return "lunch" in live.turn(recordings(1)[0]).text
            except ConnectionClosed as closed:
                if closed.rcvd is None or closed.rcvd.code != BUSY:
                    raise
            time.sleep(1)
        return False

    return ask


@pytest.fixture
def bounded(data, endpoint):
    """Makes sure that the memory of the server stays bounded during a test; to be called in between, too."""
    modules = ("lect.server.api", "lect.server.recogniser")
    pids = [pid for module in modules for pid in processes_of(data, module)]
    assert len(pids) == 2
    before = {pid: memory_of(pid) for pid in pids}

    def check():
        for pid in pids:
            assert memory_of(pid) < before[pid] + GROWTH

    yield check
    check()


class Raw:
    """A WebSocket whose frames a test makes itself."""

    def __init__(self, address, query=""):
        host, port = address.removeprefix("http://").split(":")
        self.socket = socket.create_connection((host, int(port)), PATIENCE)
        self.left = b""
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {CONVERSATION}?{query} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        while b"\r\n\r\n" not in self.left:
            self.left += self.socket.recv(4096)
        head, _, self.left = self.left.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head

    def send(self, *frames):
        self.socket.sendall(b"".join(frames))

    def receive(self):
        """(opcode, payload) of the next frame that is no ping."""
        while True:
            first, second = self._take(2)
            size = second & 127
            if size >= 126:
                (size,) = struct.unpack(">H" if size == 126 else ">Q", self._take(2 if size == 126 else 8))
            payload = self._take(size)
            if first & 15 != PING:
                return first & 15, payload

    def closed(self):
        """The code with which the server closes, after whatever it says before."""
        while True:
            opcode, payload = self.receive()
            if opcode == CLOSE:
                return struct.unpack(">H", payload[:2])[0]

    def _take(self, count):
        while len(self.left) < count:
            more = self.socket.recv(65536)
            assert more, "the server went without a word"
            self.left += more
        taken, self.left = self.left[:count], self.left[count:]
        return taken


@contextmanager
def raw(address, query=""):
    one = Raw(address, query)
    try:
        yield one
    finally:
        one.socket.close()


def frame(payload, opcode=BINARY, *, is_last=True, flags=0, size=None):
    """A frame as clients send it; `size` is what it says of itself. Masked with zeros, which change nothing."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size = len(payload) if size is None else size
    length = bytes([128 | size]) if size < 126 else bytes([128 | 127]) + struct.pack(">Q", size)
    return bytes([(128 if is_last else 0) | flags | opcode]) + length + bytes(4) + payload


def goes_on_sending(one, data, *, seconds):
    """How many bytes a client gets rid of who sends the same as fast as it can and reads nothing, until it is held back."""
    one.setblocking(False)
    view, at, sent = memoryview(data), 0, 0
    until, moved = time.monotonic() + seconds, time.monotonic()
    while time.monotonic() < min(until, moved + CLEAR * 4):
        if not select.select([], [one], [], CLEAR)[1]:
            continue
        count = one.send(view[at:])
        at, sent, moved = (at + count) % len(data), sent + count, time.monotonic()
    return sent


def is_let_go(one, *, seconds):
    """Whether the server breaks a connection off from which nothing is read."""
    poll = select.poll()
    poll.register(one, select.POLLRDHUP)
    return bool(poll.poll(seconds * 1000))


def test_idle_sockets_keep_nobody_out(address, endpoint, is_well, bounded):
    with ExitStack() as stack:
        for number in range(IDLE):
            one = stack.enter_context(raw(address, f"cid={endpoint}"))
            if number % 2:
                one.send(frame("Path:speech.config\r\n\r\n{}", TEXT))
        assert is_well()
        bounded()
    assert is_well()


def test_turns_without_sound_keep_nobody_out(address, endpoint, is_well):
    with ExitStack() as stack:
        silent = [stack.enter_context(raw(address, f"cid={endpoint}")) for _ in range(STREAMS)]
        for one in silent:
            one.send(frame(context(), TEXT), frame(sound(HEADER)))
            assert answer(one.receive()[1].decode())[0] == "turn.start"
        assert is_well()
        told = [one for one in silent if select.select([one.socket], [], [], 0)[0]]
        assert told, "a place was free"
        assert {one.closed() for one in told} == {BUSY}


def test_heads_that_do_not_end_keep_nobody_out(address, is_well, bounded):
    host, port = address.removeprefix("http://").split(":")
    with ExitStack() as stack:
        for number in range(IDLE):
            one = stack.enter_context(socket.create_connection((host, int(port)), PATIENCE))
            one.sendall(f"GET {CONVERSATION} HTTP/1.1\r\nHost: ".encode()[: number % 60])
        assert is_well()
        bounded()


def test_a_head_is_not_taken_without_end(address, is_well, bounded):
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), PATIENCE) as one, pytest.raises(OSError):
        one.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: ")
        for _ in range(1000):
            one.sendall(b"a" * 65536)
            bounded()
    assert is_well()


def test_frames_of_one_byte_are_put_together(address, endpoint, bounded):
    begin = context().encode()
    with raw(address, f"cid={endpoint}") as one:
        one.send(frame(begin[:1], TEXT, is_last=False))
        one.send(*(frame(begin[at : at + 1], CONT, is_last=False) for at in range(1, len(begin))))
        one.send(frame(b"", CONT))
        assert answer(one.receive()[1].decode())[0] == "turn.start"
        one.send(frame(sound(HEADER)), *(frame(sound(b"\1")) for _ in range(3200)), frame(sound(b"")))
        path, body = "", {}
        while path != "turn.end":
            path, _, last = answer(one.receive()[1].decode())
            body = last if path == "speech.phrase" else body

    assert body["Offset"] == 1_000_000  # a tenth of a second


@pytest.mark.parametrize("fragment", [b"", b"a"])
def test_a_message_of_fragments_without_end_is_refused(address, is_well, bounded, fragment):
    with raw(address) as one:
        one.send(frame(b"a", is_last=False))
        with pytest.raises(OSError):
            for _ in range(100):
                one.send(frame(fragment, CONT, is_last=False) * 10_000)
    assert is_well()


@pytest.mark.parametrize("size", [5 << 20, 1 << 40])
def test_a_giant_frame_is_refused_by_what_it_says(address, bounded, size):
    with raw(address) as one:
        one.send(frame(b"some of it", size=size))

        assert one.closed() == 1009


def test_messages_that_never_become_whole_are_bounded_in_all(address, is_well, bounded):
    begun = frame(bytes(3 << 20), size=4 << 20)
    with ExitStack() as stack:
        every = {}
        for _ in range(IDLE // 4):
            one = stack.enter_context(raw(address))
            with suppress(OSError):  # it may be refused while it is being sent
                one.send(begun)
            every[one.socket] = one
        bounded()
        refused, _, _ = select.select([*every], [], [], 5)  # those that have sent most, whenever they came
        assert refused
        assert every[refused[0]].closed() == BUSY
        assert is_well()
    assert is_well()


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([frame(b"\0")], 1007),  # binary without headers
        ([frame(b"")], 1007),
        ([frame(b"\xff\xff" + bytes(100))], 1007),  # headers that are longer than the message
        ([frame(b"\xff\xfe", TEXT)], 1007),  # no UTF-8
        ([frame(b"a", flags=64)], 1002),  # compressed, which was not agreed on: no bomb is blown up
        ([frame(b"a", 3)], 1002),  # an opcode that there is not
        ([frame(b"a", CONT)], 1002),  # goes on with nothing
    ],
)
def test_what_is_no_message_is_refused_with_a_code(address, frames, code):
    with raw(address) as one:
        one.send(*frames)

        assert one.closed() == code


def test_pings_whose_answers_nobody_reads_end_the_connection(address, is_well, bounded):
    with raw(address) as one:
        one.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with pytest.raises(OSError):
            for _ in range(2000):
                one.send(frame(b"p" * 125, PING) * 500)
                bounded()
    assert is_well()


def test_who_sends_faster_than_is_heard_is_held_back(address, endpoint, is_well, bounded):
    pcm = b"".join(recordings(3))
    messages = b"".join(frame(sound(pcm[at : at + 32_000])) for at in range(0, len(pcm), 32_000))
    with raw(address, f"cid={endpoint}") as one:
        one.send(frame(context(), TEXT), frame(sound(HEADER)))
        sent = goes_on_sending(one.socket, messages, seconds=10)
        bounded()

        assert sent < TEN_HOURS / 4
        assert is_well()
    assert is_well()


def test_long_messages_of_a_telephone_are_held_back_before_they_are_decoded(
    address, endpoint, is_well, bounded
):
    """Each byte becomes eight."""
    telephone = HEADER[:20] + struct.pack("<HHIIHH", 7, 1, 8_000, 8_000, 1, 8) + HEADER[36:]
    with ExitStack() as stack:
        for _ in range(STREAMS // 2):
            one = stack.enter_context(raw(address, f"cid={endpoint}"))
            one.send(frame(context(), TEXT), frame(sound(telephone)))
            goes_on_sending(one.socket, frame(sound(bytes(4_190_000))), seconds=10)
            bounded()
    assert is_well()


def test_a_recording_without_end_is_refused(address, endpoint, bounded):
    pcm = b"".join(recordings(3))

    def body():
        for _ in range(1000):
            yield pcm

    try:
        response = httpx.post(
            f"{address}{CONVERSATION}?cid={endpoint}",
            content=body(),
            headers={"Content-Type": "audio/pcm"},
            timeout=PATIENCE,
        )
    except httpx.WriteError:
        return  # it was answered, and broken off, while it was being sent
    assert response.status_code == 413


@pytest.mark.long
def test_a_head_that_does_not_come_is_not_waited_for(address):
    host, port = address.removeprefix("http://").split(":")
    for begun in (b"", b"GET / HTTP/1.1\r\nHo"):
        with socket.create_connection((host, int(port)), PATIENCE) as one:
            one.sendall(begun)
            assert is_let_go(one, seconds=40)


@pytest.mark.long
def test_who_never_reads_is_let_go(address, endpoint, bounded):
    with raw(address, f"cid={endpoint}") as one:
        one.send(frame(context(), TEXT), frame(sound(HEADER + bytes(32_000))))
        assert is_let_go(one.socket, seconds=200)
