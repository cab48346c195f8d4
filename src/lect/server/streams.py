"""One client's WebSocket at the recogniser: an event loop moves the bytes, threads do the work, and neither waits for the other.

A client is read no faster than it is heard, and answered no faster than it reads, so that nothing piles up.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, MutableMapping
from concurrent.futures import Executor
from contextlib import suppress
from contextvars import copy_context
from threading import Event
from typing import Any, TypeVar

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from lect.serving.live.closing import FAILED, Close, Gone
from lect.serving.live.session import Session
from lect.serving.live.turn import MOMENT
from lect.serving.live.wire import pieces
from lect.telemetry import get_log

_WAITING = 4  # messages that wait to be heard
_AT_ONCE = 16  # messages that are taken together
_BEHIND = 8.0  # seconds of sound that may wait to be heard before the client is read no further
_PIECE = (
    1 << 15
)  # bytes of sound that are heard at once: mu-law of 8 kHz takes eight times as much when it is decoded
_TICK = 0.05  # seconds between two steps of a turn while nothing comes

Argument = TypeVar("Argument")

_log = get_log(__name__, action="listen")


class Stream:
    """Drives a session by what its client sends."""

    def __init__(
        self,
        socket: WebSocket,
        new_session: Callable[[Callable[[], None]], Session],
        *,
        executor: Executor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take an accepted socket.

        Args:
            new_session: makes the session, given what its work calls often and what raises once the client has gone
            executor: threads to work in
        """
        self._socket, self._executor, self._clock = socket, executor, clock
        self._gone = Event()
        self._session = new_session(self._require_client)
        self._whole = asyncio.Queue[str | bytes](1)  # messages as they came
        self._inbox = asyncio.Queue[str | bytes](_WAITING)
        self._taken = deque[str | bytes]()  # from the inbox, and not heard yet

    async def run(self) -> None:
        """Until the client goes or the session closes."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read, tasks.cancel_scope)
                tasks.start_soon(self._cut)
                tasks.start_soon(self._answer, tasks.cancel_scope)
        finally:
            self._gone.set()
            self._session.close()

    def _require_client(self) -> None:
        if self._gone.is_set():
            raise Gone

    async def _read(self, scope: anyio.CancelScope) -> None:
        """Take what the client sends until it goes."""
        while (message := await self._socket.receive())["type"] != "websocket.disconnect":
            await self._whole.put(_content(message))
        self._gone.set()
        scope.cancel()

    async def _cut(self) -> None:
        """Put what was taken into the inbox piece by piece; beside the reader, which is to see that the client goes."""
        while True:
            for piece in pieces(await self._whole.get(), longest=_PIECE):
                await self._inbox.put(piece)

    async def _answer(self, scope: anyio.CancelScope) -> None:
        """Work until the session closes."""
        try:
            while self._session.closing is None:
                await self._wait()
                await self._send(self._take, self._taken)
                await self._send(self._session.step, self._clock())
            await self._close(self._session.closing)
        except WebSocketDisconnect:
            pass
        except Exception as error:
            _log.warning("A session failed.", error=type(error).__name__, reason=str(error), at=_place(error))
            with suppress(WebSocketDisconnect):
                await self._socket.close(FAILED, "The recognition failed")
        scope.cancel()

    async def _close(self, closing: Close) -> None:
        _log.info("A session was closed.", code=closing.code, error=closing.error)
        await self._socket.close(closing.code, closing.reason)

    async def _send(self, act: Callable[[Argument], list[str]], argument: Argument) -> None:
        """Let a thread act, and send what comes of it."""
        answers = asyncio.get_running_loop().run_in_executor(
            self._executor, copy_context().run, act, argument
        )
        for answer in await answers:
            await self._socket.send_text(answer)

    async def _wait(self) -> None:
        """Until there is work to do; what came is taken from the inbox, as far as it is to be heard now."""
        behind = self._session.behind
        if behind >= _BEHIND:
            return
        is_idle = behind < MOMENT and not self._session.is_ending
        if is_idle and not self._taken and self._inbox.empty():
            wait = _TICK if self._session.is_listening else None
            with suppress(TimeoutError):
                self._taken.append(await asyncio.wait_for(self._inbox.get(), wait))
        while not self._inbox.empty() and len(self._taken) < _AT_ONCE:
            self._taken.append(self._inbox.get_nowait())

    def _take(self, messages: deque[str | bytes]) -> list[str]:
        """Hear what came, in order, until so much waits that the rest has to wait, too."""
        answers: list[str] = []
        while messages and self._session.behind < _BEHIND:
            answers += self._session.receive(messages.popleft(), self._clock())
        return answers


def _place(error: Exception) -> str:
    """Where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _content(message: MutableMapping[str, Any]) -> str | bytes:
    content: str | bytes | None = message.get("bytes")
    return str(message["text"]) if content is None else content
