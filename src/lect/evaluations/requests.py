"""Evaluations as resources: created, then run by a job that scores one or more models on a dataset."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, combinations, count
from typing import TYPE_CHECKING

from lect.core.entities import DatasetKind, Evaluation, FileKind, Model
from lect.core.errors import InvalidInput
from lect.core.files import json_bytes
from lect.core.jobs import Job, Json
from lect.core.locale import canonicalise_known
from lect.datasets import uploads
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.models import customs
from lect.store import files
from lect.store.blobs import Blob
from lect.store.repositories import DATASETS, EVALUATIONS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

EVALUATE = "evaluate"  # name of the job's kind
MAX_MODELS = 10


def create(
    storage: Storage, connection: Connection, evaluation: Evaluation, *, emit: Emit = tell_nobody
) -> Evaluation:
    """Store an evaluation, and the job that runs it.

    Raises:
        InvalidInput: the dataset or a model does not fit.
        NotFound: one of them is not there.
        Conflict: a recording of the dataset is being erased.
    """
    evaluation = replace(evaluation, locale=canonicalise_known(evaluation.locale))
    if not 1 <= len(evaluation.models) <= MAX_MODELS:
        raise InvalidInput(
            f"an evaluation compares 1 to {MAX_MODELS} models, and these are {len(evaluation.models)}",
            hint="Make several evaluations on the same dataset.",
            detailed_code="InvalidModel",
        )
    uploads.hold(connection, [evaluation.dataset])
    uploads.require_ready(
        DATASETS.get(connection, evaluation.dataset),
        {DatasetKind.ACOUSTIC},
        hint="To measure, take audio with transcripts: kind Acoustic.",
    )
    for model in dict.fromkeys(evaluation.models):
        customs.require_fit(MODELS.get(connection, model), evaluation)
    storage.add(connection, EVALUATIONS, evaluation)
    queue.add_for(storage, connection, evaluation, EVALUATE)
    emit(connection, "evaluationCreation", evaluation.id)
    return evaluation


def delete(connection: Connection, evaluation: Evaluation) -> None:
    """Delete an evaluation with its files.

    Raises:
        Conflict: it is running.
    """
    EVALUATIONS.require_over(evaluation)
    EVALUATIONS.delete(connection, evaluation.id)
    files.drop(connection, evaluation.id)


def evaluate_kind(
    storage: Storage, *, emit: Emit = tell_nobody, threads: int = 1, at_once: int = 1
) -> JobKind:
    """How evaluations run."""
    evaluating = _Evaluating(storage)
    return JobKind(
        name=EVALUATE,
        steps=(Step(name="evaluate", run=evaluating.evaluate, apply=evaluating.keep_scores),),
        functions=frozenset({"lect.tasks:evaluate"}),
        on_change=follow(EVALUATIONS, emit=emit),
        at_once=at_once,
        environment={"LECT_THREADS": str(threads)},
    )


class _Evaluating:
    """The steps of an evaluation."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def evaluate(self, work: Work) -> Json:
        """Run the models, each once even if it is named twice, and store what came of each file."""
        with self._storage.database.read() as connection:
            evaluation = EVALUATIONS.get(connection, str(work.job.resource))
            dataset = DATASETS.get(connection, evaluation.dataset)
            data = uploads.data_of(connection, dataset)
            models = {each: MODELS.get(connection, each) for each in evaluation.models}
        places = {id: customs.place(self._storage, model, work.attempt) for id, model in models.items()}
        output = work.attempt / "evaluation.json"
        work.child(
            "lect.tasks:evaluate",
            {
                "data": str(self._storage.place(data, work.attempt / uploads.NAMES[dataset.kind])),
                "models": list(places.values()),
                "names": _names(models.values()),
                "locale": evaluation.locale,
                "output": str(output),
            },
        )
        document = json.loads(output.read_bytes())
        order = [list(models).index(each) for each in evaluation.models]
        return {
            "scores": _with_comparisons(document, order),
            "files": [{"name": name, **blob.to_json()} for name, blob in self._store(document, order)],
        }

    def keep_scores(self, connection: Connection, job: Job, result: Json) -> None:
        id = str(job.resource)
        EVALUATIONS.change(connection, id, scores=tuple(result["scores"]))
        files.put(
            connection,
            id,
            [
                self._storage.new_file(
                    id,
                    FileKind.EVALUATION_DETAILS,
                    file["name"],
                    Blob.from_json(file),
                )
                for file in result["files"]
            ],
        )

    def _store(self, document: Json, order: list[int]) -> list[tuple[str, Blob]]:
        """The whole document, and of each model what it made of each file."""
        stored = [("evaluation.json", self._storage.blobs.put([json_bytes(document)]))]
        for number, place in enumerate(order, start=1):
            for utterance in document["utterances"]:
                score = {key: utterance[key] for key in ("file", "reference", "speaker")} | utterance[
                    "models"
                ][place]
                blob = self._storage.blobs.put([json_bytes(score)])
                stored.append((f"{utterance['file']}.model{number}_score.json", blob))
        return stored


def _names(models: Iterable[Model]) -> list[str]:
    """What a report calls models: as people do, with a number where two would be called alike."""
    names: list[str] = []
    for model in models:
        alike = (f"{model.display_name} ({number})" for number in count(2))
        names.append(next(name for name in chain([model.display_name], alike) if name not in names))
    return names


def _with_comparisons(document: Json, order: list[int]) -> list[Json]:
    """The score of each model, with its comparisons with those before it.

    Args:
        document: of `lect evaluate`, each model once
        order: places in it of the models of the request
    """
    pairs = combinations(range(len(document["models"])), 2)
    by_pair = dict(zip(pairs, document["comparisons"], strict=True))
    return [
        document["models"][b]
        | {
            "comparisons": [
                {name: value for name, value in by_pair[a, b].items() if name != "b"} | {"a": place}
                for place, a in enumerate(order[:number])
                if (a, b) in by_pair
            ]
        }
        for number, b in enumerate(order)
    ]
