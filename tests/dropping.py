"""A way to a server that breaks: what clients do when their connection is lost."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress


class Dropping:
    """A way to the server that breaks the first connection after some seconds."""

    def __init__(self, address, *, after):
        self._target = int(address.rpartition(":")[2])
        self._after = after
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listening.getsockname()[1]}"
        self.connections = 0

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listening.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self._target))
            if self.connections == 1:
                threading.Timer(self._after, _reset, [client, server]).start()
            threading.Thread(target=_pass_on, args=(client, server), daemon=True).start()


def _pass_on(client, server):
    """Both ways, until both have ended."""
    with client, server:
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()


def _pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def _reset(*sockets):
    for each in sockets:
        with suppress(OSError):  # it may have gone by itself
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            each.shutdown(socket.SHUT_RDWR)
        each.close()
