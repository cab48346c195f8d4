"""One client's WebSocket at the recogniser: an event loop moves the bytes, threads do the work, and neither waits for the other.

A client is read no faster than it is heard, and answered no faster than it reads, so that nothing piles up.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, MutableMapping
from concurrent.futures import Executor
from contextlib import suppress
from threading import Event
from typing import Any, TypeVar

import anyio
from starlette.websockets import WebSocket, WebSocketDisconnect

from lect.serving.live.closing import FAILED, Close, Gone
from lect.serving.live.session import Session
from lect.telemetry import get_log

_WAITING = 4  # messages that wait to be heard
_AT_ONCE = 16  # messages that are taken together
_BEHIND = 8.0  # seconds of sound that may wait to be heard before the client is read no further
_TICK = 0.05  # seconds between two steps of a turn while nothing comes
_MORE = 0.1  # seconds of sound that wait for which another step is taken at once

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
        self._inbox = asyncio.Queue[str | bytes](_WAITING)

    async def run(self) -> None:
        """Until the client goes or the session closes."""
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._read, tasks.cancel_scope)
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
            await self._inbox.put(_content(message))
        self._gone.set()
        scope.cancel()

    async def _answer(self, scope: anyio.CancelScope) -> None:
        """Work until the session closes."""
        try:
            while self._session.closing is None:
                messages = await self._due()
                await self._send(self._take, messages)
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
        answers = asyncio.get_running_loop().run_in_executor(self._executor, act, argument)
        for answer in await answers:
            await self._socket.send_text(answer)

    async def _due(self) -> list[str | bytes]:
        """What came, as soon as there is work to do."""
        behind = self._session.behind
        messages: list[str | bytes] = []
        if behind >= _BEHIND:
            return messages
        if self._inbox.empty() and behind < _MORE:
            try:
                wait = _TICK if self._session.is_listening else None
                messages.append(await asyncio.wait_for(self._inbox.get(), wait))
            except TimeoutError:
                return messages
        while not self._inbox.empty() and len(messages) < _AT_ONCE:
            messages.append(self._inbox.get_nowait())
        return messages

    def _take(self, messages: list[str | bytes]) -> list[str]:
        return [answer for message in messages for answer in self._session.receive(message, self._clock())]


def _place(error: Exception) -> str:
    """Where it was raised."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _content(message: MutableMapping[str, Any]) -> str | bytes:
    content: str | bytes | None = message.get("bytes")
    return str(message["text"]) if content is None else content
