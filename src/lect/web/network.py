"""Where connections begin: to addresses that were checked, within one span of time.

httpx chooses connections by itself; the layer beneath it, httpcore, lets us make them. So the addresses that the guard has
checked are the ones connected to, with no second look-up between check and use, while the request and its certificate keep the
host's name. The end of the time holds for every wait: for names, connections, headers that come byte by byte, and bodies.
"""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable, Iterable
from queue import Empty, SimpleQueue
from typing import Any

import httpcore

from lect.core.errors import Unreachable
from lect.web.addresses import Guard

Clock = Callable[[], float]  # seconds, from anywhere


class Deadline:
    """When all of something has to be done."""

    def __init__(self, seconds: float, *, clock: Clock = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._end = clock() + seconds

    @property
    def left(self) -> float:
        """Seconds until then; never negative."""
        return max(self._end - self._clock(), 0.0)

    def within(self, seconds: float | None) -> float:
        """A wait that does not outlast it, seconds.

        Raises:
            Unreachable: there is no time left.
        """
        left = self.left
        if not left:
            raise self.exceeded()
        return left if seconds is None else min(seconds, left)

    def exceeded(self) -> Unreachable:
        """The error that tells so."""
        return Unreachable(f"it took longer than {self.seconds:g} s", hint="Try again later.", is_late=True)


class GuardedNetwork(httpcore.NetworkBackend):
    """Connects to what the guard lets pass, and to nothing else."""

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        self._guard = guard
        self._deadline = deadline
        self._network = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of a host that takes one."""
        error: Exception | None = None
        for address in self._addresses(host, port, self._deadline.within(timeout)):
            try:
                stream = self._network.connect_tcp(
                    address, port, self._deadline.within(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _TimedStream(stream, self._deadline)
        raise error or Unreachable(f"{host}: it has no address")

    def _addresses(self, host: str, port: int, seconds: float) -> list[str]:
        """Look a name up in a thread of its own: the system's look-up takes no time limit."""
        answers = SimpleQueue[list[str] | Exception]()

        def look_up() -> None:
            try:
                answers.put(self._guard.addresses(host, port))
            except Exception as error:
                answers.put(error)

        threading.Thread(target=look_up, daemon=True, name="look-up").start()
        try:
            answer = answers.get(timeout=seconds)
        except Empty:
            raise httpcore.ConnectTimeout from None
        if isinstance(answer, Exception):
            raise answer
        return answer


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def explain(error: Exception, deadline: Deadline) -> Unreachable | None:
    """What went wrong with a connection; None: something else did."""
    if isinstance(error, httpcore.TimeoutException):
        return deadline.exceeded() if not deadline.left else Unreachable("it did not answer in time")
    if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError):
        return Unreachable(str(error) or "the connection broke")
    return None
