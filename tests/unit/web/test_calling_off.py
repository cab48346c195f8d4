"""Whoever waits for another server can be called off, whatever that server does or does not do."""

import io
import threading
from contextlib import suppress

import pytest

from lect.core.errors import JobCancelled
from lect.web.addresses import Guard
from lect.web.fetching import rest
from receivers import HOST, fetching, response

PATIENCE = 60.0  # seconds; what is called off takes far less


def fetched(fetcher, url, check):
    file = io.BytesIO()
    fetcher.fetch(url, file, limit=1 << 20, check=check)
    return file.getvalue()


class Cancel:
    """A question whether something is still wanted, which it is not from some moment on."""

    def __init__(self):
        self.now = threading.Event()

    def __call__(self):
        if self.now.is_set():
            raise JobCancelled


@pytest.fixture
def cancel():
    return Cancel()


@pytest.fixture
def gone():
    """Is set when the other server has seen the end of the connection."""
    return threading.Event()


@pytest.mark.parametrize(
    "start", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"]
)
def test_who_waits_for_a_silent_server_can_be_called_off(serve, cancel, gone, start):
    def silent(connection, head, body):
        connection.sendall(start)
        cancel.now.set()
        with suppress(ConnectionError):  # what was sent and not read makes the end a rude one
            assert connection.recv(1) == b""
        gone.set()

    fetcher = fetching(idle_seconds=PATIENCE, seconds=PATIENCE)
    with pytest.raises(JobCancelled):
        fetched(fetcher, serve(silent).url(), cancel)
    assert gone.wait(PATIENCE)


def test_who_waits_for_a_name_server_can_be_called_off(cancel):
    answer = threading.Event()

    def resolve(host, port):
        cancel.now.set()
        answer.wait(PATIENCE)
        return ["127.0.0.1"]

    guard = Guard.allowing(("127.0.0.0/8",), resolve=resolve)
    with pytest.raises(JobCancelled):
        fetched(fetching(guard=guard, seconds=PATIENCE), f"http://{HOST}/x", cancel)
    answer.set()


def test_who_waits_for_a_handshake_can_be_called_off(serve, cancel, gone, monkeypatch):
    """The server takes the connection and says nothing: TLS has no words for that."""

    def silent(connection, head, body):
        raise AssertionError("nobody says hello so")

    def read(connection):
        assert connection.recv(5)
        cancel.now.set()
        while connection.recv(4096):
            pass
        gone.set()
        raise ConnectionError

    monkeypatch.setattr("receivers.read", read)
    fetcher = fetching(idle_seconds=2.0, seconds=PATIENCE)
    with pytest.raises(JobCancelled):
        fetched(fetcher, serve(silent).url(scheme="https"), cancel)
    assert gone.wait(PATIENCE)


def test_who_waits_to_be_rid_of_bytes_can_be_called_off(serve, cancel, gone):
    """The server reads the head alone; soon the connection takes no more."""

    def deaf(connection, head, body):
        gone.wait(PATIENCE)

    def endless():
        while True:
            yield bytes(1 << 20)

    threading.Timer(0.2, cancel.now.set).start()
    fetcher = fetching(idle_seconds=PATIENCE)
    with pytest.raises(JobCancelled):
        fetcher.send(
            "PUT", serve(deaf).url(), headers={"Content-Length": str(1 << 40)}, body=endless(), check=cancel
        )
    gone.set()


def test_a_pause_can_be_called_off(cancel):
    asked = []

    def check():
        asked.append(True)
        if len(asked) > 1:
            raise JobCancelled

    with pytest.raises(JobCancelled):
        rest(PATIENCE, check)


def test_a_long_wait_is_no_shorter_in_slices(serve, cancel, monkeypatch):
    """Whoever answers after several slices, and before the whole wait is over, is heard."""
    monkeypatch.setattr("lect.web.network.SLICE", 0.001)

    def late(connection, head, body):
        asked.wait(PATIENCE)
        response(b"late")(connection, head, body)

    asked, questions = threading.Event(), []

    def check():
        questions.append(True)
        if len(questions) > 20:
            asked.set()

    assert fetched(fetching(), serve(late).url(), check) == b"late"
