"""Where connections begin: to addresses that were checked, within one span of time.

httpx chooses connections by itself; the layer beneath it, httpcore, lets us make them. So the addresses that the guard has
checked are the ones connected to, with no second look-up between check and use, while the request and its certificate keep the
host's name. The end of the time holds for every wait: for names, connections, headers that come byte by byte, and bodies. So
does the question whether the answer is still wanted: it is asked several times a second, however long nothing comes.
"""

from __future__ import annotations

import select
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

import httpcore

from lect.core.errors import Unreachable
from lect.web.addresses import Guard

Clock = Callable[[], float]  # seconds, from anywhere
Check = Callable[[], None]  # raises what ends the waiting, if that is no longer wanted

SLICE = 0.25  # of a wait, after which the question is asked again, seconds
PIECE = 1 << 14  # bytes that a connection takes without a wait once it takes any

Found = TypeVar("Found")


def go_on() -> None:
    """Whatever is waited for stays wanted."""


class Deadline:
    """When all of something has to be done, unless it is no longer wanted before."""

    def __init__(self, seconds: float, *, clock: Clock = time.monotonic, check: Check = go_on) -> None:
        self.seconds = seconds
        self.check = check
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

    def wait(self, look: Callable[[float], Found], seconds: float | None, *, late: type[Exception]) -> Found:
        """What comes of a wait, which is made in slices.

        Args:
            look: waits so many seconds at most; may be called again after it was late
            seconds: of the whole wait
            late: what `look` raises if nothing came

        Raises:
            Exception: what `look` raises, `late` only when the whole wait is over; what `check` raises.
        """
        left = self.within(seconds)
        while True:
            self.check()
            piece = min(self.within(left), SLICE)
            try:
                return look(piece)
            except late:
                left -= piece
                if left <= 0:
                    raise

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
        for address in _beside(partial(self._guard.addresses, host, port), self._deadline, timeout):
            try:
                stream = _beside(
                    partial(self._network.connect_tcp, address, port, timeout, local_address, socket_options),
                    self._deadline,
                    timeout,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as failed:
                error = failed
            else:
                return _TimedStream(stream, self._deadline)
        raise error or Unreachable(f"{host}: it has no address")


def _beside(call: Callable[[], Found], deadline: Deadline, seconds: float | None) -> Found:
    """What a call comes to, made in a thread of its own: looking up a name takes no time limit, and nothing ends a handshake.

    A call that nobody waits for any more goes on; the connection that it comes to is closed.
    """
    answers, is_left = SimpleQueue[Any](), threading.Event()

    def run() -> None:
        try:
            answers.put(call())
        except Exception as error:
            answers.put(error)
        if is_left.is_set():
            _drop(answers)

    threading.Thread(target=run, daemon=True, name="connect").start()
    try:
        answer = deadline.wait(lambda piece: answers.get(timeout=piece), seconds, late=Empty)
    except BaseException as error:
        is_left.set()
        _drop(answers)
        if isinstance(error, Empty):
            raise httpcore.ConnectTimeout from None
        raise
    if isinstance(answer, Exception):
        raise answer
    return cast("Found", answer)


def _drop(answers: SimpleQueue[Any]) -> None:
    with suppress(Empty):
        if isinstance(answer := answers.get_nowait(), httpcore.NetworkStream):
            answer.close()


class _TimedStream(httpcore.NetworkStream):
    """A connection whose every wait ends with the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        def look(piece: float) -> bytes:
            return self._stream.read(max_bytes, piece)

        return self._deadline.wait(look, timeout, late=httpcore.ReadTimeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._deadline.wait(self._require_room, timeout, late=httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + PIECE], self._deadline.within(timeout))

    def _require_room(self, seconds: float) -> None:
        """Wait until the connection takes bytes: a write that was late could not be made again."""
        poll = select.poll()
        poll.register(self._stream.get_extra_info("socket"), select.POLLOUT)
        if not poll.poll(seconds * 1000):
            raise httpcore.WriteTimeout

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        shake_hands = partial(self._stream.start_tls, ssl_context, server_hostname, timeout)
        stream = _beside(shake_hands, self._deadline, timeout)
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
