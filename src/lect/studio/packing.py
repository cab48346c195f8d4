"""Answers that are packed with gzip for browsers that take it.

Never pages: where a secret stands next to what somebody sent, as the token of a form does next to what was searched, the size of what
is packed tells of the secret.
"""

from __future__ import annotations

import gzip

from fastapi import Request

LEAST = 1_000  # bytes that are worth it
_VARY = {"Vary": "Accept-Encoding"}


def pack(data: bytes) -> bytes:
    """The same bytes each time."""
    return gzip.compress(data, mtime=0)


def takes_packed(request: Request) -> bool:
    """Whether a client takes gzip (RFC 9110, 12.5.3)."""
    accepted = request.headers.get("Accept-Encoding", "").lower()
    codings = (each.replace(" ", "").partition(";q=") for each in accepted.split(","))
    return any(name == "gzip" and (not weight or weight.strip("0.") != "") for name, _, weight in codings)


def packed_for(request: Request, data: bytes) -> tuple[bytes, dict[str, str]]:
    """What to send of an answer, and the headers that say how it is sent."""
    if len(data) < LEAST or not takes_packed(request):
        return data, _VARY
    return pack(data), _VARY | {"Content-Encoding": "gzip"}
