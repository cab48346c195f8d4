"""Passes what a client and the recogniser say to each other on, unchanged, over a WebSocket to each.

Nothing piles up between them: a side is read as fast as the other takes it, so a slow client or a busy recogniser slows the other
side down. A client that takes nothing for a while is let go.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import anyio
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from lect.core.errors import Unreachable
from lect.serving.live.wire import LONGEST_MESSAGE
from lect.telemetry import get_log

PATIENCE = 30.0  # seconds that a client may leave an answer unread
_OPENING = 60.0  # seconds that the recogniser may take for its start
_LOST = 1011  # the SDKs connect again
_NOT_SENT = frozenset({1005, 1006, 1015})  # codes that no close frame has

_log = get_log(__name__, action="relay")


async def relay(client: WebSocket, *, recogniser: Path, target: str, headers: Mapping[str, str]) -> None:
    """Connect a client to the recogniser until either goes. What the recogniser refuses at once, the client is refused.

    Args:
        recogniser: its Unix socket
        target: path and query
        headers: for the recogniser

    Raises:
        Unreachable: there is no recogniser.
    """
    try:
        upstream = await unix_connect(
            str(recogniser),
            f"ws://recogniser{target}",
            additional_headers=headers,
            user_agent_header=None,
            compression=None,
            open_timeout=_OPENING,
            ping_interval=None,
            max_size=LONGEST_MESSAGE,
            max_queue=4,
        )
    except InvalidStatus as refusal:
        await client.send_denial_response(_answer(refusal))
        return
    except (OSError, EOFError, InvalidHandshake, TimeoutError) as error:
        raise Unreachable("the recogniser does not answer", hint="Try again in a moment.") from error
    try:
        await client.accept(subprotocol=next(iter(client.scope["subprotocols"]), None))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_pass_to_recogniser, client, upstream, tasks.cancel_scope)
            tasks.start_soon(_pass_to_client, upstream, client, tasks.cancel_scope)
    finally:
        upstream.transport.abort()  # whatever is left of it


async def _pass_to_recogniser(
    client: WebSocket, upstream: ClientConnection, scope: anyio.CancelScope
) -> None:
    """Until the client goes."""
    try:
        while (message := await client.receive())["type"] != "websocket.disconnect":
            content = message.get("bytes")
            await upstream.send(message["text"] if content is None else content)
    except ConnectionClosed:
        return  # the other direction passes on what was said last, and why it closed
    scope.cancel()


async def _pass_to_client(upstream: ClientConnection, client: WebSocket, scope: anyio.CancelScope) -> None:
    """Until the recogniser closes, and then why it did."""
    try:
        with suppress(ConnectionClosed):  # otherwise than it should: `_why` tells
            async for message in upstream:
                with anyio.fail_after(PATIENCE):
                    if isinstance(message, str):
                        await client.send_text(message)
                    else:
                        await client.send_bytes(message)
        with anyio.fail_after(PATIENCE):
            await client.close(*_why(upstream))
    except WebSocketDisconnect:
        pass
    except TimeoutError:
        _log.warning("A client that reads nothing was let go.", seconds=PATIENCE)
    scope.cancel()


def _why(upstream: ClientConnection) -> tuple[int, str]:
    """The code and the reason of a close frame, of one that was lost too."""
    code = upstream.close_code
    if code is None or code in _NOT_SENT:
        return _LOST, "The recogniser stopped. Connect again."
    return code, upstream.close_reason or ""


def _answer(refusal: InvalidStatus) -> Response:
    """What the recogniser refused with, for the client."""
    response = refusal.response
    passed = {
        name: value for name in ("Content-Type", "Retry-After") if (value := response.headers.get(name))
    }
    return Response(bytes(response.body or b""), response.status_code, passed)
