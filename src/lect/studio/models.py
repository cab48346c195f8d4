"""Train: from which base and data a model is made, how it came out, and the model as one file."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Response

from lect.api.beyond.models import plan_training
from lect.api.beyond.retries import retry_model
from lect.api.files import send as send_file
from lect.api.making import announcing, new
from lect.api.models import MODELS
from lect.api.references import require_usable
from lect.api.resources import find
from lect.core.entities import HEARD, Dataset, DatasetKind, Evaluation, Model, Training
from lect.core.errors import Conflict, LectError, NotFound
from lect.core.status import Status
from lect.models import customs
from lect.models.bundles import SUFFIX
from lect.models.reproducing import TYPED, settings_of, train_command
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS
from lect.studio import choices
from lect.studio.forms import NOTHING, Given, Id, Ids, Locale, Name, Told, told
from lect.studio.lists import Number, newest, recent
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer
from lect.studio.words import EFFECTS
from lect.studio.work import progress_of

Sentences = Annotated[str, Form(max_length=customs.MAX_TEXT)]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the form of a new model says."""

    locale: str
    base: str
    datasets: list[str]
    name: str = ""
    text: str = ""
    dev: str = ""
    like: str = ""  # the model whose settings are kept; none: as is usual


def _sent(
    locale: Locale,
    name: Name = "Model",
    base: Id = "",
    dataset: Ids = NOTHING,
    text: Sentences = "",
    dev: Id = "",
    like: Id = "",
) -> Wanted:
    return Wanted(locale=locale, base=base, datasets=dataset, name=name, text=text, dev=dev, like=like)


