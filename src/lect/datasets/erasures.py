"""Erasures: one recording of a dataset is removed wherever it is stored, and those that have learned from it are named.

The dataset keeps its id; its data and its report are new ones without the recording. What was made of the dataset (results of
evaluations and transcriptions, drafts of corrections) loses what it says of the recording. Then the bytes before are deleted for
good, and not left to be cleaned up. Models are not changed: what they have learned cannot be taken out of them, so they are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lect.core.entities import Dataset, DatasetKind, Erasure, File, FileKind
from lect.core.errors import Conflict, InvalidInput
from lect.core.files import json_bytes
from lect.core.jobs import Job, Json
from lect.core.queries import everything
from lect.core.status import Status
from lect.datasets import uploads
from lect.datasets.stripping import Owned
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import follow
from lect.store import drafts, files, lineage
from lect.store.cleaning import clean_up, in_use
from lect.store.repositories import DATASETS, ERASURES
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

ERASE = "erase"  # name of the job's kind
LEFT_ALONE = timedelta(days=1)  # what no row refers to may be about to get one: no upload lasts longer
KINDS = (DatasetKind.ACOUSTIC, DatasetKind.AUDIO)

Strip = Callable[[Storage, str, Collection[str]], Owned]
"""(dataset, names of recordings) -> the files that each resource made of the dataset keeps."""
Learners = Callable[["Connection", Storage, str, Collection[str]], list[Json]]
"""(dataset, its hashes) -> who has learned from it."""


def create(connection: Connection, dataset: Dataset, erasure: Erasure) -> Erasure:
    """Store an erasure, and the job that does it.

    Raises:
        InvalidInput: the dataset holds no recordings.
        Conflict: it was not imported, or something works with it.
    """
    if dataset.kind not in KINDS:
        raise InvalidInput(
            f"dataset {dataset.id} holds {dataset.kind} data, and no recordings",
            hint="To erase a line of text, upload the data without it and delete this dataset.",
            detailed_code="InvalidDataset",
        )
    if dataset.status is not Status.SUCCEEDED:
        raise Conflict(f"dataset {dataset.id} is {dataset.status}", hint="It can be deleted as a whole.")
    _require_rest(connection, dataset)
    ERASURES.add(connection, erasure)
    queue.add(connection, ERASE, {}, job_id=erasure.id, resource=erasure.id)
    return erasure


def erase_kind(storage: Storage, *, strips: Mapping[str, Strip], learners: Learners) -> JobKind:
    """How erasures run: one at a time.

    Args:
        strips: of what is made of datasets, by noun
        learners: finds the models
    """
    erasing = _Erasing(storage, strips, learners)
    return JobKind(
        name=ERASE,
        steps=(
            Step(name="rewrite", run=erasing.rewrite, apply=erasing.keep_the_rest, weight=10),
            Step(name="destroy", run=erasing.destroy),
        ),
        functions=frozenset({"lect.tasks:erase"}),
        on_change=follow(ERASURES),
        at_once=1,
        environment={"LECT_THREADS": "1"},
    )


class _Erasing:
    """The steps of an erasure."""

    def __init__(self, storage: Storage, strips: Mapping[str, Strip], learners: Learners) -> None:
        self._storage, self._strips, self._learners = storage, strips, learners

    def rewrite(self, work: Work) -> Json:
        """Make all files anew that hold the recording, without it."""
        with self._storage.database.read() as connection:
            erasure = ERASURES.get(connection, str(work.job.resource))
            dataset = DATASETS.get(connection, erasure.dataset)
            data = uploads.data_file_of(connection, dataset)
        if data is None:
            raise Conflict(f"the data of dataset {dataset.id} are not here")
        name, output = uploads.NAMES[dataset.kind], work.attempt / "without.zip"
        erased = work.child(
            "lect.tasks:erase",
            {
                "path": str(self._storage.place(data.blob, work.attempt / name)),
                "kind": str(dataset.kind),
                "locale": dataset.locale,
                "file": erasure.file,
                "output": str(output),
            },
        )
        report = erased["report"]
        kept = [
            self._storage.new_file(
                dataset.id,
                FileKind.DATASET_REPORT,
                uploads.REPORT,
                self._storage.blobs.put([json_bytes(report | {"dataset": name})]),
            ),
            uploads.data_file(
                self._storage,
                replace(dataset, duration=report["audio_seconds"]),
                self._storage.put_path(output),
            ),
        ]
        stripped = {
            noun: strip(self._storage, dataset.id, erased["files"]) for noun, strip in self._strips.items()
        }
        owned: dict[str, Sequence[File]] = {dataset.id: kept}
        for each in stripped.values():
            owned |= each
        return {
            "data": data.id,  # and not its blob: what a job names is kept
            "counts": {name: report[name] for name in ("accepted", "rejected", "audio_seconds")},
            "found": {
                **{name: erased[name] for name in ("files", "lines", "hashes")},
                **{noun: list(each) for noun, each in stripped.items()},
            },
            "owned": {owner: [_to_json(file) for file in each] for owner, each in owned.items()},
        }

    def keep_the_rest(self, connection: Connection, job: Job, result: Json) -> None:
        """Let what holds the recording go, and write down who has learned from it."""
        erasure = ERASURES.get(connection, str(job.resource))
        id, counts = erasure.dataset, result["counts"]
        dataset = DATASETS.get(connection, id)
        _require_rest(connection, dataset)
        data = uploads.data_file_of(connection, dataset)
        if data is None or data.id != result["data"]:
            raise Conflict(f"dataset {id} was changed by somebody else")
        hashes = {*result["found"]["hashes"], *self._hashes_before(connection, id)}
        others = {*lineage.repaired_copies(connection, id), *lineage.holders(connection, data.blob)}
        found = {
            **result["found"],
            "datasets": sorted(others - {id}),
            "models": self._learners(connection, self._storage, id, hashes),
        }
        gone = self._put(connection, result["owned"])
        for correction in found.get("corrections", ()):
            drafts.drop(connection, correction, found["files"])
        ERASURES.change(connection, erasure.id, found=found | {"blobs": gone})
        DATASETS.change(
            connection,
            id,
            accepted_lines=counts["accepted"],
            rejected_lines=counts["rejected"],
            duration=counts["audio_seconds"],
        )

    def _put(self, connection: Connection, owned: Mapping[str, Sequence[Json]]) -> list[str]:
        """Give each resource the files that it keeps; the blobs that it had and has no longer.

        One that was deleted since the files were made keeps none: nobody would ever remove them.
        """
        gone: set[str] = set()
        for owner in lineage.hold(connection, owned):
            gone |= {file.blob for file in files.page(connection, owner, everything())}
            files.put(connection, owner, [_from_json(file) for file in owned[owner]])
            queue.forget_of(connection, owner)  # what steps returned names the recording
        return sorted(gone - {file["blob"] for kept in owned.values() for file in kept})

    def destroy(self, work: Work) -> Json:
        """Delete the bytes that nothing refers to any more, and what uploads left behind: blocks hold pieces of recordings."""
        with self._storage.database.read() as connection:
            erasure = ERASURES.get(connection, str(work.job.resource))
            gone = list(erasure.found["blobs"])
            used = in_use(connection, gone)
        for number, blob in enumerate(gone):
            work.progress("Deleting", number / len(gone))
            if blob not in used:
                self._storage.blobs.delete(blob, before=work.job.created)
        cleaned = clean_up(
            self._storage.database,
            self._storage.blobs,
            before=self._storage.clock() - LEFT_ALONE,
            check=work.check,
        )
        return {"blobs": len(set(gone) - used) + cleaned.blobs}

    @staticmethod
    def _hashes_before(connection: Connection, dataset: str) -> list[str]:
        """What manifests call the dataset as it was before earlier erasures."""
        earlier = ERASURES.page(connection, everything(), dataset=dataset)
        return [each for erasure in earlier for each in erasure.found.get("hashes", ())]


def _require_rest(connection: Connection, dataset: Dataset) -> None:
    """Make sure that nothing reads the dataset, which would bring the recording back, and nothing begins to.

    Raises:
        Conflict: something does.
    """
    DATASETS.get(connection, dataset.id, held=True)  # as `uploads.hold` does
    if working := lineage.working(connection, dataset.id):
        raise Conflict(
            f"dataset {dataset.id} is being used by {', '.join(working[:5])}",
            hint="Wait until that is done, or cancel it first.",
        )


def _to_json(file: File) -> Json:
    return {**vars(file), "created": file.created.isoformat()}


def _from_json(document: Json) -> File:
    return File(
        **document
        | {"kind": FileKind(document["kind"]), "created": datetime.fromisoformat(document["created"])}
    )
