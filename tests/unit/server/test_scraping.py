"""The metrics of another process are read over its socket, or it is said that they are not there."""

import socket
import threading

import pytest

from lect.server.scraping import LIMIT, scrape


@pytest.fixture
def answer(tmp_path):
    """answer(bytes) -> the path of a socket on which the next one who asks gets them."""
    servers = []

    def listen(data):
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(path := tmp_path / "s"))
        server.listen()

        def serve():
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(data)

        thread = threading.Thread(target=serve)
        thread.start()
        servers.append((server, thread))
        return path

    yield listen
    for server, thread in servers:
        thread.join()
        server.close()


def http(body, status="200 OK"):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status.encode(), len(body), body)


def test_what_is_answered_is_given(answer):
    assert scrape(answer(http(b"lect_live_streams 1.0\n"))) == b"lect_live_streams 1.0\n"


@pytest.mark.parametrize("data", [http(b"no", "500 Error"), b"\0\0\0", b"", http(b"x" * 10)[:-5]])
def test_what_are_no_metrics_is_an_error(answer, data):
    with pytest.raises(OSError):
        scrape(answer(data))


def test_nobody_there_is_an_error(tmp_path):
    with pytest.raises(OSError):
        scrape(tmp_path / "none")


def test_who_says_nothing_is_not_waited_for(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path := tmp_path / "s"))
        server.listen()
        with pytest.raises(OSError, match="Timeout"):
            scrape(path, seconds=0.05)


def test_an_endless_answer_is_cut(answer, monkeypatch):
    monkeypatch.setattr("lect.server.scraping.LIMIT", 100)
    with pytest.raises(OSError, match="no metrics"):
        scrape(answer(http(b"x" * 200)))
    assert LIMIT >= 1 << 20
