"""Content logs: what was said to an endpoint and what was heard, to be played, corrected, made data of, or deleted."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response

from lect.api.datasets import DATASETS
from lect.api.endpoints import ENDPOINTS, find_endpoint
from lect.api.making import announcing, new
from lect.api.resources import find
from lect.api.service import note
from lect.core.entities import Dataset, DatasetKind, FileKind, LogFile, LogOwner
from lect.core.errors import InvalidInput, LectError, NotFound
from lect.core.jobs import Json
from lect.serving import logged_data
from lect.store import logs
from lect.store.repositories import ENDPOINTS as ENDPOINT_ROWS
from lect.studio import choices, sound
from lect.studio.charts import scale
from lect.studio.forms import NOTHING, Given, Ids, Name, Told, told
from lect.studio.lists import Number, turned
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer

DAYS = 30  # of the chart
Segments = Annotated[list[str], Form(max_length=2_000)]  # such as `TURN:0`, and as many texts


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/endpoints/{id}/logs")
    def list_all(visit: Reader, id: str, page: Number = 1) -> Response:
        return _list(visit, id, page=page)

    @pages.get("/endpoints/{id}/logs/{log}/audio")
    def play(visit: Reader, id: str, log: str, request: Request) -> Response:
        call = visit.call
        with call.storage.database.read() as connection:
            found = logs.get(connection, log, find_endpoint(call, connection, id))
        if found.kind is not FileKind.AUDIO:
            raise NotFound("there is no such recording")
        return sound.stream(request, call.storage.blobs, found.blob, found.size, "audio/wav")

    @pages.post("/endpoints/{id}/logs/dataset")
    def make_data(
        visit: Writer,
        id: str,
        page: Annotated[int, Query(ge=1)] = 1,
        name: Name = "What was said",
        turn: Ids = NOTHING,
        segment: Segments = NOTHING,
        text: Segments = NOTHING,
    ) -> Response:
        call = visit.call
        try:
            texts = _texts(turn, segment, text)
            with call.storage.database.begin() as connection:
                endpoint = find(call, connection, ENDPOINTS, id)
                dataset = logged_data.create(
                    call.storage,
                    connection,
                    LogOwner(endpoint=endpoint.id),
                    new(
                        call,
                        connection,
                        Dataset,
                        Given(display_name=name),
                        locale=endpoint.locale,
                        kind=DatasetKind.ACOUSTIC,
                    ),
                    texts=texts,
                    emit=announcing(call, DATASETS),
                )
        except LectError as error:
            return _list(visit, id, page=page, problem=told(error))
        return lead(visit, f"/datasets/{dataset.id}")

    @pages.post("/endpoints/{id}/logs/{log}/delete")
    def delete(visit: Writer, id: str, log: str) -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            owner = find_endpoint(call, connection, id)
            audio = logs.get(connection, log, owner)
            for file in filter(None, (audio, logs.transcription_of(connection, audio))):
                logs.drop(connection, owner, id=file.id)
                note(call, connection, "delete", f"endpoints/{owner.endpoint}/files/logs/{file.id}")
        return lead(visit, f"/endpoints/{id}/logs")

    @pages.post("/endpoints/{id}/logs/keep")
    def keep(visit: Writer, id: str, logged: Annotated[bool, Form()] = False) -> Response:  # noqa: FBT002 - a box of a form
        call = visit.call
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            ENDPOINT_ROWS.change(connection, endpoint.id, logs_content=logged)
            note(call, connection, "update", f"endpoints/{endpoint.id}")
        return lead(visit, f"/endpoints/{id}/logs")


def _list(visit: Visit, id: str, *, page: int = 1, problem: Told | None = None) -> Response:
    call = visit.call
    with call.storage.database.read() as connection:
        endpoint = find(call, connection, ENDPOINTS, id)
        owner = LogOwner(endpoint=endpoint.id)
        part = turned(lambda skip, top: logs.newest(connection, owner, skip=skip, top=top), page)
        heard = {each.id: _heard(visit, logs.transcription_of(connection, each)) for each in part.rows}
        names = choices.names(connection, (each.model for each in part.rows))
        days = logs.per_day(connection, owner, top=DAYS)
    return show(
        visit,
        "logs",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        endpoint=endpoint,
        part=part,
        heard=heard,
        names=names,
        days=days,
        axis=scale(max((each.turns for each in days), default=0)),
        problem=problem,
    )


def _heard(visit: Visit, file: LogFile | None) -> list[Json]:
    """The segments of a turn; of one whose transcription was deleted, none."""
    if file is None:
        return []
    document = json.loads(b"".join(visit.call.storage.blobs.read(file.blob)))
    found: list[Any] = document["results"]
    return [
        {
            "from": each["offset"],
            "to": each["offset"] + each["duration"],
            "text": each["nbest"][0]["display"],
        }
        for each in found
    ]


def _texts(turns: list[str], segments: list[str], texts: list[str]) -> dict[str, list[str]]:
    """The texts of the segments of each turn that was chosen, in their order.

    Raises:
        InvalidInput: none was chosen, or what came does not fit together.
    """
    if not turns:
        raise InvalidInput("choose what is to be taken", hint="Tick at least one turn.")
    if len(segments) != len(texts):
        raise InvalidInput("the form came in parts", hint="Load the page again, and send it once more.")
    found: dict[str, list[str]] = {turn: [] for turn in turns}
    for segment, text in zip(segments, texts, strict=True):
        if (turn := segment.partition(":")[0]) in found:
            found[turn].append(" ".join(text.split()))
    return found
