"""Transcriptions as resources: files are fetched, transcribed by a job, and answered with a result each and a report.

`batch_work` holds the steps of the job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lect.core.entities import DatasetKind, Transcription
from lect.core.errors import InvalidInput
from lect.core.jobs import Job, Json
from lect.core.locale import canonicalise_known, language_of
from lect.datasets import uploads
from lect.jobs import queue
from lect.jobs.contract import Step
from lect.jobs.following import Emit, tell_nobody
from lect.jobs.recurring import Recurring
from lect.models import customs
from lect.serving import endpoints
from lect.serving.batch_work import TRANSCRIBE
from lect.store import files
from lect.store.repositories import DATASETS, ENDPOINTS, MODELS, TRANSCRIPTIONS
from lect.store.resources import TaskRepository
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

EXPIRE = "expire"  # name of the job's kind
MAX_URLS = 1_000
MAX_SECONDS = 31 * 86_400.0  # that a transcription may stay after its end


def create(
    storage: Storage, connection: Connection, transcription: Transcription, *, emit: Emit = tell_nobody
) -> Transcription:
    """Store a transcription, and the job that runs it.

    Raises:
        InvalidInput: what is to be transcribed is not said in one way, or the dataset or the model does not fit.
        NotFound: one of them is not there.
        Conflict: a recording of the dataset is being erased.
    """
    transcription = replace(transcription, locale=canonicalise_known(transcription.locale))
    _require_source(transcription)
    if transcription.time_to_live is not None and not 0 < transcription.time_to_live <= MAX_SECONDS:
        raise InvalidInput(
            "a transcription stays for at most 31 days",
            detailed_code="InvalidTimeToLive",
            target="timeToLive",
        )
    if transcription.model is None:
        model = customs.default_base(connection, transcription.locale)
        transcription = replace(transcription, model=model.id)
    customs.require_fit(MODELS.get(connection, str(transcription.model)), transcription)
    transcription = _with_languages(connection, transcription)
    if transcription.dataset is not None:
        uploads.hold(connection, [transcription.dataset])
        uploads.require_ready(
            DATASETS.get(connection, transcription.dataset),
            {DatasetKind.AUDIO, DatasetKind.ACOUSTIC},
            hint="Take one with audio: kind AudioFiles or Acoustic.",
        )
    storage.add(connection, TRANSCRIPTIONS, transcription)
    queue.add_for(storage, connection, transcription, TRANSCRIBE)
    emit(connection, "transcriptionCreation", transcription.id)
    return transcription


def delete(connection: Connection, transcription: Transcription) -> None:
    """Delete a transcription with its files.

    Raises:
        Conflict: it is running.
    """
    TRANSCRIPTIONS.require_over(transcription)
    TRANSCRIPTIONS.delete(connection, transcription.id)
    files.drop(connection, transcription.id)


_MORTAL: tuple[tuple[TaskRepository[Any], Callable[[Connection, Any], None]], ...] = (
    (TRANSCRIPTIONS, delete),
    (ENDPOINTS, endpoints.delete),
)  # what may have a time to live, and how it goes


def expire(
    connection: Connection, *, at: datetime, using: str | None = None, emit: Emit = tell_nobody
) -> None:
    """Remove the transcriptions and endpoints whose time is over by then.

    Args:
        using: only those that refer to this, which is to be deleted: nobody sees them, so they must not keep it
    """
    for repository, delete_one in _MORTAL:
        for id in repository.expired(connection, at, using=using):
            delete_one(connection, repository.get(connection, id))
            emit(connection, f"{repository.noun}Deletion", id)


def expiring(storage: Storage, *, every: float, emit: Emit = tell_nobody) -> Recurring:
    """Removes the transcriptions and endpoints whose time is over.

    Args:
        every: seconds between two looks, as `Recurring` has it
    """

    def remove(connection: Connection, _job: Job, _result: Json) -> None:
        expire(connection, at=storage.clock(), emit=emit)

    step = Step(name=EXPIRE, run=lambda _work: {}, apply=remove)
    return Recurring(step=step, every=every, clock=storage.clock)


def _with_languages(connection: Connection, transcription: Transcription) -> Transcription:
    """The transcription with a model for each language to choose from, if there are several.

    Raises:
        InvalidInput: its own locale is none of them, or a model does not fit.
        NotFound: a model is not there.
    """
    languages = transcription.options.get("languages")
    if languages is None:
        return transcription
    models = languages["models"]
    if transcription.locale not in models:
        raise InvalidInput(
            f"the locale {transcription.locale} is none of those to choose from: {', '.join(models)}",
            hint="Take one of them, or add it.",
            detailed_code="InvalidLocale",
            target="properties.languageIdentification",
        )
    chosen = {}
    for locale, named in models.items():
        own = transcription.model if locale == transcription.locale else None
        model = MODELS.get(connection, named or own or customs.default_base(connection, locale).id)
        customs.require_fit(model, replace(transcription, locale=locale))
        chosen[locale] = model.id
    if len(set(map(language_of, chosen))) < len(chosen):
        raise InvalidInput(
            "locales to choose from must differ by more than their region",
            hint="Name one for each language.",
            detailed_code="InvalidLocale",
            target="properties.languageIdentification",
        )
    options = {**transcription.options, "languages": {**languages, "models": chosen}}
    return replace(transcription, options=options)


def _require_source(transcription: Transcription) -> None:
    given = (transcription.content_urls, transcription.container_url, transcription.dataset)
    if sum(map(bool, given)) != 1:
        raise InvalidInput(
            "what is to be transcribed is said in one way",
            hint="Give exactly one of contentUrls, contentContainerUrl and dataset.",
            detailed_code="OnlyOneOfUrlsOrContainerOrDataset",
        )
    if len(transcription.content_urls) > MAX_URLS:
        raise InvalidInput(
            f"{len(transcription.content_urls):,} addresses, at most {MAX_URLS:,} are allowed",
            hint="Put the files into a container, or make several transcriptions.",
            detailed_code="ExceededNumberOfRecordingsUris",
            target="contentUrls",
        )
