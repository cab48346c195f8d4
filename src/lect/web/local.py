"""Requests to another process of the same server, over a Unix socket. Nothing here leaves the machine."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpcore

from lect.core.errors import Unreachable

_PASSED = frozenset({"content-type", "retry-after", "x-lect-model"})
_OPENING = 60.0  # seconds that the other process may take for its start
_ANSWERING = 120.0  # seconds that it may take for an answer
_BEAT = 60.0  # seconds in which a line comes, if only an empty one


@dataclass(frozen=True, kw_only=True)
class LocalAnswer:
    """What the other process answered."""

    status: int
    headers: dict[str, str]
    body: bytes


async def pass_on(
    socket: Path, *, target: str, headers: Mapping[str, str], body: AsyncIterator[bytes]
) -> LocalAnswer:
    """Post a body, as it comes.

    Args:
        target: path and query

    Raises:
        Unreachable: the process is gone, or says nothing.
    """
    timeouts = {"connect": _OPENING, "read": _ANSWERING, "write": _ANSWERING, "pool": _OPENING}
    lines = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    async with httpcore.AsyncConnectionPool(uds=str(socket)) as pool:
        try:
            response = await pool.request(
                "POST",
                f"http://recogniser{target}",
                headers=[*lines, (b"Host", b"recogniser"), (b"Transfer-Encoding", b"chunked")],
                content=body,
                extensions={"timeout": timeouts},
            )
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unreachable("the recogniser does not answer", hint="Try again in a moment.") from error
    passed = {name.decode().lower(): value.decode("latin-1") for name, value in response.headers}
    return LocalAnswer(
        status=response.status,
        headers={name: value for name, value in passed.items() if name in _PASSED},
        body=response.content,
    )


async def ask(
    socket: Path, *, target: str, headers: Mapping[str, str], document: Any
) -> AsyncGenerator[dict[str, Any] | None]:
    """Post a document, and read the lines of the answer as they come; None for an empty one, which says that more will come.

    Raises:
        Unreachable: the process is gone, or says nothing.
    """
    timeouts = {"connect": _OPENING, "read": _BEAT, "write": _ANSWERING, "pool": _OPENING}
    lines = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
    async with httpcore.AsyncConnectionPool(uds=str(socket)) as pool:
        try:
            async with pool.stream(
                "POST",
                f"http://recogniser{target}",
                headers=[*lines, (b"Host", b"recogniser"), (b"Content-Type", b"application/json")],
                content=json.dumps(document).encode(),
                extensions={"timeout": timeouts},
            ) as response:
                if response.status != HTTPStatus.OK:
                    raise Unreachable("the recogniser does not understand")
                async with aclosing(_lines(response)) as each:
                    async for line in each:
                        yield json.loads(line) if line.strip() else None
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
            raise Unreachable("the recogniser does not answer", hint="Try again in a moment.") from error


async def _lines(response: httpcore.Response) -> AsyncGenerator[bytes]:
    rest = b""
    async for block in response.aiter_stream():
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line
