"""Answers that are packed with gzip for browsers that take it.

Only what is the same whatever a request says besides its address: where a secret stands next to what somebody sent, as the token of a
form does next to what was searched, the size of a packed page tells of the secret.
"""

from __future__ import annotations

import gzip

from fastapi import Request

LEAST = 1_000  # bytes that are worth it
_VARY = {"Vary": "Accept-Encoding"}


def pack(data: bytes) -> bytes:
    """The same bytes each time."""
    return gzip.compress(data, 6, mtime=0)


def takes_packed(request: Request) -> bool:
    """Whether the browser says that it takes gzip."""
    offered = (
        each.replace(" ", "").lower() for each in request.headers.get("Accept-Encoding", "").split(",")
    )
    return any(each.partition(";")[0] == "gzip" and not each.endswith(";q=0") for each in offered)


def packed_for(request: Request, data: bytes) -> tuple[bytes, dict[str, str]]:
    """What to send of an answer, and the headers that say how it is sent."""
    if len(data) < LEAST or not takes_packed(request):
        return data, _VARY
    return pack(data), _VARY | {"Content-Encoding": "gzip"}
