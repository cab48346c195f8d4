"""The doors of live recognition: sound over WebSocket as the Speech SDKs send it, and short audio over HTTP.

They find out who asks and pass on what is said. The recogniser, a process of its own, hears it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket

from lect.api.connections import Connections, caller_of
from lect.api.errors import respond
from lect.api.relay import relay
from lect.api.service import KEY_HEADER, Principal, principal_of, recogniser_of, service_of
from lect.core.errors import InvalidInput, LectError, NotFound
from lect.serving.live.address import Mode, is_speech_path
from lect.web.local import LocalAnswer, pass_on

SHORT_AUDIO_BYTES = 64 << 20  # that a request with short audio may have
LONGEST_PAUSE = 30.0  # seconds between two pieces of it
LONGEST_BODY = 300.0  # seconds for all of it
_SECRET = frozenset({KEY_HEADER.lower(), "authorization"})  # what the recogniser need not know
_CONNECTION = (
    "X-ConnectionId"  # what a client calls its connection; the SDK in a browser has the query alone to say it
)
_NAME = re.compile(r"[!-~]+", re.ASCII)  # it goes into a header


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.websocket("/{path:path}")
    async def listen(socket: WebSocket) -> None:
        try:
            if not is_speech_path(socket.scope["path"]):
                raise NotFound(
                    "nothing listens at this path", hint="An endpoint's `links` name the paths that do."
                )
            principal = await run_in_threadpool(principal_of, socket)
            connections: Connections = socket.app.state.connections
            with connections.one(caller_of(socket, principal)):
                await relay(
                    socket,
                    recogniser=await recogniser_of(socket).socket(),
                    target=_target(socket),
                    headers=headers_for(socket, principal),
                )
        except LectError as error:
            await socket.send_denial_response(respond(error))

    @routes.post("/speech/recognition/{mode}/cognitiveservices/v1", name="short_audio_recognise")
    async def hear(
        mode: Mode, request: Request, principal: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        answer = await pass_on(
            await recogniser_of(request).socket(),
            target=_target(request),
            headers=headers_for(request, principal),
            body=in_time(request.stream()),
        )
        return Response(answer.body, answer.status, answer.headers)

    return routes


async def ask_recogniser(
    connection: HTTPConnection,
    principal: Principal,
    *,
    target: str,
    content_type: str,
    body: AsyncIterator[bytes],
) -> LocalAnswer:
    """What is said in short audio that came to another door.

    Args:
        target: path and query of this door
    """
    return await pass_on(
        await recogniser_of(connection).socket(),
        target=target,
        headers=headers_for(connection, principal) | {"Content-Type": content_type},
        body=body,
    )


async def in_time(body: AsyncIterator[bytes], *, longest: float = LONGEST_BODY) -> AsyncIterator[bytes]:
    """A body as it comes, which would hold a place if it stopped coming.

    Args:
        longest: seconds for all of it

    Raises:
        InvalidInput: it takes too long.
    """
    clock = asyncio.get_running_loop().time
    until = clock() + longest
    while True:
        try:
            piece = await asyncio.wait_for(anext(body), min(LONGEST_PAUSE, until - clock()))
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise InvalidInput(
                "the audio stopped coming before its end",
                hint="Send it without long pauses, or by WebSocket.",
            ) from None
        yield piece


def _target(connection: HTTPConnection) -> str:
    """Path and query, without what is secret."""
    query = [
        (name, value) for name, value in connection.query_params.multi_items() if name.lower() not in _SECRET
    ]
    return quote(connection.scope["path"]) + (f"?{urlencode(query)}" if query else "")


def headers_for(connection: HTTPConnection, principal: Principal) -> dict[str, str]:
    """What the recogniser is told beside the request: who asks."""
    told = {
        "X-Lect-Key": principal.key,
        "X-Lect-Project": principal.project,
        _CONNECTION: _connection_name(connection),
        "X-RequestId": getattr(connection.state, "request_id", None),
        "Content-Type": connection.headers.get("Content-Type"),
        "traceparent": service_of(connection).tracer.current or connection.headers.get("traceparent"),
    }
    return {name: value for name, value in told.items() if value}


def _connection_name(connection: HTTPConnection) -> str | None:
    name = connection.headers.get(_CONNECTION) or connection.query_params.get(_CONNECTION, "")
    return name if _NAME.fullmatch(name) else None
