"""Models as resources: base models are listed, custom ones are created and then trained by a job.

`training_jobs` holds the step of the job.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.entities import (
    Correction,
    Dataset,
    DatasetKind,
    Endpoint,
    Evaluation,
    FileKind,
    Model,
    Transcription,
)
from lect.core.errors import Conflict, InvalidInput, NotFound
from lect.core.jobs import Json
from lect.core.locale import canonicalise_known, language_of
from lect.core.queries import everything
from lect.core.status import Status
from lect.datasets import uploads
from lect.jobs import queue
from lect.jobs.following import Emit, tell_nobody
from lect.models import needs, ways
from lect.models.catalogue import DEFAULT, BaseModel
from lect.models.copying import drop_finished
from lect.models.locales import id_of, locales_of
from lect.store import files
from lect.store.repositories import DATASETS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

TRAIN = "train"  # name of the job's kind
BUNDLE = "model.lect"
MAX_TEXT = 500_000  # characters of the text of a request
LEARNT = {  # kinds of data to train on, and what the training calls them
    DatasetKind.TEXT: "text",
    DatasetKind.STRUCTURED: "structured",
    DatasetKind.PRONUNCIATION: "pronunciation",
    DatasetKind.DISPLAY: "display",
    DatasetKind.ACOUSTIC: "audio",
    DatasetKind.AUDIO: "audio_only",
}


def learnt() -> list[DatasetKind]:
    """The kinds of data that can be trained on here: on recordings only where torch is installed."""
    return [kind for kind in LEARNT if kind not in needs.SPEECH or ways.can_change_weights()]


def report_of(storage: Storage, connection: Connection, model: Model) -> Json:
    """What a training told of itself: the document of `lect train --json`; of a model that tells nothing, nothing."""
    found = files.page(connection, model.id)
    report = next((file for file in found if file.kind is FileKind.MODEL_REPORT), None)
    document: Json = json.loads(b"".join(storage.blobs.read(report.blob))) if report else {}
    return document


def list_bases(connection: Connection, bases: Iterable[BaseModel], *, at: datetime) -> None:
    """Make sure that each base model has a row for each of its locales."""
    there = {model.id for model in MODELS.page(connection, everything(), is_base=True)}
    for base in bases:
        for locale in locales_of(base):
            id = id_of(base.name, locale)
            if id not in there:
                MODELS.add(
                    connection,
                    Model(
                        id=id,
                        display_name=f"{base.name} ({locale})",
                        description=f"{base.parameters} million parameters, {base.licence}",
                        created=at,
                        last_action=at,
                        status=Status.SUCCEEDED,
                        locale=locale,
                        is_base=True,
                        name=base.name,
                    ),
                )


def base_ids(connection: Connection) -> frozenset[str]:
    """The ids of all base models."""
    return MODELS.ids(connection, is_base=True)


def locales(connection: Connection) -> list[str]:
    """The locales in which there is any base model, and so a custom model, an evaluation, an endpoint or a transcription."""
    return sorted({model.locale for model in MODELS.page(connection, everything(), is_base=True)})


def default_base(connection: Connection, locale: str) -> Model:
    """The base model that a locale begins with.

    Raises:
        InvalidInput: no base knows the locale, or the default one is not installed: another one is never put in its place.
    """
    try:
        return MODELS.get(connection, id_of(DEFAULT, locale))
    except NotFound:
        if MODELS.count(connection, is_base=True, locale=locale):
            raise InvalidInput(
                f"{DEFAULT}, the base model that is taken where none is named, is not installed",
                hint="Install it, or name a model or an endpoint; GET /models/base lists the base models that are there.",
            ) from None
        raise InvalidInput(
            f"no base model is offered in {locale}",
            hint="GET /models/base lists the base models with their locales.",
            detailed_code="InvalidLocale",
        ) from None


def create(storage: Storage, connection: Connection, model: Model, *, emit: Emit = tell_nobody) -> Model:
    """Store a custom model, and the job that trains it.

    Raises:
        InvalidInput: there is nothing to train on, or a dataset or the base does not fit.
        NotFound: a dataset or the base is not there.
        Conflict: a recording of a dataset is being erased.
    """
    uploads.hold(connection, (*model.datasets, *model.training.heard))
    model = settle(connection, model)
    storage.add(connection, MODELS, model)
    queue.add_for(storage, connection, model, TRAIN)
    emit(connection, "modelCreation", model.id)
    return model


def settle(connection: Connection, model: Model) -> Model:
    """A model that can be trained: with its base, and with data that fit.

    Raises:
        InvalidInput: there is nothing to train on, or a dataset or the base does not fit.
        NotFound: a dataset or the base is not there.
    """
    model = replace(model, locale=canonicalise_known(model.locale))
    if model.text is not None and len(model.text) > MAX_TEXT:
        raise InvalidInput(f"the text is longer than {MAX_TEXT:,} characters", hint="Upload it as a dataset.")
    if model.base is None:
        model = replace(model, base=default_base(connection, model.locale).id)
    _require_base(MODELS.get(connection, str(model.base)), model)
    datasets = [DATASETS.get(connection, id) for id in model.datasets]
    _require_data(datasets, model)
    ways.require_ways(model, datasets, {id: DATASETS.get(connection, id) for id in model.training.heard})
    return model


def without_idle(connection: Connection, model: Model) -> Model:
    """The same without options that do nothing with its data: nobody asked for them who takes them over from another model.

    Raises:
        NotFound: a dataset is not there.
    """
    return needs.without_idle(model, {DATASETS.get(connection, id).kind for id in model.datasets})


def delete(connection: Connection, model: Model) -> None:
    """Delete a custom model.

    Raises:
        Conflict: it is being trained.
        InUse: an endpoint, an evaluation, a transcription or another model needs it, or it is being copied.
    """
    MODELS.require_over(model)
    drop_finished(connection, model)
    MODELS.delete(connection, model.id)
    files.drop(connection, model.id)


def require_fit(
    model: Model, task: Evaluation | Endpoint | Transcription | Correction, *, code: str = "InvalidModel"
) -> None:
    """Make sure that a model can be used for something.

    Args:
        code: what the API calls a model that was not trained

    Raises:
        InvalidInput: it is not trained, or speaks another language.
    """
    noun = type(task).__name__.lower()
    if model.status is not Status.SUCCEEDED:
        raise InvalidInput(
            f"model {model.id} is {model.status}",
            hint="Only a model that succeeded can be used.",
            detailed_code=code,
        )
    if language_of(model.locale) != language_of(task.locale):
        raise InvalidInput(
            f"model {model.id} is for {model.locale}, the {noun} for {task.locale}",
            hint=f"The {noun} and its model have the same language.",
            detailed_code="InvalidLocale",
        )


def place(storage: Storage, model: Model, folder: Path) -> str:
    """What the library calls a model: the name of a base, or the path of a bundle that is put in a folder.

    Raises:
        Conflict: it is not trained yet.
    """
    if model.is_base:
        return str(model.name)
    if model.bundle is None:
        raise Conflict(f"model {model.id} is {model.status}", hint="Only a model that succeeded can be used.")
    return str(storage.place(model.bundle, folder / f"{model.id}.lect"))


def _require_base(base: Model, model: Model) -> None:
    if language_of(base.locale) != language_of(model.locale):
        raise InvalidInput(
            f"the base model is for {base.locale}, the custom model for {model.locale}",
            hint="Choose a base model of the same language.",
            detailed_code="InvalidBaseModel",
        )
    if base.status is not Status.SUCCEEDED:
        raise InvalidInput(
            f"the base model is {base.status}",
            hint="Choose one that succeeded.",
            detailed_code="InvalidBaseModel",
        )


def _require_data(datasets: list[Dataset], model: Model) -> None:
    if not datasets and not model.text:
        raise InvalidInput(
            "there is nothing to train on",
            hint="Name datasets, or give a text.",
            detailed_code="EmptyRequest",
        )
    for dataset in datasets:
        if dataset.status is not Status.SUCCEEDED:
            raise InvalidInput(
                f"dataset {dataset.id} is {dataset.status}",
                hint="Only datasets that were imported can be trained on.",
                detailed_code="FailedDataset" if dataset.status is Status.FAILED else "InvalidDataset",
            )
        if dataset.kind not in LEARNT:
            raise InvalidInput(
                f"dataset {dataset.id}: models are not trained on data of the kind {dataset.kind}",
                hint=f"They are trained on {', '.join(LEARNT)}.",
                detailed_code="InvalidAdaptationMapping",
            )
        if language_of(dataset.locale) != language_of(model.locale):
            raise InvalidInput(
                f"dataset {dataset.id} is for {dataset.locale}, the model for {model.locale}",
                hint="Choose datasets of the same language.",
                detailed_code="InvalidLocale",
            )
