"""A real HTTP server on loopback that does as it is told, and fetchers that may ask it."""

from __future__ import annotations

import socket
import threading

from lect.settings import Fetch
from lect.web.addresses import Guard
from lect.web.fetching import Fetcher

HOST = "files.test"  # leads to loopback wherever a test needs a name


class Receiver:
    """Takes connections; what it does with one is a function of the test, on bare bytes."""

    def __init__(self, answer, tls=None):
        self.answer = answer  # (connection, head, body) -> None
        self.heads = []
        self.bodies = []
        self._tls = tls
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self.stopped = threading.Event()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def url(self, target="/file", *, host="127.0.0.1", scheme="http"):
        return f"{scheme}://{host}:{self.port}{target}"

    @property
    def targets(self):
        return [head.split(" ")[1] for head in self.heads]

    def headers(self, number=0):
        lines = self.heads[number].split("\r\n")[1:]
        return {key.lower(): value for key, value in (line.split(": ", 1) for line in lines if line)}

    def close(self):
        self.stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._connections:
            connection.close()
        for thread in self._threads:
            thread.join()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=[connection], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection):
        try:
            with self._tls.wrap_socket(connection, server_side=True) if self._tls else connection as peer:
                self._connections.append(peer)
                head, body = read(peer)
                self.heads.append(head)
                self.bodies.append(body)
                self.answer(peer, head, body)
        except OSError:
            pass  # whoever asked has gone, or TLS was not to its taste


def read(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        if not (block := connection.recv(65536)):
            raise ConnectionError
        data += block
    head, _, body = data.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    sizes = [
        int(line.split(":")[1]) for line in text.split("\r\n") if line.lower().startswith("content-length:")
    ]
    while len(body) < sum(sizes):
        body += connection.recv(65536)
    return text, body


def response(body=b"", status="200 OK", **headers):
    """A function that answers so, whatever is asked."""
    named = {
        "Content-Length": str(len(body)),
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    head = "".join(f"{key}: {value}\r\n" for key, value in named.items() if value is not None)
    whole = f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body
    return lambda connection, head, request: connection.sendall(whole)


def in_turn(*answers):
    """Answers one after the other; the last one again and again."""
    left = list(answers)
    lock = threading.Lock()

    def answer(connection, head, body):
        with lock:
            now = left.pop(0) if len(left) > 1 else left[0]
        now(connection, head, body)

    return answer


def fetching(pauses=None, *, guard=None, **options):
    """A fetcher that may ask loopback and does not sleep."""
    options = {"private_addresses": ("127.0.0.0/8",), "idle_seconds": 5.0, "seconds": 20.0} | options
    settings = Fetch(**options)
    guard = guard or Guard.allowing(settings.private_addresses, resolve=resolve)
    noted = pauses if pauses is not None else []
    return Fetcher(
        settings, guard=guard, sleep=lambda seconds, _check: noted.append(seconds), jitter=lambda: 1.0
    )


def resolve(host, port):
    """No test asks a name server."""
    return ["127.0.0.1"] if host.endswith(".test") else [host]
