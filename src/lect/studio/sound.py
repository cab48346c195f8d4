"""Recordings as browsers play them: whole, or the part that a player asks for."""

from __future__ import annotations

import re
from http import HTTPStatus

from fastapi import Request, Response

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Accept-Ranges": "bytes"}


def send(request: Request, data: bytes, media_type: str) -> Response:
    """The bytes that a request asks for; a range that cannot be read is all of them."""
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or not any(match.groups()):
        return Response(data, media_type=media_type, headers=_HEADERS)
    begin, end = _bounds(match[1], match[2], len(data))
    if begin >= end:
        return Response(
            status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={**_HEADERS, "Content-Range": f"bytes */{len(data)}"},
        )
    headers = {**_HEADERS, "Content-Range": f"bytes {begin}-{end - 1}/{len(data)}"}
    return Response(data[begin:end], HTTPStatus.PARTIAL_CONTENT, headers, media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Where a range begins, and behind its end; without a first byte it is the last so many."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
