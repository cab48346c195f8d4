"""Files that pages are made with. Their address changes with their contents, so browsers keep them for ever."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request, Response

from lect.core.errors import NotFound
from lect.studio.packing import pack, takes_packed

_FOLDER = Path(__file__).parent / "static"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_EVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, kw_only=True)
class Assets:
    """The files by their names, such as `studio.css` and `vendor/htmx.js`."""

    files: Mapping[str, bytes]
    packed: Mapping[str, bytes]  # the same by gzip
    version: str  # of all of them together: modules import each other by names

    def __contains__(self, name: str) -> bool:
        """Whether it is here; scripts of others may not be."""
        return name in self.files

    def address(self, name: str) -> str:
        """Where a page finds one."""
        return f"/static/{self.version}/{name}"


@cache
def assets() -> Assets:
    """The files of this installation."""
    files = {
        path.relative_to(_FOLDER).as_posix(): path.read_bytes()
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _TYPES
    }
    whole = hashlib.sha256()
    for name, data in files.items():
        whole.update(f"{name}\0{hashlib.sha256(data).hexdigest()}\n".encode())
    packed = {name: pack(data) for name, data in files.items()}
    return Assets(files=files, packed=packed, version=whole.hexdigest()[:16])


def router() -> APIRouter:
    """The routes, which want no key."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/static/{version}/{name:path}")
    def get(version: str, name: str, request: Request) -> Response:
        found = assets()
        if version != found.version or name not in found:
            raise NotFound("there is no such file")
        return _send(name, _FOR_EVER, request)

    @routes.get("/favicon.ico")
    def icon(request: Request) -> Response:
        return _send("favicon.svg", "public, max-age=86400", request)

    return routes


def _send(name: str, kept: str, request: Request) -> Response:
    headers = {"Cache-Control": kept, "Vary": "Accept-Encoding"}
    body = assets().files[name]
    if takes_packed(request):
        body, headers["Content-Encoding"] = assets().packed[name], "gzip"
    return Response(body, media_type=_TYPES[Path(name).suffix], headers=headers)
