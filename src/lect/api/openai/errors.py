"""Errors as clients of OpenAI read them.

    {"error": {"message": "...", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}}

Whatever refuses a request under `/v1/`, a route or what every request passes before one, tells it in our own shape. It is turned into
this one here, in one place.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/v1/"
_TYPES = {
    HTTPStatus.UNAUTHORIZED: "authentication_error",
    HTTPStatus.FORBIDDEN: "permission_error",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_error",
}
_CODES = {  # where the status says it all
    HTTPStatus.UNAUTHORIZED: "invalid_api_key",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limit_exceeded",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "request_too_large",
}


def is_here(path: str) -> bool:
    """Whether errors of a path are told so."""
    return path.startswith(PREFIX)


def translated(status: int, body: dict[str, Any]) -> dict[str, Any]:
    """The body of an error in this shape.

    Args:
        body: in our own shape, see `lect.api.errors`
    """
    kind = "server_error" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "invalid_request_error"
    code = body.get("innerError", body)["code"]
    return {
        "error": {
            "message": body["message"],
            "type": _TYPES.get(HTTPStatus(status), kind),
            "param": body.get("target"),
            "code": _CODES.get(HTTPStatus(status)) or _snake_case(code),
        }
    }


class OpenAIErrors:
    """Translates what is refused under `/v1/`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not is_here(scope["path"]):
            await self._app(scope, receive, send)
            return
        refusal: Message | None = None
        body = b""

        async def send_translated(message: Message) -> None:
            nonlocal refusal, body
            if message["type"] == "http.response.start" and _is_refusal(message):
                refusal = message
            elif refusal is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body", False):
                    told = _told(refusal["status"], body)
                    MutableHeaders(scope=refusal)["Content-Length"] = str(len(told))
                    await send(refusal)
                    await send({"type": "http.response.body", "body": told})

        await self._app(scope, receive, send_translated)


def _is_refusal(start: Message) -> bool:
    kind = Headers(raw=list(start["headers"])).get("Content-Type", "")
    return bool(start["status"] >= HTTPStatus.BAD_REQUEST) and kind.startswith("application/json")


def _told(status: int, body: bytes) -> bytes:
    document = json.loads(body)
    is_ours = "error" not in document
    return json.dumps(translated(status, document)).encode() if is_ours else body


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
