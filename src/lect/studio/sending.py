"""Files that a page sends in blocks: begun, sent block by block, asked what is there, committed. What breaks off goes on from there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from lect.api.datasets import DATASETS, store_block
from lect.api.making import announcing, new
from lect.api.resources import find
from lect.api.schemas.shared import MAX_NAME
from lect.api.service import Call
from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import Conflict
from lect.core.files import json_bytes
from lect.datasets import uploads
from lect.store import blocks
from lect.studio.choices import DEFAULT_LOCALE
from lect.studio.forms import Given, Locale
from lect.studio.pages import lead
from lect.studio.visits import Reader, Writer

Count = Annotated[int, Form(ge=1, le=uploads.MAX_BLOCKS)]


def add_pages(pages: APIRouter) -> None:
    """What the script of the upload form asks for. Blocks are called by their numbers, from 1."""

    @pages.post("/datasets/begin")
    def begin(
        visit: Writer,
        kind: Annotated[DatasetKind, Form()],
        size: Annotated[int, Form(ge=0)],
        head: Annotated[str, Form(pattern="^([0-9a-f]{2}){0,4}$")] = "",
        locale: Locale = DEFAULT_LOCALE,
        name: Annotated[str, Form(max_length=MAX_NAME)] = "",
    ) -> Response:
        """Store a dataset that awaits its blocks; `size` and `head` (first bytes, hexadecimal) are of the file to come."""
        call = visit.call
        uploads.require_fit(kind, size, bytes.fromhex(head), limits=call.service.settings.limits)
        with call.storage.database.begin() as connection:
            call.storage.require_bytes(connection, size)
            given = Given(display_name=name.strip() or "data")
            dataset = new(call, connection, Dataset, given, locale=locale, kind=kind)
            emit = announcing(call, DATASETS)
            dataset = uploads.create(call.storage, connection, dataset, emit=emit)
        return _json({"id": dataset.id, "block": uploads.BLOCK_BYTES})

    @pages.get("/datasets/{id}/blocks")
    def list_blocks(visit: Reader, id: str) -> Response:
        """The sizes of the blocks that are there, by number; and whether more can come."""
        with visit.call.storage.database.read() as connection:
            dataset: Dataset = find(visit.call, connection, DATASETS, id)
            there = {block.name: block.size for block in blocks.of(connection, dataset.id)}
        return _json({"waits": dataset.awaits_blocks, "blocks": there})

    @pages.put("/datasets/{id}/blocks/{number}")
    async def put_block(
        visit: Writer, id: str, number: Annotated[int, Path(ge=1, le=uploads.MAX_BLOCKS)], request: Request
    ) -> Response:
        data = await request.body()  # `BodyLimit` lets no more than a block through
        await run_in_threadpool(store_block, visit.call, id, str(number), data)
        return Response(status_code=201)

    @pages.post("/datasets/{id}/commit")
    def commit(visit: Writer, id: str, count: Count) -> Response:
        """Import the blocks 1 to `count`. Who asks again, because the answer was lost, is led to the dataset as well."""
        call = visit.call
        if _dataset(call, id).awaits_blocks:
            wanted = [("Latest", str(number)) for number in range(1, count + 1)]
            try:
                uploads.commit_blocks(call.storage, id, wanted)
            except Conflict:
                if _dataset(call, id).awaits_blocks:
                    raise  # otherwise the request before this one was on its way still, and was faster
        return lead(visit, f"/datasets/{id}")


def _dataset(call: Call, id: str) -> Dataset:
    with call.storage.database.read() as connection:
        found: Dataset = find(call, connection, DATASETS, id)
    return found


def _json(document: Any) -> Response:
    return Response(json_bytes(document), media_type="application/json")
