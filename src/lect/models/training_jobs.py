"""The job that trains a custom model.

A custom model has succeeded when its whole bundle is stored; before that nobody can use it, and what a killed training leaves
behind is not listed. If the judge of a training refuses it, the model has failed, with the judge's reasons.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.entities import HEARD, FileKind, Model
from lect.core.files import json_bytes, write_bytes
from lect.core.jobs import Job, Json
from lect.datasets import uploads
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.models import customs
from lect.store import files
from lect.store.blobs import Blob
from lect.store.repositories import DATASETS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection


def train_kind(storage: Storage, *, emit: Emit = tell_nobody, threads: int = 1, at_once: int = 1) -> JobKind:
    """How trainings run: after whatever else the machine does."""
    training = _Training(storage)
    return JobKind(
        name=customs.TRAIN,
        steps=(Step(name="train", run=training.train, apply=training.keep_model),),
        functions=frozenset({"lect.tasks:train"}),
        on_change=follow(MODELS, emit=emit),
        at_once=at_once,
        environment={"LECT_THREADS": str(threads), "MALLOC_ARENA_MAX": "1"},
    )


class _Training:
    """The steps of a training."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def train(self, work: Work) -> Json:
        """Train the bundle and store it; a training on recordings goes on from its checkpoint."""
        with self._storage.database.read() as connection:
            model = MODELS.get(connection, str(work.job.resource))
        arguments = prepare(self._storage, model, work.folder)
        output = Path(arguments["output"])
        report = work.child("lect.tasks:train", arguments)
        report.pop("bundle", None)  # a path of this machine
        bundle = self._storage.put_path(output)
        tested = report.pop("tested")
        kept = self._storage.blobs.put([json_bytes(report)])
        return {
            "bundle": bundle.to_json(),
            "report": kept.to_json(),
            "tested": tested,
            "properties": {
                name: report.get(name) for name in ("id", "kinds", "lines", "dev", "guard", "cpu_seconds")
            },
        }

    def keep_model(self, connection: Connection, job: Job, result: Json) -> None:
        id = str(job.resource)
        MODELS.change(
            connection,
            id,
            bundle=result["bundle"]["sha256"],
            bundle_size=result["bundle"]["size"],
            tested=result.get("tested"),  # one whose step was done by an earlier Lect was not
            properties=result["properties"],
        )
        report = self._storage.new_file(
            id, FileKind.MODEL_REPORT, "report.json", Blob.from_json(result["report"])
        )
        files.put(connection, id, [report])


def prepare(storage: Storage, model: Model, folder: Path) -> Json:
    """The arguments of a training, with all its data in place."""
    with storage.database.read() as connection:
        base = MODELS.get(connection, str(model.base))
        datasets = [DATASETS.get(connection, each) for each in model.datasets]
        data = [(each, uploads.data_of(connection, each)) for each in datasets]
        training = model.training
        heard = {id: uploads.data_of(connection, DATASETS.get(connection, id)) for id in training.heard}
    arguments: Json = {
        "output": str(folder / customs.BUNDLE),
        "base": customs.place(storage, base, folder / "base"),
        "locale": model.locale,
        "weight": model.weight,
        "times": {},
        **training.options,
        **{
            name: str(storage.place(heard[id], folder / name / "data.zip"))
            for name in HEARD
            if (id := getattr(training, name))
        },
    }
    for number, (dataset, blob) in enumerate(data):
        path = storage.place(blob, folder / "data" / str(number) / uploads.NAMES[dataset.kind])
        arguments.setdefault(customs.LEARNT[dataset.kind], []).append(str(path))
        if dataset.id in training.times:
            arguments["times"][str(path)] = training.times[dataset.id]
    if model.text:
        path = folder / "data" / "text.txt"
        write_bytes(path, model.text.encode())
        arguments.setdefault("text", []).append(str(path))
    return arguments
