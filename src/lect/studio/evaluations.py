"""Test: models run on recordings, which is better, and where each is wrong."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from lect.api.beyond.evaluations import require_different
from lect.api.beyond.retries import retry_evaluation
from lect.api.evaluations import EVALUATIONS
from lect.api.making import announcing, new
from lect.api.references import require_usable
from lect.api.resources import find
from lect.api.scratch import scratch_folder
from lect.core.entities import DatasetKind, Evaluation
from lect.core.errors import Conflict, InvalidInput, LectError, NotFound
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.core.status import Status
from lect.evaluations import requests
from lect.evaluations.details import (
    Details,
    Export,
    Order,
    Wrong,
    as_csv,
    has_times,
    render,
    select,
    speakers_of,
)
from lect.store.repositories import DATASETS
from lect.studio import choices
from lect.studio.charts import error_bars
from lect.studio.forms import NOTHING, Given, Id, Ids, Name, Told, told
from lect.studio.lists import Number, newest, part_of
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer
from lect.studio.work import progress_of

Search = Annotated[str, Query(max_length=200)]
_TYPES = {
    Export.JSON: ("json", "application/json"),
    Export.CSV: ("csv", "text/csv; charset=utf-8"),
    Export.HTML: ("html", "text/html; charset=utf-8"),
    Export.SCLITE: ("sclite.zip", "application/zip"),
}


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""
    details = Details()

    @pages.get("/evaluations")
    def list_all(visit: Reader, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            part = newest(visit, connection, EVALUATIONS.repository, page)
            named: dict[str, Any] = {
                "datasets": {each.dataset: DATASETS.get(connection, each.dataset) for each in part.rows},
                "models": choices.names(connection, (id for each in part.rows for id in each.models)),
            }
        return show(visit, "evaluations", part=part, **named)

    @pages.get("/evaluations/new")
    def ask(visit: Reader, dataset: str = "", model: Annotated[list[str], Query()] = NOTHING) -> Response:
        return _form(visit, dataset=dataset, models=model)

    @pages.post("/evaluations/new")
    def create(visit: Writer, name: Name = "Test", dataset: Id = "", model: Ids = NOTHING) -> Response:
        try:
            evaluation = _create(visit, name, dataset, model)
        except LectError as error:
            return _form(visit, dataset=dataset, models=model, name=name, problem=told(error))
        return lead(visit, f"/evaluations/{evaluation.id}")

    @pages.get("/evaluations/{id}")
    def show_one(
        visit: Reader,
        id: str,
        page: Number = 1,
        order: Order = Order.ERRORS,
        wrong: Wrong = Wrong.ALL,
        search: Search = "",
        speaker: Search = "",
        word: Search = "",
    ) -> Response:
        with visit.call.storage.database.read() as connection:
            evaluation = find(visit.call, connection, EVALUATIONS, id)
            found: dict[str, Any] = {
                "evaluation": evaluation,
                "dataset": DATASETS.get(connection, evaluation.dataset),
                "names": choices.names(connection, evaluation.models),
                "work": progress_of(visit, connection, "evaluations", id),
                "chart": error_bars(
                    [score.get("wer_ci") for score in evaluation.scores],
                    [score["wer"] for score in evaluation.scores],
                ),
            }
            document = _document(visit, connection, details, evaluation)
            if document["utterances"] and not visit.is_fragment:
                found["where"] = details.breakdown(visit.call.storage, connection, evaluation)
        asked: dict[str, Any] = {
            "order": order,
            "search": search,
            "wrong": wrong,
            "speaker": speaker,
            "word": word,
        }
        utterances = select(document, **asked)
        template = "parts/differences" if visit.is_fragment else "evaluation"
        return show(
            visit,
            template,
            **found,
            failures=document.get("failures", []),
            total=len(document["utterances"]),
            speakers=speakers_of(document),
            part=part_of(utterances, page),
            asked=asked,
            has_times=has_times(document),
            verdicts=_verdicts(evaluation),
        )

    @pages.post("/evaluations/{id}/again")
    def test_again(visit: Writer, id: str) -> Response:
        with visit.call.storage.database.begin() as connection:
            evaluation = retry_evaluation(visit.call, connection, id)
        return lead(visit, f"/evaluations/{evaluation.id}")

    @pages.get("/evaluations/{id}/export/{form}")
    def export(visit: Reader, id: str, form: Export) -> Response:
        with visit.call.storage.database.read() as connection:
            evaluation = find(visit.call, connection, EVALUATIONS, id)
            document = details.document(visit.call.storage, connection, evaluation)
        match form:
            case Export.JSON:
                return _download(evaluation, form, json_bytes(document))
            case Export.CSV:
                names = [model["model"] for model in document["models"]]
                return _download(evaluation, form, as_csv(document, names).encode("utf-8-sig"))
            case _:
                return _rendered(visit, evaluation, form)


def _download(evaluation: Evaluation, form: Export, data: bytes) -> Response:
    ending, media_type = _TYPES[form]
    headers = {"Content-Disposition": f'attachment; filename="{evaluation.id}.{ending}"'}
    return Response(data, media_type=media_type, headers=headers)


def _rendered(visit: Visit, evaluation: Evaluation, form: Export) -> Response:
    ending, media_type = _TYPES[form]
    folder, remove = scratch_folder(visit.service)
    try:
        path = render(visit.call.storage, evaluation, form, folder)
    except BaseException:
        remove()
        raise
    return FileResponse(
        path, media_type=media_type, filename=f"{evaluation.id}.{ending}", background=BackgroundTask(remove)
    )


def _create(visit: Visit, name: str, dataset: str, models: list[str]) -> Evaluation:
    """Store an evaluation, and the job that runs it, in the locale of its dataset.

    Raises:
        LectError: the dataset or a model does not fit, or is not there.
    """
    call = visit.call
    if not dataset or not models:
        raise InvalidInput("choose recordings to test on, and at least one model")
    require_different(models)
    with call.storage.database.begin() as connection:
        heard = DATASETS.get(connection, dataset, project=call.project)
        used = tuple(require_usable(call, connection, each).id for each in models)
        evaluation = new(
            call,
            connection,
            Evaluation,
            Given(display_name=name),
            locale=heard.locale,
            dataset=heard.id,
            models=used,
        )
        emit = announcing(call, EVALUATIONS)
        return requests.create(call.storage, connection, evaluation, emit=emit)


def _form(
    visit: Visit, *, dataset: str, models: list[str], name: str = "", problem: Told | None = None
) -> Response:
    with visit.call.storage.database.read() as connection:
        offered = choices.offered(visit, connection, kinds={DatasetKind.ACOUSTIC}, chosen=[dataset, *models])
    status = HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK
    return show(
        visit,
        "evaluation_new",
        status=status,
        offered=offered,
        dataset=dataset,
        models=models,
        name=name,
        problem=problem,
        most=requests.MAX_MODELS,
    )


_EMPTY: Json = {"utterances": [], "models": []}


def _document(visit: Visit, connection: Any, details: Details, evaluation: Evaluation) -> Json:
    if evaluation.status is not Status.SUCCEEDED:
        return _EMPTY
    try:
        return details.document(visit.call.storage, connection, evaluation)
    except (Conflict, NotFound):
        return _EMPTY


def _verdicts(evaluation: Evaluation) -> list[str]:
    """A sentence for each two models."""
    return [each["verdict"] for score in evaluation.scores for each in score.get("comparisons", ())]
