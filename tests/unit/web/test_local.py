"""Requests to another process of this machine."""

import asyncio
import socket
import threading

import pytest

from lect.core.errors import Unreachable
from lect.web.local import pass_on


async def pieces(*content):
    for piece in content:
        yield piece


def ask(path, *content):
    return asyncio.run(
        pass_on(path, target="/a?b=c", headers={"Content-Type": "audio/wav"}, body=pieces(*content))
    )


@pytest.fixture
def other(tmp_path):
    """other(answer) -> (path, list of what was received) of a process that answers so."""
    threads = []

    def start(answer):
        path, received = tmp_path / "s", []
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(path))
        listening.listen()

        def serve():
            with listening, listening.accept()[0] as connection:
                taken = b""
                while not taken.endswith(b"0\r\n\r\n"):
                    taken += connection.recv(65536)
                received.append(taken)
                connection.sendall(answer)

        threads.append(threading.Thread(target=serve))
        threads[0].start()
        return path, received

    yield start
    for thread in threads:
        thread.join()


def test_the_body_is_passed_on_piece_by_piece_and_the_answer_comes_back(other):
    answer = b"HTTP/1.1 404 Not Found\r\nContent-Type: a/b\r\nServer: s\r\nX-Lect-Model: m\r\nContent-Length: 2\r\n\r\n{}"
    path, received = other(answer)

    got = ask(path, b"one", b"two!")

    assert (got.status, got.body) == (404, b"{}")
    assert got.headers == {"content-type": "a/b", "x-lect-model": "m"}
    assert received[0].startswith(b"POST /a?b=c HTTP/1.1\r\n")
    assert received[0].endswith(b"3\r\none\r\n4\r\ntwo!\r\n0\r\n\r\n")


def test_a_process_that_is_not_there_cannot_be_reached(tmp_path):
    with pytest.raises(Unreachable):
        ask(tmp_path / "none", b"one")


def test_a_process_that_dies_before_its_answer_is_not_an_answer(other):
    path, _ = other(b"")

    with pytest.raises(Unreachable):
        ask(path, b"one")
