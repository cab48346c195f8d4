"""Routes of datasets: created from an address, by form or in blocks."""

import base64
import binascii
import json
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response, UploadFile
from pydantic import TypeAdapter, ValidationError

from lect.api.links import parse_reference
from lect.api.making import make, new, readable_url
from lect.api.resources import (
    TASK,
    Noun,
    Route,
    add_file_routes,
    add_routes,
    common,
    duration,
    find,
    show_error,
)
from lect.api.schemas import v2024
from lect.api.schemas.shared import (
    CommitBlocksEntry,
    CustomProperties,
    DatasetKind,
    Description,
    DisplayName,
    EntityReference,
    LocaleTag,
    TextNormalizationKind,
    UploadedBlocks,
)
from lect.api.service import Call, caller
from lect.api.versions import Version
from lect.core import entities
from lect.core.entities import Dataset
from lect.core.errors import InvalidInput
from lect.core.files import BLOCK
from lect.datasets import uploads
from lect.models.locales import LOCALES
from lect.store import blocks, repositories
from lect.store.blobs import Blob
from lect.store.keys import Role

KINDS = {
    DatasetKind.LANGUAGE: entities.DatasetKind.TEXT,
    DatasetKind.ACOUSTIC: entities.DatasetKind.ACOUSTIC,
    DatasetKind.PRONUNCIATION: entities.DatasetKind.PRONUNCIATION,
    DatasetKind.AUDIO_FILES: entities.DatasetKind.AUDIO,
    DatasetKind.LANGUAGE_MARKDOWN: entities.DatasetKind.STRUCTURED,
    DatasetKind.OUTPUT_FORMATTING: entities.DatasetKind.DISPLAY,
}
WIRE_KINDS = {ours: theirs for theirs, ours in KINDS.items()}
BYTES = {"schema": {"type": "string", "format": "binary"}}
_MAX_BLOCK_ID = 64  # bytes, before base64


def show(call: Call, connection: Any, dataset: Dataset) -> Any:
    """A dataset as it goes over the wire; never the address that it came from."""
    here = f"/datasets/{dataset.id}"
    links = {"files": call.links.to(f"{here}/files")}
    if dataset.awaits_blocks:
        links |= {
            "upload_blocks": call.links.to(f"{here}/blocks"),
            "list_blocks": call.links.to(f"{here}/blocks"),
            "commit_blocks": call.links.to(f"{here}/blocks:commit"),
        }
    kind = TextNormalizationKind.NONE if dataset.is_normalised else TextNormalizationKind.DEFAULT
    return {
        **common(call, "datasets", dataset),
        "kind": WIRE_KINDS[dataset.kind],
        "locale": dataset.locale,
        "links": links,
        "properties": {
            "text_normalization_kind": kind,
            "accepted_line_count": dataset.accepted_lines,
            "rejected_line_count": dataset.rejected_lines,
            "error": show_error(dataset.error),
            **duration(call, dataset.duration or 0.0),
        },
    }


