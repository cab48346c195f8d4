"""Deploy: at which address a model answers, the way back to the one before, and code that asks it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Request, Response, UploadFile

from lect.api.endpoints import ENDPOINTS, change_model
from lect.api.making import announcing, new
from lect.api.references import require_usable
from lect.api.resources import find
from lect.api.service import note
from lect.api.speech import ask_recogniser
from lect.core.entities import DatasetKind, Endpoint, LogOwner
from lect.core.errors import InvalidInput, LectError
from lect.core.files import BLOCK
from lect.core.jobs import Json
from lect.core.queries import everything
from lect.serving import endpoints
from lect.serving.endpoint_metrics import metrics_of
from lect.serving.live.address import CONVERSATION
from lect.store import deployments, logs
from lect.store.repositories import MODELS
from lect.studio import choices, samples
from lect.studio.endpoint_metrics import Span, charts
from lect.studio.forms import Given, Id, Locale, Name, Told, told
from lect.studio.lists import Number, newest
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer
from lect.studio.work import progress_of

_SHOWN = 20  # deployments of the history


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/endpoints")
    def list_all(visit: Reader, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            part = newest(visit, connection, ENDPOINTS.repository, page)
            names = choices.names(connection, (each.model for each in part.rows))
        return show(visit, "endpoints", part=part, names=names)

    @pages.get("/endpoints/new")
    def ask(visit: Reader, model: str = "") -> Response:
        return _form(visit, model=model)

    @pages.post("/endpoints/new")
    def create(
        visit: Writer, name: Name = "Endpoint", model: Id = "", logged: Annotated[Id, Form(alias="logs")] = ""
    ) -> Response:
        call = visit.call
        try:
            with call.storage.database.begin() as connection:
                used = require_usable(call, connection, model)
                endpoint = new(
                    call,
                    connection,
                    Endpoint,
                    Given(display_name=name),
                    locale=used.locale,
                    model=used.id,
                    logs_content=bool(logged),
                )
                endpoints.create(call.storage, connection, endpoint, emit=announcing(call, ENDPOINTS))
        except LectError as error:
            return _form(visit, model=model, name=name, problem=told(error))
        return lead(visit, f"/endpoints/{endpoint.id}")

    @pages.get("/endpoints/{id}")
    def show_one(visit: Reader, id: str, span: Span = Span.DAY) -> Response:
        call = visit.call
        with call.storage.database.read() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            history = deployments.page(connection, endpoint.id, everything())[::-1][:_SHOWN]
            offered = choices.offered(visit, connection, kinds=set[DatasetKind](), locale=endpoint.locale)
            ids = [endpoint.model, *endpoint.previous_models, *(each.model for each in history)]
            names = choices.names(connection, ids)
            model = MODELS.get(connection, endpoint.model)
            work = progress_of(visit, connection, "endpoints", id)
            _, turns = logs.newest(connection, LogOwner(endpoint=endpoint.id), top=0)
            counted = metrics_of(connection, endpoint.id, hours=span.hours, now=call.storage.clock())
        return show(
            visit,
            "endpoint",
            metrics=charts(counted, hours=span.hours),
            span=span,
            spans=Span,
            endpoint=endpoint,
            model=model,
            history=history,
            offered=offered,
            names=names,
            work=work,
            turns=turns,
            samples=samples.of(call.links.base, endpoint, wants_key=visit.is_signed_in),
        )

    @pages.post("/endpoints/{id}/model")
    def change(visit: Writer, id: str, model: Id) -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            if model != endpoint.model:
                change_model(call, connection, endpoint, model)
                note(call, connection, "update", f"endpoints/{endpoint.id}")
        return lead(visit, f"/endpoints/{id}")

    @pages.post("/endpoints/{id}/rollback")
    def roll_back(visit: Writer, id: str) -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            endpoints.roll_back(call.storage, connection, endpoint, emit=call.service.emit)
            note(call, connection, "rollback", f"endpoints/{endpoint.id}")
        return lead(visit, f"/endpoints/{id}")

    @pages.post("/endpoints/{id}/recognise")
    async def try_it(visit: Reader, id: str, request: Request, data: UploadFile) -> Response:
        return await _heard(visit, request, data, back=f"/endpoints/{id}", cid=id)

    @pages.post("/recognise")
    async def try_base(visit: Reader, request: Request, data: UploadFile, locale: Locale) -> Response:
        return await _heard(visit, request, data, back="/microphone", language=locale)


def _form(visit: Visit, *, model: str, name: str = "", problem: Told | None = None) -> Response:
    with visit.call.storage.database.read() as connection:
        offered = choices.offered(visit, connection, kinds=set[DatasetKind](), chosen=[model])
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    return show(
        visit, "endpoint_new", status=status, offered=offered, model=model, name=name, problem=problem
    )


async def _heard(visit: Visit, request: Request, data: UploadFile, *, back: str, **query: str) -> Response:
    """What is said in a recording, as a part of the page or as a page of its own."""
    if not data.size:
        raise InvalidInput("the file is empty, or none was chosen", hint="Choose a recording first.")
    answer = await ask_recogniser(
        request,
        visit.call.principal,
        target=f"{CONVERSATION}?{urlencode({**query, 'format': 'detailed'})}",
        content_type=_media_type(data),
        body=_blocks(data),
    )
    document = _document(answer.body)
    problem = None
    if answer.status != HTTPStatus.OK:
        problem = (str(document.get("message") or "The recording could not be recognised."), "")
    return show(
        visit,
        "parts/heard" if visit.is_fragment else "heard",
        status=HTTPStatus.OK if problem is None else HTTPStatus.BAD_REQUEST,
        problem=problem,
        heard=document,
        model=answer.headers.get("x-lect-model", ""),
        back=back,
    )


def _media_type(data: UploadFile) -> str:
    """What the door is told that a file is; of raw sound it would ask for the rate, so it is never that."""
    given = data.content_type or ""
    return given if given.startswith("audio/") and given.isascii() else "audio/x-file"


def _document(body: bytes) -> Json:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def _blocks(data: UploadFile) -> AsyncIterator[bytes]:
    while block := await data.read(BLOCK):
        yield block
