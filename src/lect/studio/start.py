"""The first page: three ways to begin, then how far the loop from data to an endpoint is, and what to do next."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Response

from lect import sample
from lect.core.entities import Dataset, DatasetKind, Endpoint, Evaluation, Model
from lect.core.status import Status
from lect.models import customs
from lect.store.repositories import DATASETS, ENDPOINTS, EVALUATIONS, MODELS
from lect.studio.choices import DEFAULT_LOCALE, bases, locales
from lect.studio.datasets import add_dataset
from lect.studio.lists import recent
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Writer

_NEWEST = 5  # of each noun that the page names


@dataclass(frozen=True, kw_only=True)
class Step:
    """A step of the loop."""

    name: str
    path: str  # of the list
    count: int
    does: str  # in a sentence
    action: str  # what a button says
    next: str  # where it leads; empty: something has to come first
    at_work: bool

    @property
    def is_done(self) -> bool:
        """Whether there is anything of it."""
        return self.count > 0 and not self.at_work


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/")
    def start(visit: Reader) -> Response:
        with visit.call.storage.database.read() as connection:
            found: dict[str, Any] = {
                "datasets": recent(visit, connection, DATASETS),
                "models": recent(visit, connection, MODELS, is_base=False),
                "evaluations": recent(visit, connection, EVALUATIONS),
                "endpoints": recent(visit, connection, ENDPOINTS),
            }
            first = next(iter(bases(visit, connection, DEFAULT_LOCALE)), None)
        steps = _steps(**found, base=first.id if first else "")
        upcoming = next((step for step in steps if step.next and not step.count), None)
        return show(
            visit,
            "start",
            steps=steps,
            upcoming=upcoming,
            is_empty=not any(found.values()),
            recent=_newest(found),
        )

    @pages.post("/sample")
    def take_sample(visit: Writer) -> Response:
        blobs, folder = visit.call.storage.blobs, sample.folder()
        sentences = blobs.put([(folder / "training" / "related-text.txt").read_bytes()])
        recordings = blobs.put([_zipped(folder / "testing" / "audio-and-trans")])
        add_dataset(
            visit,
            name="Orchard: test recordings",
            kind=DatasetKind.ACOUSTIC,
            locale=DEFAULT_LOCALE,
            blob=recordings,
        )
        add_dataset(
            visit, name="Orchard: sentences", kind=DatasetKind.TEXT, locale=DEFAULT_LOCALE, blob=sentences
        )
        return lead(visit, "/")

    @pages.get("/microphone")
    def speak(visit: Reader) -> Response:
        with visit.call.storage.database.read() as connection:
            offered = locales(connection)
        return show(visit, "microphone", locales=offered)


def _steps(
    *,
    datasets: list[Dataset],
    models: list[Model],
    evaluations: list[Evaluation],
    endpoints: list[Endpoint],
    base: str,
) -> list[Step]:
    """The loop, each step with what the newest results make of it."""
    ready = [each for each in datasets if each.status is Status.SUCCEEDED]
    learnt = next((each for each in ready if each.kind is DatasetKind.TEXT), None) or next(
        (each for each in ready if each.kind in customs.learnt()), None
    )
    heard = next((each for each in ready if each.kind is DatasetKind.ACOUSTIC), None)
    model = next((each for each in models if each.status is Status.SUCCEEDED), None)
    test = [("dataset", heard.id), ("model", base), ("model", model.id)] if heard and model else []
    return [
        Step(
            name="Data",
            path="/datasets",
            count=len(datasets),
            does="Recordings, sentences and names that your speech is about.",
            action="Upload data",
            next="/datasets",
            at_work=_at_work(each for each in datasets if not each.awaits_blocks),
        ),
        Step(
            name="Train",
            path="/models",
            count=len(models),
            does="A base model and your data make a model of your own.",
            action="Train a model",
            next=f"/models/new?{urlencode({'dataset': learnt.id})}" if learnt else "",
            at_work=_at_work(models),
        ),
        Step(
            name="Test",
            path="/evaluations",
            count=len(evaluations),
            does="Both hear the same recordings, and the difference is measured.",
            action="Compare with the base",
            next=f"/evaluations/new?{urlencode(test)}" if test else "",
            at_work=_at_work(evaluations),
        ),
        Step(
            name="Deploy",
            path="/endpoints",
            count=len(endpoints),
            does="An address at which your programs ask the model.",
            action="Deploy the model",
            next=f"/endpoints/new?{urlencode({'model': model.id})}" if model else "",
            at_work=_at_work(endpoints),
        ),
    ]


def _at_work(tasks: Any) -> bool:
    return any(not task.status.is_final for task in tasks)


def _newest(found: dict[str, Any]) -> list[tuple[str, Any]]:
    """The newest resources of all nouns, each with its noun."""
    every = [(noun, each) for noun, some in found.items() for each in some[:_NEWEST]]
    return sorted(every, key=lambda pair: pair[1].created, reverse=True)[:_NEWEST]


def _zipped(folder: Path) -> bytes:
    """The files of a folder as a zip."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return packed.getvalue()
