"""How the API starts the recogniser, and starts it again. What runs here in its place says its number to whoever connects."""

import asyncio
import os
import signal
import socket
import subprocess
import sys

import pytest

from lect.core.errors import Unreachable
from lect.server.recogniser_process import RecogniserProcess
from lect.settings import Settings

PATIENCE = 60.0  # seconds
SPEAKING = """
import os, socket, sys
listening = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listening.accept()
    connection.sendall(str(os.getpid()).encode())
    connection.close()
"""
ENDING = "import sys; sys.exit(1)"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def process(clock, program=SPEAKING):
    return RecogniserProcess(os.environ, command=[sys.executable, "-c", program], clock=clock)


def who_listens(path):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(path))
        return int(connection.recv(100))


def test_nothing_of_the_folder_that_the_server_works_in_is_touched(clock, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "none").write_text("somebody's")

    with process(clock) as recogniser:
        asyncio.run(recogniser.socket())

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("none", "somebody's")]


def test_it_is_started_once_when_it_is_needed_and_ends_when_it_is_closed(clock):
    with process(clock) as recogniser:
        assert recogniser.pid is None
        path = asyncio.run(recogniser.socket())
        assert asyncio.run(recogniser.socket()) == path
        assert who_listens(path) == recogniser.pid
        assert path.parent.stat().st_mode & 0o777 == 0o700

    assert not path.parent.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(recogniser.pid, 0)


def test_one_that_died_is_started_again_when_it_is_next_needed(clock):
    with process(clock) as recogniser:
        first = who_listens(asyncio.run(recogniser.socket()))
        os.kill(first, signal.SIGKILL)
        os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
        clock.now += 10

        assert who_listens(asyncio.run(recogniser.socket())) == recogniser.pid != first


def test_one_that_dies_at_once_is_not_started_for_each_request(clock):
    with process(clock, ENDING) as recogniser:
        asyncio.run(recogniser.socket())
        os.waitid(os.P_PID, recogniser.pid, os.WEXITED | os.WNOWAIT)

        with pytest.raises(Unreachable):
            asyncio.run(recogniser.socket())


def test_one_that_cannot_be_started_is_told(clock):
    with (
        RecogniserProcess(os.environ, command=["/no/such/program"], clock=clock) as recogniser,
        pytest.raises(Unreachable),
    ):
        asyncio.run(recogniser.socket())


def test_the_recogniser_ends_with_whoever_started_it(tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        listening.listen()
        recogniser = subprocess.Popen(
            [sys.executable, "-m", "lect.server.recogniser", str(listening.fileno())],
            env=Settings(data=tmp_path).environment,
            pass_fds=[listening.fileno()],
            stdin=subprocess.PIPE,
        )
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "s"))
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: r\r\nConnection: close\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 OK")

        recogniser.stdin.close()

        assert recogniser.wait(PATIENCE) in {0, -signal.SIGTERM}