DATASETS = Noun(
    path="datasets",
    repository=repositories.DATASETS,
    schema="Dataset",
    update="DatasetUpdate",
    show=show,
    delete=uploads.delete,
    filters=TASK | {"kind": "kind"},
    words={"kind": {theirs.value: ours.value for theirs, ours in KINDS.items()}},
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    schema = version.schemas.Dataset
    writer, reader = caller(version, Role.CONTRIBUTOR), caller(version, Role.READER)

    locales: Any = dict[str, list[DatasetKind]] if version.is_v3 else v2024.DatasetLocales

    @routes.get("/datasets/locales", name="datasets_locales", response_model=locales)
    def list_locales(call: Annotated[Call, Depends(reader)]) -> Any:
        if version.is_v3:
            return {locale: list(DatasetKind) for locale in LOCALES}
        return {kind: list(LOCALES) for kind in DatasetKind}

    @routes.post("/datasets", name="datasets_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        return _create(call, body, response)

    if version.is_v3:

        @routes.post("/datasets/upload", name="datasets_upload", status_code=201, response_model=schema)
        def upload(
            call: Annotated[Call, Depends(writer)],
            response: Response,
            displayName: Annotated[DisplayName, Form()],
            locale: Annotated[LocaleTag, Form()],
            kind: Annotated[DatasetKind, Form()],
            data: UploadFile,
            project: Annotated[str | None, Form()] = None,
            description: Annotated[Description | None, Form()] = None,
            customProperties: Annotated[str | None, Form()] = None,
            email: Annotated[str | None, Form()] = None,
        ) -> Any:
            given = schema(
                display_name=displayName,
                locale=locale,
                kind=kind,
                description=description,
                custom_properties=_read_properties(customProperties),
                project=read_project(project),
            )
            return _create(call, given, response, blob=store_upload(call, data))

    @routes.get("/datasets/{id}/blocks", name="datasets_blocks", response_model=UploadedBlocks)
    def list_blocks(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        with call.storage.database.read() as connection:
            there = blocks.of(connection, find(call, connection, DATASETS, id).id)
        shown = {True: [], False: []}  # type: dict[bool, list[Any]]
        for block in there:
            shown[block.place is not None].append({"name": block.name, "size": block.size})
        return {"committed_blocks": shown[True], "uncommitted_blocks": shown[False]}

    @routes.put(
        "/datasets/{id}/blocks",
        name="datasets_upload_block",
        status_code=201,
        openapi_extra={"requestBody": {"required": True, "content": {"application/octet-stream": BYTES}}},
    )
    async def put_block(
        call: Annotated[Call, Depends(writer)],
        id: str,
        blockid: Annotated[str, Query(min_length=1, max_length=128)],
        request: Request,
    ) -> Response:
        from starlette.concurrency import run_in_threadpool

        data = await request.body()  # `BodyLimit` lets no more than a block through
        await run_in_threadpool(_put_block, call, id, blockid, data)
        return Response(status_code=201)

    @routes.post("/datasets/{id}/blocks:commit", name="datasets_commit_blocks")
    def commit_blocks(
        call: Annotated[Call, Depends(writer)], id: str, body: list[CommitBlocksEntry]
    ) -> Response:
        if not body:
            raise InvalidInput(
                "there are no blocks to commit",
                hint="Name them in the order of the data, each with its kind and id.",
                detailed_code="EmptyRequest",
            )
        with call.storage.database.read() as connection:
            dataset = find(call, connection, DATASETS, id)
        uploads.commit_blocks(call.storage, dataset.id, [(str(entry.kind), entry.id) for entry in body])
        return Response(status_code=200)

    add_routes(routes, DATASETS, version)
    add_file_routes(routes, DATASETS, version)
    return routes


def _create(call: Call, given: Any, response: Response, *, blob: Blob | None = None) -> Any:
    normalisation = given.properties.text_normalization_kind if given.properties else None
    with call.storage.database.begin() as connection:
        dataset = new(
            call,
            connection,
            Dataset,
            given,
            locale=given.locale,
            kind=KINDS[given.kind],
            content_url=readable_url(call, given.content_url, target="contentUrl"),
            is_normalised=normalisation is TextNormalizationKind.NONE,
        )
        return make(call, connection, DATASETS, partial(uploads.create, blob=blob), dataset, response)


def _put_block(call: Call, id: str, name: str, data: bytes) -> None:
    try:
        raw = base64.b64decode(name, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not 1 <= len(raw) <= _MAX_BLOCK_ID:
        raise InvalidInput(
            f"blockid is no base64 of 1 to {_MAX_BLOCK_ID} bytes",
            hint="Give each block a name of its own, such as base64 of its number.",
            detailed_code="InvalidParameterValue",
            target="blockid",
        )
    store_block(call, id, name, data)


def store_block(call: Call, id: str, name: str, data: bytes) -> None:
    """Store a block of an upload.

    Raises:
        NotFound: there is no such dataset.
        Conflict: it waits for no blocks.
        QuotaExceeded: there is no room for it.
        LimitExceeded: there are too many, or together they are too large.
    """
    with call.storage.database.read() as connection:
        dataset = find(call, connection, DATASETS, id)
        call.storage.require_bytes(connection, len(data))  # before it takes any
    uploads.put_block(call.storage, dataset.id, name, data, limits=call.service.settings.limits)


def store_upload(call: Call, data: UploadFile) -> Blob:
    """Store the bytes of an uploaded file, which are no resource's yet.

    Raises:
        QuotaExceeded: there is no room for them.
        LimitExceeded: they are too many.
    """
    with call.storage.database.read() as connection:
        call.storage.require_bytes(connection, data.size or 0)
    limit = call.service.settings.limits.archive_bytes
    return call.storage.blobs.put(iter(lambda: data.file.read(BLOCK), b""), limit=limit)


def _read_properties(text: str | None) -> Any:
    if not text:
        return None
    try:
        return TypeAdapter(CustomProperties).validate_python(json.loads(text))
    except (ValueError, ValidationError, RecursionError):
        raise InvalidInput(
            "customProperties is no JSON object of up to 10 short texts",
            hint='Write for example: {"client": "orders"}.',
            detailed_code="InvalidRequestBodyFormat",
            target="customProperties",
        ) from None


def read_project(text: str | None) -> Any:
    """The project of a form: its address, or a reference as JSON."""
    if not text:
        return None
    try:
        found = json.loads(text)["self"] if text.lstrip().startswith("{") else text
        reference = EntityReference(self=found)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InvalidInput(
            "project is no reference",
            hint="Give the `self` of a project.",
            detailed_code="InvalidProject",
            target="project",
        ) from None
    parse_reference(reference, "projects", target="project")
    return reference
