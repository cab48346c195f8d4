"""Corrections: the transcripts of a dataset's recordings, written by a model, corrected by people, and made data of."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.datasets import DATASETS
from lect.api.errors import body_of
from lect.api.making import announcing, answer_created, new
from lect.api.models import show_reference
from lect.api.references import dataset_of, model_of
from lect.api.resources import (
    TASK,
    FilterText,
    Noun,
    Route,
    Skip,
    Top,
    common,
    delete_one,
    find,
    list_page,
    paginate,
    read_page,
    reference,
    show_error,
)
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import Page
from lect.api.service import Call, caller, note
from lect.core.entities import Correction, Dataset, DatasetKind, Draft, Revision, Segment
from lect.core.errors import Conflict
from lect.core.jobs import Json
from lect.serving import corrections
from lect.store import drafts, repositories
from lect.store.keys import Role

MAX_SEARCH = 200  # characters
Number = Annotated[int, Path(ge=1, le=1 << 31)]
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
_CONFLICT: dict[int | str, dict[str, Any]] = {
    409: {"description": "Somebody else changed it first.", "model": schemas.DraftConflict}
}


def show(call: Call, connection: Any, correction: Correction) -> Any:
    """A correction as it goes over the wire."""
    done, total = drafts.counts(connection, [correction.id]).get(correction.id, (0, 0))
    here = link(call, f"/corrections/{correction.id}")
    return {
        **common(call, "corrections", correction),
        "self": here,
        "locale": correction.locale,
        "dataset": reference(call, "datasets", correction.dataset),
        "model": correction.model and show_reference(call, connection, correction.model),
        "recordings": total,
        "done": done,
        "links": {"recordings": f"{here}/recordings"},
        "error": show_error(correction.error),
    }


CORRECTIONS = Noun(
    path="corrections",
    repository=repositories.CORRECTIONS,
    schema="Correction",
    update="",
    show=show,
    delete=corrections.delete,
    filters=TASK,
    tells=False,
)


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["corrections"])
    _add_corrections(routes)
    _add_drafts(routes)
    return routes


def _add_corrections(routes: APIRouter) -> None:
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.post(
        "/corrections", name="corrections_create", status_code=201, response_model=schemas.Correction
    )
    def create(
        call: Annotated[Call, Depends(writer)], body: schemas.NewCorrection, response: Response
    ) -> Any:
        """Begin to correct the transcripts of a dataset: the first drafts are what is known, or what a model hears."""
        with call.storage.database.begin() as connection:
            dataset = str(dataset_of(call, connection, body.dataset))
            model = model_of(call, connection, body.model)
            correction = create_correction(call, connection, body, dataset=dataset, model=model)
            return answer_created(call, connection, CORRECTIONS, correction, response)

    @routes.get("/corrections", name="corrections_list", response_model=Page[schemas.Correction])
    def list_all(
        call: Annotated[Call, Depends(reader)], skip: Skip = None, top: Top = None, filter: FilterText = None
    ) -> Any:
        """All corrections."""
        return list_page(call, CORRECTIONS, skip, top, filter, address=partial(link, call, "/corrections"))

    @routes.get("/corrections/{id}", name="corrections_get", response_model=schemas.Correction)
    def get(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        """How far a correction is."""
        with call.storage.database.read() as connection:
            return show(call, connection, find(call, connection, CORRECTIONS, id))

    @routes.delete("/corrections/{id}", name="corrections_delete", status_code=204)
    def delete(call: Annotated[Call, Depends(writer)], id: str) -> Response:
        """Delete a correction with its drafts; the dataset, and those made of what was done, stay."""
        delete_one(call, CORRECTIONS, id)
        return Response(status_code=204)

    @routes.post(
        "/corrections/{id}:export",
        name="corrections_export",
        status_code=201,
        response_model=SPOKEN.schemas.Dataset,
    )
    def export(
        call: Annotated[Call, Depends(writer)],
        id: str,
        body: schemas.NewCorrectedDataset,
        response: Response,
    ) -> Any:
        """Make a dataset of recordings with transcripts of all that is done; it is imported as any other."""
        with call.storage.database.begin() as connection:
            dataset = export_done(call, connection, id, body)
            return answer_created(call, connection, DATASETS, dataset, response)


def _add_drafts(routes: APIRouter) -> None:
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)
    one = "/corrections/{id}/recordings/{number}"

    @routes.get(
        "/corrections/{id}/recordings",
        name="corrections_recordings",
        response_model=Page[schemas.ListedDraft],
    )
    def list_drafts(
        call: Annotated[Call, Depends(reader)],
        id: str,
        isDone: bool | None = None,  # noqa: FBT001 - of a query
        search: Annotated[str, Query(max_length=MAX_SEARCH)] = "",
        skip: Skip = None,
        top: Top = None,
    ) -> Any:
        """The recordings, those that the model is least sure of first."""
        page = read_page(skip, top, None, {})
        with call.storage.database.read() as connection:
            correction = find(call, connection, CORRECTIONS, id)
            found, _ = drafts.page(
                connection,
                correction.id,
                is_done=isDone,
                search=search.strip(),
                skip=page.skip,
                top=page.top + 1,
            )
        address = partial(
            link,
            call,
            f"/corrections/{correction.id}/recordings",
            isDone=None if isDone is None else str(isDone).lower(),
            search=search or None,
        )
        return paginate(address, page, [show_draft(call, each) for each in found])

    @routes.get(one, name="corrections_recording", response_model=schemas.Draft)
    def get_draft(call: Annotated[Call, Depends(reader)], id: str, number: Number) -> Any:
        """The transcript of a recording as it stands."""
        with call.storage.database.read() as connection:
            correction = find(call, connection, CORRECTIONS, id)
            return show_draft(call, drafts.get(connection, correction.id, number))

    @routes.put(one, name="corrections_save", response_model=schemas.Draft, responses=_CONFLICT)
    def save(
        call: Annotated[Call, Depends(writer)], id: str, number: Number, body: schemas.DraftChange
    ) -> Any:
        """Change the transcript of a recording. Whoever changes an old revision is told what it is now, and nothing is stored."""
        return save_draft(call, id, number, body)

    @routes.get(f"{one}/revisions", name="corrections_revisions", response_model=Page[schemas.Revision])
    def list_revisions(
        call: Annotated[Call, Depends(reader)], id: str, number: Number, skip: Skip = None, top: Top = None
    ) -> Any:
        """The transcript as it was before each change, the newest first; the first of all, and the last hundred, are kept."""
        page = read_page(skip, top, None, {})
        with call.storage.database.read() as connection:
            correction = find(call, connection, CORRECTIONS, id)
            drafts.get(connection, correction.id, number)
            found = drafts.history(connection, correction.id, number)[page.skip : page.skip + page.top + 1]
        address = partial(link, call, f"/corrections/{correction.id}/recordings/{number}/revisions")
        return paginate(address, page, [show_revision(each) for each in found])

    @routes.get(f"{one}/outline", name="corrections_outline", response_class=Response, responses=_BYTES)
    def get_outline(call: Annotated[Call, Depends(reader)], id: str, number: Number) -> Response:
        """How loud the recording is over time: a byte for each equal part of it, 255 for the loudest."""
        return outline_of(call, id, number)


def create_correction(
    call: Call, connection: Any, given: Any, *, dataset: str, model: str | None
) -> Correction:
    """Store a correction, and the job that writes its first drafts.

    Args:
        given: its names and project

    Raises:
        InvalidInput: the dataset cannot be corrected, or the model does not fit.
        Conflict, QuotaExceeded, TooManyRequests: it cannot begin now.
    """
    correction = new(call, connection, Correction, given, locale="", dataset=dataset, model=model)
    correction = corrections.create(call.storage, connection, correction)
    note(call, connection, "create", f"corrections/{correction.id}")
    return correction


def save_draft(call: Call, id: str, number: int, body: schemas.DraftChange) -> Any:
    """Change the draft of a recording: what it is then as it goes over the wire, or the answer of a conflict.

    Raises:
        InvalidInput: the segments do not fit the recording.
        NotFound: there is no such recording.
        Conflict: the first drafts are not written.
    """
    try:
        with call.storage.database.begin() as connection:
            correction = find(call, connection, CORRECTIONS, id)
            draft = corrections.save(
                call.storage,
                connection,
                correction,
                number,
                since=body.revision,
                segments=[Segment(**each.model_dump(by_alias=False)) for each in body.segments],
                is_done=body.is_done,
            )
    except Conflict as error:
        if not isinstance(current := error.details.get("draft"), Draft):
            raise
        answer = schemas.DraftConflict.model_validate(body_of(error) | {"current": show_draft(call, current)})
        return JSONResponse(answer.model_dump(mode="json", exclude_none=True), HTTPStatus.CONFLICT)
    return show_draft(call, draft)


def export_done(call: Call, connection: Any, id: str, given: Any) -> Dataset:
    """Store a dataset that will be made of all that is done.

    Args:
        given: its names and project; the project is that of the correction if none is given

    Raises:
        Conflict: nothing is done, or the first drafts are not written.
        QuotaExceeded, TooManyRequests: there is no room for it.
    """
    correction = find(call, connection, CORRECTIONS, id)
    dataset = new(call, connection, Dataset, given, locale=correction.locale, kind=DatasetKind.ACOUSTIC)
    if given.project is None:
        dataset = replace(dataset, project=correction.project)
    emit = announcing(call, DATASETS)
    return corrections.export(call.storage, connection, correction, dataset, emit=emit)


def outline_of(call: Call, id: str, number: int) -> Response:
    """The outline of a recording, as it goes over the wire.

    Raises:
        NotFound: there is no such recording.
    """
    with call.storage.database.read() as connection:
        correction = find(call, connection, CORRECTIONS, id)
        data = corrections.outline_of(call.storage, connection, drafts.get(connection, correction.id, number))
    return Response(data, media_type="application/octet-stream")


def show_draft(call: Call, draft: Draft) -> Json:
    """A draft as it goes over the wire."""
    return {
        "self": link(call, f"/corrections/{draft.correction}/recordings/{draft.number}"),
        "number": draft.number,
        "file": draft.file,
        "duration": draft.duration,
        "text": draft.text,
        "confidence": draft.confidence,
        "is_done": draft.is_done,
        "revision": draft.revision,
        "changed_date_time": draft.changed,
        "segments": [vars(segment) for segment in draft.segments],
        "key": draft.key,
    }


def show_revision(revision: Revision) -> Json:
    """A draft as it was, as it goes over the wire."""
    return {
        "revision": revision.revision,
        "segments": [vars(segment) for segment in revision.segments],
        "is_done": revision.is_done,
        "changed_date_time": revision.changed,
        "key": revision.key,
    }