Sent = Annotated[Wanted, Depends(_sent)]


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/models")
    def list_all(visit: Reader, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            part = newest(visit, connection, MODELS.repository, page, is_base=False)
            names = choices.names(connection, (model.base for model in part.rows if model.base))
            bases = choices.bases(visit, connection, choices.DEFAULT_LOCALE)
        return show(visit, "models", part=part, names=names, bases=bases)

    @pages.get("/models/new")
    def ask(
        visit: Reader,
        locale: str = "",
        base: str = "",
        dataset: Annotated[list[str], Query()] = NOTHING,
        like: str = "",
    ) -> Response:
        if like:
            return _form(visit, _wanted_for(visit, like))
        return _form(visit, Wanted(locale=locale, base=base, datasets=dataset))

    @pages.post("/models/new")
    def create(visit: Writer, wanted: Sent) -> Response:
        call = visit.call
        try:
            with call.storage.database.begin() as connection:
                model = _read(visit, connection, wanted)
                customs.create(call.storage, connection, model, emit=announcing(call, MODELS))
        except LectError as error:
            return _form(visit, wanted, problem=told(error))
        return lead(visit, f"/models/{model.id}")

    @pages.post("/models/plan")
    def plan(visit: Writer, wanted: Sent) -> Response:
        planned, problem = None, None
        try:
            with visit.call.storage.database.read() as connection:
                model = _read(visit, connection, wanted)
            planned = plan_training(visit.call, model)
        except LectError as error:
            problem = told(error)
        if visit.is_fragment:
            return show(visit, "parts/plan", plan=planned, problem=problem)
        return _form(visit, wanted, problem=problem, plan=planned)

    @pages.get("/models/{id}")
    def show_one(visit: Reader, id: str) -> Response:
        call = visit.call
        with call.storage.database.read() as connection:
            model = find(call, connection, MODELS, id)
            base = MODELS.repository.get(connection, model.base)
            datasets = _datasets(visit, connection, model.datasets)
            heard = {
                name: each
                for name in HEARD
                for each in _datasets(visit, connection, filter(None, [getattr(model.training, name)]))
            }
            is_whole = len(datasets) == len(model.datasets) and len(heard) == len(model.training.heard)
            found = {
                "model": model,
                "work": progress_of(visit, connection, "models", id),
                "base": base,
                "datasets": datasets,
                "heard": heard,
                "grown": recent(visit, connection, MODELS.repository, is_base=False, base=model.id),
                "losses": customs.report_of(call.storage, connection, model).get("losses") or {},
                "command": shlex.join(train_command(model, base, datasets, heard)) if is_whole else None,
                "typed": TYPED,
                "scores": _scores(visit, connection, model),
                "endpoints": [
                    each for each in recent(visit, connection, ENDPOINTS) if each.model == model.id
                ],
            }
        return show(visit, "model", **found)

    @pages.post("/models/{id}/again")
    def train_again(visit: Writer, id: str) -> Response:
        with visit.call.storage.database.begin() as connection:
            model = retry_model(visit.call, connection, id)
        return lead(visit, f"/models/{model.id}")

    @pages.get("/models/{id}/sentences")
    def download_sentences(visit: Reader, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            model = find(visit.call, connection, MODELS, id)
        headers = {"Content-Disposition": f'attachment; filename="{TYPED}"'}
        return Response((model.text or "").encode(), media_type="application/octet-stream", headers=headers)

    @pages.get("/models/{id}/bundle")
    def download(visit: Reader, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            model = find(visit.call, connection, MODELS, id)
        if model.bundle is None:
            raise Conflict("this model is not trained", hint="Only a model that is ready has a bundle.")
        return send_file(
            visit.call.storage.blobs, model.bundle, name=f"{model.id}{SUFFIX}", size=model.bundle_size
        )


def _read(visit: Visit, connection: Any, wanted: Wanted) -> Model:
    """The model that a form asks for.

    Raises:
        NotFound: what it refers to is not there, or is not for the visitor to see.
    """
    call = visit.call
    for id in (*wanted.datasets, *filter(None, [wanted.dev])):
        DATASETS.get(connection, id, project=call.project)
    like = find(call, connection, MODELS, wanted.like) if wanted.like else None
    model = new(
        call,
        connection,
        Model,
        Given(display_name=wanted.name),
        locale=wanted.locale,
        base=require_usable(call, connection, wanted.base).id if wanted.base else None,
        datasets=tuple(dict.fromkeys(wanted.datasets)),
        training=_training(visit, connection, wanted, like),
        weight=like.weight if like else None,
        text=wanted.text.strip() or None,
    )
    # No field shows what is kept of another model, so where it does not fit the data it is left out without a word.
    kept = customs.without_idle(connection, model)
    return replace(kept, training=replace(kept.training, dev=model.training.dev))


def _training(visit: Visit, connection: Any, wanted: Wanted, like: Model | None) -> Training:
    """As another model was trained, if there is one; of its data what is still there."""
    before = like.training if like else Training()
    there = {each.id for each in _datasets(visit, connection, before.heard)}
    return replace(
        before,
        dev=wanted.dev or None,
        guard=before.guard if before.guard in there else None,
        noise=before.noise if before.noise in there else None,
        times={id: often for id, often in before.times.items() if id in wanted.datasets},
    )


def _kept(visit: Visit, connection: Any, like: Model) -> dict[str, Any]:
    """What a new model takes over that no field of the form shows, and how many of the data are gone."""
    used = {*like.datasets, *like.training.heard}
    there = {each.id: each for each in _datasets(visit, connection, used)}
    data = [(name, there.get(getattr(like.training, name) or "")) for name in ("guard", "noise")]
    return {
        "name": like.display_name,
        "settings": shlex.join(settings_of(like)),
        "data": [(name, each.display_name) for name, each in data if each],
        "times": [
            (there[id].display_name, often) for id, often in like.training.times.items() if id in there
        ],
        "gone": len(used) - len(there),
    }


def _wanted_for(visit: Visit, id: str) -> Wanted:
    """What the form said of which a model was made.

    Raises:
        NotFound: there is no such model.
    """
    with visit.call.storage.database.read() as connection:
        model = find(visit.call, connection, MODELS, id)
    return Wanted(
        locale=model.locale,
        base=model.base or "",
        datasets=list(model.datasets),
        name=model.display_name,
        text=model.text or "",
        dev=model.training.dev or "",
        like=model.id,
    )


def _base(visit: Visit, connection: Any, wanted: str, offered: Sequence[Model]) -> list[Model]:
    """The base that is wanted, if it is there and not among those that are offered: a custom model that was trained further."""
    if not wanted or wanted in {each.id for each in offered}:
        return []
    try:
        return [find(visit.call, connection, MODELS, wanted)]
    except NotFound:
        return []


def _form(visit: Visit, wanted: Wanted, *, problem: Told | None = None, plan: Any = None) -> Response:
    kinds = {*customs.learnt(), DatasetKind.ACOUSTIC}
    chosen = [wanted.base, *wanted.datasets]
    kept = None
    with visit.call.storage.database.read() as connection:
        offered = choices.offered(visit, connection, kinds=kinds, locale=wanted.locale, chosen=chosen)
        seen = {each.id for each in offered.datasets}
        wanted_too = [
            each
            for each in _datasets(visit, connection, dict.fromkeys([*wanted.datasets, wanted.dev]))
            if each.id not in seen and each.kind in kinds and each.status is Status.SUCCEEDED
        ]
        offered = replace(
            offered,
            datasets=[*offered.datasets, *wanted_too],
            bases=[*offered.bases, *_base(visit, connection, wanted.base, offered.bases)],
        )
        if wanted.like:
            kept = _kept(visit, connection, find(visit.call, connection, MODELS, wanted.like))
    return show(
        visit,
        "model_new",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        offered=offered,
        learnt=set(customs.learnt()),
        effects=EFFECTS,
        wanted=wanted,
        kept=kept,
        problem=problem,
        plan=plan,
    )


def _datasets(visit: Visit, connection: Any, ids: Any) -> list[Dataset]:
    """Datasets that are still there, and for the visitor to see."""
    found = []
    for id in ids:
        try:
            found.append(DATASETS.get(connection, id, project=visit.call.project))
        except NotFound:
            continue
    return found


def _scores(visit: Visit, connection: Any, model: Model) -> list[tuple[Evaluation, Any]]:
    """The newest evaluations of a model, each with its score."""
    return [
        (each, each.scores[each.models.index(model.id)] if each.scores else None)
        for each in recent(visit, connection, EVALUATIONS)
        if model.id in each.models
    ]
