"""Requests to another process of the same server, over a Unix socket. Nothing here leaves the machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpcore

from lect.core.errors import Unreachable

_PASSED = frozenset({"content-type", "retry-after", "x-lect-model"})
_OPENING = 60.0  # seconds that the other process may take for its start
_ANSWERING = 120.0  # seconds that it may take for an answer


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
