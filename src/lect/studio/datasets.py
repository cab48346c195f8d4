"""Data: what was uploaded, what is wrong with it line by line, and what is in it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from http import HTTPStatus
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response, UploadFile

from lect.api.beyond.datasets import repair
from lect.api.datasets import DATASETS, store_upload
from lect.api.files import send as send_file
from lect.api.making import announcing, new
from lect.api.resources import find
from lect.api.schemas.beyond import NewRepair
from lect.api.schemas.shared import MAX_NAME
from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import Conflict, InvalidInput, LectError, NotFound
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.datasets import uploads
from lect.datasets.contents import SPOKEN, Contents
from lect.store import blocks
from lect.store.blobs import Blob
from lect.studio import sound
from lect.studio.choices import DEFAULT_LOCALE, locales
from lect.studio.corrections import corrections_of
from lect.studio.forms import Given, Locale, told
from lect.studio.lists import TOP, Number, newest, part_of
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer
from lect.studio.words import KINDS
from lect.studio.work import progress_of


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""
    contents = Contents()

    @pages.get("/datasets")
    def list_all(visit: Reader, page: Number = 1) -> Response:
        return _list(visit, page)

    @pages.post("/datasets/upload")
    def upload(
        visit: Writer,
        data: UploadFile,
        kind: Annotated[DatasetKind, Form()],
        locale: Locale = DEFAULT_LOCALE,
        name: Annotated[str, Form(max_length=MAX_NAME)] = "",
    ) -> Response:
        try:
            if not data.size:
                raise InvalidInput("the file is empty, or none was chosen", hint="Choose a file first.")
            name = name.strip() or PurePath(data.filename or "").stem[:MAX_NAME] or "data"
            blob = store_upload(visit.call, data)
            dataset = add_dataset(visit, name=name, kind=kind, locale=locale, blob=blob)
        except LectError as error:
            return _list(visit, 1, problem=told(error), status=HTTPStatus.BAD_REQUEST)
        return lead(visit, f"/datasets/{dataset.id}")

    @pages.get("/datasets/{id}")
    def show_one(visit: Reader, id: str, problems: Number = 1) -> Response:
        call = visit.call
        with call.storage.database.read() as connection:
            dataset = find(call, connection, DATASETS, id)
            work = progress_of(visit, connection, "datasets", id)
            report = _report(visit, connection, dataset)
            copy_of = _origin(visit, connection, dataset)
            corrections = corrections_of(visit, connection, dataset)
            _, received = blocks.totals(connection, dataset.id)
        lines = sorted(report["lines"], key=lambda each: (each["severity"], each["file"], each["line"] or 0))
        return show(
            visit,
            "dataset",
            dataset=dataset,
            work=work,
            report=report,
            copy_of=copy_of,
            problems=part_of(lines, problems),
            is_spoken=dataset.kind in SPOKEN,
            corrections=corrections,
            received=received,
            goes=dataset.created + timedelta(seconds=call.service.settings.upkeep.upload_seconds),
        )

    @pages.get("/datasets/{id}/contents")
    def show_contents(visit: Reader, id: str, page: Number = 1, search: str = "") -> Response:
        dataset = _find(visit, id)
        if dataset.kind in SPOKEN:
            found = contents.utterances(visit.call.storage, dataset)
            wanted = search.casefold().strip()
            found = [
                each
                for each in found
                if wanted in f"{each.file}\n{each.transcript or ''}\n{each.speaker or ''}".casefold()
            ]
            return show(
                visit,
                _contents(visit, "utterances"),
                dataset=dataset,
                part=part_of(found, page),
                search=search,
            )
        lines = contents.lines(visit.call.storage, dataset, (page - 1) * TOP, TOP + 1)
        has_more = len(lines) > TOP
        return show(
            visit, _contents(visit, "lines"), dataset=dataset, lines=lines[:TOP], page=page, has_more=has_more
        )

    @pages.get("/datasets/{id}/audio")
    def play(visit: Reader, id: str, file: str, request: Request) -> Response:
        dataset = _find(visit, id)
        known = {each.file: each for each in contents.utterances(visit.call.storage, dataset)}
        if file not in known:
            raise NotFound("there is no such recording")
        played = contents.recording(visit.call.storage, dataset, file)
        return sound.send(request, played, known[file].media_type or sound.UNKNOWN)

    @pages.get("/datasets/{id}/data")
    def download(visit: Reader, id: str) -> Response:
        dataset = _find(visit, id)
        with visit.call.storage.database.read() as connection:
            blob = uploads.data_of(connection, dataset)
        return send_file(
            visit.call.storage.blobs,
            blob,
            name=uploads.saved_name(dataset),
            media_type="application/octet-stream",
        )

    @pages.get("/datasets/{id}/report.json")
    def download_report(visit: Reader, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            dataset = find(visit.call, connection, DATASETS, id)
            report = uploads.report_of(visit.call.storage, connection, dataset)
        headers = {"Content-Disposition": f'attachment; filename="{dataset.id}-report.json"'}
        return Response(json_bytes(report), media_type="application/json", headers=headers)

    @pages.get("/datasets/{id}/changes.tsv")
    def download_changes(visit: Reader, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            dataset = find(visit.call, connection, DATASETS, id)
            changes = uploads.changes_file_of(connection, dataset)
        if changes is None:
            raise NotFound("there is no list of changes")
        return send_file(
            visit.call.storage.blobs,
            changes.blob,
            name=f"{dataset.id}-{uploads.CHANGES}",
            media_type="text/tab-separated-values",
        )

    @pages.post("/datasets/{id}/fix")
    def fix(visit: Writer, id: str) -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            source = find(call, connection, DATASETS, id)
            name = f"{source.display_name[: MAX_NAME - 11]} (repaired)"
            made = repair(call, connection, id, NewRepair(display_name=name))
        return lead(visit, f"/datasets/{made.id}")


def add_dataset(visit: Visit, *, name: str, kind: DatasetKind, locale: str, blob: Blob) -> Dataset:
    """Store a dataset whose data are here, and the job that imports it.

    Raises:
        UnsupportedLocale: its locale is none.
        QuotaExceeded: there is no room for it.
    """
    call = visit.call
    with call.storage.database.begin() as connection:
        given = Given(display_name=name)
        dataset = new(call, connection, Dataset, given, locale=locale, kind=kind)
        create = partial(uploads.create, blob=blob, emit=announcing(call, DATASETS))
        return create(call.storage, connection, dataset)


def _list(visit: Visit, page: int, *, problem: Any = None, status: int = HTTPStatus.OK) -> Response:
    with visit.call.storage.database.read() as connection:
        part = newest(visit, connection, DATASETS.repository, page)
        return show(
            visit,
            "datasets",
            status=status,
            part=part,
            problem=problem,
            kinds=KINDS,
            locales=locales(connection),
        )


def _contents(visit: Visit, part: str) -> str:
    """The template of the contents: a part of the page, or a page where no script puts it there."""
    return f"parts/{part}" if visit.is_fragment else "contents"


def _find(visit: Visit, id: str) -> Dataset:
    with visit.call.storage.database.read() as connection:
        found: Dataset = find(visit.call, connection, DATASETS, id)
    return found


_NO_REPORT: Json = {"lines": [], "errors": 0, "warnings": 0, "counts": {}, "complete": True, "fix": None}


def _report(visit: Visit, connection: Any, dataset: Dataset) -> Json:
    """What the import found; of what was not checked, nothing."""
    try:
        return uploads.report_of(visit.call.storage, connection, dataset)
    except Conflict:
        return _NO_REPORT


def _origin(visit: Visit, connection: Any, dataset: Dataset) -> Dataset | None:
    """What a repaired or corrected copy is made of, if it is still there."""
    if dataset.made_of is None:
        return None
    try:
        found: Dataset = find(visit.call, connection, DATASETS, dataset.made_of)
    except NotFound:
        return None
    return found
