"""The bytes of files, by signed links that need no key."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from lect.api.resources import require_id
from lect.api.service import service_of
from lect.core.entities import FileKind
from lect.core.errors import NotFound
from lect.models.customs import BUNDLE
from lect.store import files, logs
from lect.store.blobs import Blobs
from lect.store.repositories import MODELS
from lect.store.storage import Storage

# What users uploaded is shown as what it is called, never run: no type is guessed, and a page of it has no rights.
_HEADERS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
}


def storage_of(
    request: Request,
    expires: Annotated[str, Query(max_length=12)],
    signature: Annotated[str, Query(max_length=64)],
) -> Storage:
    """Where the bytes are, for whoever has a link that was signed here."""
    service = service_of(request)
    service.signer.require_link(request.url.path, expires=expires, signature=signature)
    return service.storage


Linked = Annotated[Storage, Depends(storage_of)]


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/files/logs/{id}", name="files_download_log", response_class=StreamingResponse)
    def download_log(storage: Linked, id: str) -> StreamingResponse:
        with storage.database.read() as connection:
            log = logs.get(connection, id)
        media_type = "audio/wav" if log.kind is FileKind.AUDIO else "application/json"
        return send(storage.blobs, log.blob, name=log.name, size=log.size, media_type=media_type)

    @routes.get("/files/{owner}/{id}", name="files_download", response_class=StreamingResponse)
    def download(storage: Linked, owner: str, id: str) -> StreamingResponse:
        with storage.database.read() as connection:
            if id == "bundle":
                model = MODELS.get(connection, require_id(owner, "model"))
                name, blob, size, media_type = BUNDLE, model.bundle, None, "application/zip"
            else:
                file = files.get(connection, require_id(owner, "resource"), require_id(id, "file"))
                name, blob, size, media_type = file.name, file.blob, file.size, file.media_type
        if blob is None:
            raise NotFound("there is no such file", hint="Only a model that succeeded has a bundle.")
        return send(storage.blobs, blob, name=name, size=size, media_type=media_type)

    return routes


def send(
    blobs: Blobs, blob: str, *, name: str, size: int | None = None, media_type: str = "application/zip"
) -> StreamingResponse:
    """The bytes of a blob as a file to save."""
    headers = _HEADERS | {"Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(name)}"}
    if size is not None:
        headers["Content-Length"] = str(size)
    return StreamingResponse(blobs.read(blob), media_type=media_type, headers=headers)


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
