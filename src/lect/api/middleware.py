"""What every request passes before a route sees it: an id, `Host` and `Origin`, the size of its body; and headers of answers.

Written on ASGI itself, so that it holds for WebSockets too and nothing of a body is kept.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lect.api.errors import document
from lect.telemetry import bound

REQUEST_ID = "X-RequestId"
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",  # what users uploaded is never taken for a page
    "Referrer-Policy": "no-referrer",  # links to files are signed
    "Cache-Control": "no-store",
}


class RequestIds:
    """Gives each request an id, or keeps the one it came with, and tells it in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _ID.fullmatch(given) else str(uuid.uuid4())
        scope.setdefault("state", {})["request_id"] = request_id

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        with bound(request=request_id):
            await self._app(scope, receive, send_with_headers)


class Hosts:
    """Refuses requests for other hosts, and those that a page of another origin makes.

    A name that an attacker makes point to this machine reaches a server without keys through the browser of whoever runs it;
    so does a form on any page. The first has another `Host`, the second another `Origin`.
    """

    def __init__(self, app: ASGIApp, *, allowed: Iterable[str]) -> None:
        """Take the names that this server has, without ports; `*` is every name."""
        self._app = app
        self._allowed = frozenset(name.lower() for name in allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers.get("host", ""), headers.get("origin"))
        if refusal is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[:120]})
        else:
            response = JSONResponse(
                document("Forbidden", refusal, detailed_code="Forbidden"), HTTPStatus.FORBIDDEN
            )
            await response(scope, receive, send)

    def _refusal(self, host: str, origin: str | None) -> str | None:
        if not self._is_ours(host):
            return "This server does not answer to that Host. Name it in LECT_SERVER_HOSTS if it is one of its names."
        if origin is not None and not self._is_ours(_host_of(origin)):
            return "This server takes no requests from pages of other origins."
        return None

    def _is_ours(self, netloc: str) -> bool:
        name = re.sub(r":[0-9]*$", "", netloc.lower())
        return bool(name) and ("*" in self._allowed or name in self._allowed)


def _host_of(origin: str) -> str:
    """Host and port of an origin; empty if it cannot be read."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


class _TooLarge(Exception):
    """A body went over its limit."""


class BodyLimit:
    """Stops reading a body beyond a limit, whatever its `Content-Length` says."""

    def __init__(self, app: ASGIApp, *, limits: Mapping[re.Pattern[str], int], small: int) -> None:
        """Take bodies of up to so many bytes on paths in which a pattern is found, of up to `small` elsewhere."""
        self._app = app
        self._limits, self._small = limits, small

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal():
            await _refuse(scope, receive, send, HTTPStatus.BAD_REQUEST, "Content-Length is not a number.")
            return
        if int(length) > limit:
            await self._refuse_size(scope, receive, send, limit)
            return
        taken, started = 0, False

        async def receive_within() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _TooLarge
            return message

        async def send_noted(message: Message) -> None:
            nonlocal started
            if taken > limit and not started:  # whoever read the body has taken the error for one of its own
                raise _TooLarge
            started = True
            await send(message)

        try:
            await self._app(scope, receive_within, send_noted)
        except Exception:  # this one, or what whoever read the body made of it, such as a group of errors
            if started or taken <= limit:
                raise
            await self._refuse_size(scope, receive, send, limit)

    def _limit(self, path: str) -> int:
        return next((limit for pattern, limit in self._limits.items() if pattern.search(path)), self._small)

    async def _refuse_size(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        message = f"The body is larger than {limit} bytes. Send large data in blocks, or lift the limit."
        await _refuse(scope, receive, send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, message)


async def _refuse(scope: Scope, receive: Receive, send: Send, status: HTTPStatus, message: str) -> None:
    body = document("InvalidRequest", message, detailed_code="InvalidPayload")
    await JSONResponse(body, status, {"Connection": "close"})(scope, receive, send)
