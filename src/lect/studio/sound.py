"""Recordings as browsers play them: whole, or the part that a player asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from http import HTTPStatus

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from lect.datasets.contents import Played
from lect.store.blobs import Blobs

UNKNOWN = "application/octet-stream"  # what browsers are told of a recording that they do not play
_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
_HEADERS = {"Content-Security-Policy": "sandbox; default-src 'none'", "Accept-Ranges": "bytes"}


def stream(request: Request, blobs: Blobs, blob: str, size: int, media_type: str) -> Response:
    """The bytes of a blob that a request asks for."""

    def read(begin: int, end: int) -> Iterator[bytes]:
        return blobs.read(blob, offset=begin, length=end - begin)

    return send(request, Played(size=size, read=read), media_type)


def send(request: Request, played: Played, media_type: str) -> Response:
    """The bytes that a request asks for; a range that cannot be read is all of them. None is held in memory as a whole."""
    size, read = played.size, played.read
    match = _RANGE.fullmatch(request.headers.get("Range", ""))
    if match is None or not any(match.groups()):
        headers = {**_HEADERS, "Content-Length": str(size)}
        return StreamingResponse(read(0, size), media_type=media_type, headers=headers)
    begin, end = _bounds(match[1], match[2], size)
    if begin >= end:
        return Response(
            status_code=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            headers={**_HEADERS, "Content-Range": f"bytes */{size}"},
        )
    headers = {
        **_HEADERS,
        "Content-Range": f"bytes {begin}-{end - 1}/{size}",
        "Content-Length": str(end - begin),
    }
    return StreamingResponse(read(begin, end), HTTPStatus.PARTIAL_CONTENT, headers, media_type)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Where a range begins, and behind its end; without a first byte it is the last so many."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size
