"""Corrections: which transcripts a model is least sure of, and the editor in which people put them right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query, Request, Response

from lect.api.beyond.corrections import (
    CORRECTIONS,
    MAX_SEARCH,
    create_correction,
    export_done,
    outline_of,
    save_draft,
    show_draft,
    show_revision,
)
from lect.api.datasets import DATASETS
from lect.api.references import require_usable
from lect.api.resources import find
from lect.api.schemas import beyond as schemas
from lect.core.entities import Correction, Dataset, Draft
from lect.core.errors import InvalidInput, LectError
from lect.core.locale import blank_of
from lect.core.queries import everything
from lect.core.status import Status
from lect.datasets.archive import MEDIA_TYPES
from lect.datasets.contents import Contents
from lect.serving.corrections import KINDS
from lect.store import drafts
from lect.store.repositories import CORRECTIONS as ROWS
from lect.studio import choices, sound
from lect.studio.forms import NOTHING, Given, Id, Name, Told, told
from lect.studio.lists import Number, newest, part_of, turned
from lect.studio.packing import packed_for
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer
from lect.studio.work import progress_of

Search = Annotated[str, Query(max_length=MAX_SEARCH)]
Recording = Annotated[int, Path(ge=1, le=1 << 31)]
Texts = Annotated[list[str], Form(max_length=2_000)]
WINDOW = 100  # segments that the editor shows at once
_DRAWN = bytes(loud - loud % 5 for loud in range(256))  # of an outline: waveforms are 88 pixels high


class Which(StrEnum):
    """The recordings that a list is of."""

    ALL = "all"
    TO_DO = "to-do"
    DONE = "done"


JSON = "application/json"
_LOOK = "What you wrote stands below; theirs is what this page shows when it is loaded again."
_DONE = {Which.ALL: None, Which.TO_DO: False, Which.DONE: True}


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""
    _add_corrections(pages)
    _add_editor(pages)


def _add_corrections(pages: APIRouter) -> None:
    @pages.get("/corrections")
    def list_all(visit: Reader, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            part = newest(visit, connection, ROWS, page)
            return show(visit, "corrections", part=part, **_named(visit, connection, part.rows))

    @pages.get("/corrections/new")
    def ask(visit: Reader, dataset: str = "") -> Response:
        return _form(visit, dataset=dataset)

    @pages.post("/corrections/new")
    def create(visit: Writer, name: Name = "Transcripts", dataset: Id = "", model: Id = "") -> Response:
        call = visit.call
        try:
            with call.storage.database.begin() as connection:
                found = find(call, connection, DATASETS, dataset)
                correction = create_correction(
                    call,
                    connection,
                    Given(display_name=name),
                    dataset=found.id,
                    model=require_usable(call, connection, model).id if model else None,
                )
        except LectError as error:
            return _form(visit, dataset=dataset, model=model, name=name, problem=told(error))
        return lead(visit, f"/corrections/{correction.id}")

    @pages.get("/corrections/{id}")
    def show_one(
        visit: Reader, id: str, page: Number = 1, which: Which = Which.ALL, search: Search = ""
    ) -> Response:
        return _show(visit, id, page=page, which=which, search=search)

    @pages.post("/corrections/{id}/dataset")
    def export(visit: Writer, id: str, name: Name = "Corrected transcripts") -> Response:
        call = visit.call
        try:
            with call.storage.database.begin() as connection:
                dataset = export_done(call, connection, id, Given(display_name=name))
        except LectError as error:
            return _show(visit, id, problem=told(error))
        return lead(visit, f"/datasets/{dataset.id}")


def _add_editor(pages: APIRouter) -> None:
    contents = Contents()
    here = "/corrections/{id}/recordings/{number}"

    @pages.get(here)
    def edit(visit: Reader, id: str, number: Recording, page: Number = 1) -> Response:
        return _edit(visit, id, number, page=page)

    @pages.post(here)
    def save(
        visit: Writer,
        id: str,
        number: Recording,
        revision: Annotated[int, Form(ge=1)],
        first: Annotated[int, Form(ge=1)],
        total: Annotated[int, Form(ge=0)],
        text: Texts = NOTHING,
        then: Annotated[str, Form(max_length=16)] = "",
    ) -> Response:
        """What the page sends where no script runs: the texts of the segments that it shows alone; `then` is the button pressed."""
        page = -(-first // WINDOW)
        try:
            before = _get(visit, id, number)
            shown = part_of(before.segments, page, WINDOW)
            if (first, total, len(text)) != (shown.first, shown.total, len(shown.rows)):
                raise InvalidInput(
                    "the form is of other segments", hint="Load the page again: they were changed meanwhile."
                )
            said = dict(enumerate((" ".join(each.split()) for each in text), first - 1))
            segments = [
                schemas.Segment(**vars(segment) | {"text": said.get(at, segment.text)})
                for at, segment in enumerate(before.segments)
            ]
            is_done = {"done": True, "undone": False}.get(then, before.is_done)
            body = schemas.DraftChange(revision=revision, segments=segments, is_done=is_done)
            answer = save_draft(visit.call, id, number, body)
        except LectError as error:
            return _edit(visit, id, number, page=page, problem=told(error), given=text)
        if isinstance(answer, Response):
            told_conflict = ("Somebody else has changed this recording meanwhile.", _LOOK)
            return _edit(visit, id, number, page=page, problem=told_conflict, given=text)
        rest = "/next" if then == "done" else f"?page={page}" if page > 1 else ""
        return lead(visit, f"/corrections/{id}/recordings/{number}{rest}")

    @pages.get(f"{here}/next")
    def go_on(visit: Reader, id: str, number: Recording) -> Response:
        """The way to the next recording that is to do; if there is none behind this one, to the first, then to the list."""
        draft = _get(visit, id, number)
        with visit.call.storage.database.read() as connection:
            found = drafts.following(connection, draft, is_done=False)
            if found is None:
                found = drafts.first_to_do(connection, draft.correction)
        return lead(visit, f"/corrections/{draft.correction}" + (f"/recordings/{found}" if found else ""))

    @pages.get(f"{here}/draft")
    def get_draft(visit: Reader, id: str, number: Recording) -> Response:
        """The draft as the editor sends it back; its text as a whole is that of its segments."""
        return _json(
            visit, schemas.DraftChange.model_validate(show_draft(visit.call, _get(visit, id, number)))
        )

    @pages.post(f"{here}/draft")
    def save_from_script(visit: Writer, id: str, number: Recording, body: schemas.DraftChange) -> Response:
        """What the editor sends. That somebody else was first is no error for it: it shows theirs, and asks."""
        answer = save_draft(visit.call, id, number, body)
        if isinstance(answer, Response):
            return _send(visit, bytes(answer.body), JSON)
        return _json(visit, schemas.DraftChange.model_validate(answer))

    @pages.get(f"{here}/revisions")
    def list_revisions(visit: Reader, id: str, number: Recording, before: Number = 1) -> Response:
        """The newest revision that is kept from before another; nothing if there is none."""
        draft = _get(visit, id, number)
        with visit.call.storage.database.read() as connection:
            history = drafts.history(connection, draft.correction, number)
        found = next((each for each in history if each.revision < before), None)
        if found is None:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        return _json(visit, schemas.Revision.model_validate(show_revision(found)))

    @pages.get(f"{here}/outline")
    def get_outline(visit: Reader, id: str, number: Recording) -> Response:
        """The outline in steps that are still too small to see: packed, it is a quarter lighter."""
        answer = outline_of(visit.call, id, number)
        return _send(visit, bytes(answer.body).translate(_DRAWN), str(answer.media_type))

    @pages.get(f"{here}/audio")
    def play(visit: Reader, id: str, number: Recording, request: Request) -> Response:
        draft, call = _get(visit, id, number), visit.call
        with call.storage.database.read() as connection:
            correction = find(call, connection, CORRECTIONS, id)
            dataset: Dataset = find(call, connection, DATASETS, correction.dataset)
        played = contents.recording(call.storage, dataset, draft.file)
        return sound.send(
            request, played, MEDIA_TYPES.get(PurePosixPath(draft.file).suffix.lower(), sound.UNKNOWN)
        )


def corrections_of(visit: Visit, connection: Any, dataset: Dataset) -> list[dict[str, Any]]:
    """The corrections of a dataset, the newest first, each with how many of its recordings are done."""
    found = ROWS.page(connection, everything(), project=visit.call.project, dataset=dataset.id)[::-1]
    counts = drafts.counts(connection, [each.id for each in found])
    return [{"correction": each, "counts": counts.get(each.id, (0, 0))} for each in found]


def _get(visit: Visit, id: str, number: int) -> Draft:
    """The draft of a recording.

    Raises:
        NotFound: there is none.
    """
    with visit.call.storage.database.read() as connection:
        correction = find(visit.call, connection, CORRECTIONS, id)
        return drafts.get(connection, correction.id, number)


def _json(visit: Visit, document: Any) -> Response:
    return _send(visit, document.model_dump_json(exclude_none=True).encode(), JSON)


def _send(visit: Visit, data: bytes, media_type: str) -> Response:
    data, headers = packed_for(visit.request, data)
    return Response(data, media_type=media_type, headers=headers)


def _named(visit: Visit, connection: Any, corrections: Sequence[Correction]) -> dict[str, Any]:
    """What a list of corrections shows besides them."""
    return {
        "datasets": {
            each.dataset: find(visit.call, connection, DATASETS, each.dataset) for each in corrections
        },
        "counts": drafts.counts(connection, [each.id for each in corrections]),
    }


def _form(
    visit: Visit, *, dataset: str = "", model: str = "", name: str = "", problem: Told | None = None
) -> Response:
    with visit.call.storage.database.read() as connection:
        offered = choices.offered(visit, connection, kinds=KINDS, chosen=[dataset, model])
        chosen = find(visit.call, connection, DATASETS, dataset) if dataset else None
    return show(
        visit,
        "correction_new",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        offered=offered,
        chosen=chosen,
        model=model,
        name=name,
        problem=problem,
    )


def _show(
    visit: Visit,
    id: str,
    *,
    page: int = 1,
    which: Which = Which.ALL,
    search: str = "",
    problem: Told | None = None,
) -> Response:
    call = visit.call
    with call.storage.database.read() as connection:
        correction: Correction = find(call, connection, CORRECTIONS, id)
        done, total = drafts.counts(connection, [correction.id]).get(correction.id, (0, 0))
        part = turned(
            lambda skip, top: drafts.page(
                connection,
                correction.id,
                is_done=_DONE[which],
                search=search.strip(),
                skip=skip,
                top=top,
            ),
            page,
        )
        found: dict[str, Any] = {
            "correction": correction,
            "dataset": find(call, connection, DATASETS, correction.dataset),
            "names": choices.names(connection, [correction.model] if correction.model else []),
            "work": progress_of(visit, connection, "corrections", correction.id),
            "first": drafts.first_to_do(connection, correction.id),
            "seconds": drafts.seconds(connection, correction.id),
        }
    return show(
        visit,
        "parts/recordings" if visit.is_fragment else "correction",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        part=part,
        done=done,
        total=total,
        which=which,
        every=Which,
        search=search,
        problem=problem,
        **found,
    )


def _edit(
    visit: Visit,
    id: str,
    number: int,
    *,
    page: int = 1,
    problem: Told | None = None,
    given: Sequence[str] = (),
) -> Response:
    """The page of a recording.

    Args:
        given: texts of segments that could not be saved: in their fields, if there are as many
    """
    draft, call = _get(visit, id, number), visit.call
    with call.storage.database.read() as connection:
        correction: Correction = find(call, connection, CORRECTIONS, id)
        around = drafts.preceding(connection, draft), drafts.following(connection, draft)
    part = part_of(draft.segments, page, WINDOW)
    return show(
        visit,
        "recording",
        status=HTTPStatus.CONFLICT if problem else HTTPStatus.OK,
        correction=correction,
        draft=draft,
        part=part,
        given=given,
        is_given_here=len(given) == len(part.rows),
        around=around,
        is_spaced=bool(blank_of(correction.locale)),
        is_ready=correction.status is Status.SUCCEEDED,
        problem=problem,
    )
