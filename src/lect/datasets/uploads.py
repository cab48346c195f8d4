"""Datasets as resources: created from an address, a file or blocks, then imported by a job.

An import fetches the data, checks all of it and keeps the report, whatever it says. A dataset of which nothing can be used has
failed; one of which a part can be used has not, and its report names each line that cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, cast

from lect.core.entities import Dataset, DatasetKind, File, FileKind
from lect.core.errors import Conflict, InvalidDataset, InvalidInput, LimitExceeded
from lect.core.files import json_bytes
from lect.core.jobs import Job, Json
from lect.core.locale import canonicalise_known
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.settings import Limits
from lect.store import blocks, files
from lect.store.blobs import Blob
from lect.store.blocks import Block
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

IMPORT = "import"  # name of the job's kind
BLOCK_BYTES = 8 << 20  # the most that one block holds
MAX_BLOCKS = 50_000

Fetch = Callable[
    [str, BinaryIO, int], object
]  # what is at an address is written to a file, up to so many bytes

NAMES = {  # of the data as a file, by kind
    DatasetKind.ACOUSTIC: "data.zip",
    DatasetKind.AUDIO: "data.zip",
    DatasetKind.TEXT: "data.txt",
    DatasetKind.STRUCTURED: "data.md",
    DatasetKind.PRONUNCIATION: "data.txt",
    DatasetKind.DISPLAY: "data.txt",
}
_FILE_KINDS = {
    DatasetKind.ACOUSTIC: FileKind.ACOUSTIC_DATA_ARCHIVE,
    DatasetKind.AUDIO: FileKind.AUDIO,
    DatasetKind.TEXT: FileKind.LANGUAGE_DATA,
    DatasetKind.STRUCTURED: FileKind.LANGUAGE_DATA,
    DatasetKind.PRONUNCIATION: FileKind.PRONUNCIATION_DATA,
    DatasetKind.DISPLAY: FileKind.OUTPUT_FORMATTING_DATA,
}
_MEDIA_TYPES = {"data.zip": "application/zip", "data.txt": "text/plain", "data.md": "text/plain"}


def create(
    storage: Storage, dataset: Dataset, *, blob: Blob | None = None, emit: Emit = tell_nobody
) -> Dataset:
    """Store a dataset, and the job that imports it unless its blocks are still to come.

    Args:
        blob: its data, if it came with the request

    Raises:
        UnsupportedLocale: its locale is none.
        Conflict: its project is gone.
    """
    waits = blob is None and dataset.content_url is None
    dataset = replace(dataset, awaits_blocks=waits, locale=canonicalise_known(dataset.locale))
    with storage.database.begin() as connection:
        storage.add(connection, DATASETS, dataset, size=blob.size if blob else 0)
        if blob:
            files.put(connection, dataset.id, [_data_file(storage, dataset, blob)])
        if not waits:
            _begin_import(storage, connection, dataset, blob)
        emit(connection, "datasetCreation", dataset.id)
    return dataset


def put_block(storage: Storage, id: str, name: str, data: bytes, *, limits: Limits) -> None:
    """Keep a block of an upload.

    Raises:
        Conflict: the dataset was committed, or never waited for blocks.
        LimitExceeded: there are too many, or together they are too large.
    """
    blob = storage.blobs.put([data], limit=BLOCK_BYTES)
    with storage.database.begin() as connection:
        _require_waiting(DATASETS.get(connection, id))
        there = blocks.of(connection, id)
        if len(there) >= MAX_BLOCKS or sum(block.size for block in there) + blob.size > limits.archive_bytes:
            raise LimitExceeded(f"the blocks of one dataset hold at most {limits.archive_bytes:,} bytes")
        storage.require_bytes(connection, blob.size)
        blocks.put(connection, id, Block(name=name, blob=blob.sha256, size=blob.size))


def commit_blocks(storage: Storage, id: str, wanted: Sequence[tuple[str, str]]) -> None:
    """Make the dataset of blocks, in this order, and import it.

    Raises:
        Conflict: it was committed already.
        InvalidInput: there is no such block.
    """
    with storage.database.begin() as connection:
        dataset = DATASETS.get(connection, id)
        _require_waiting(dataset)
        blocks.commit(connection, id, wanted)
        _begin_import(storage, connection, DATASETS.change(connection, id, awaits_blocks=False), None)


def delete(connection: Connection, dataset: Dataset) -> None:
    """Delete a dataset with its files.

    Raises:
        Conflict: it is being imported.
        InUse: a model, an evaluation or a transcription is made of it.
    """
    if not dataset.awaits_blocks:
        DATASETS.require_over(dataset)
    DATASETS.delete(connection, dataset.id)
    blocks.drop(connection, dataset.id)
    files.drop(connection, dataset.id)


def require_ready(dataset: Dataset, kinds: Collection[DatasetKind], *, hint: str) -> None:
    """Make sure that a dataset was imported and holds what is needed.

    Args:
        kinds: that will do
        hint: which they are

    Raises:
        InvalidInput: it was not, or does not.
    """
    if dataset.kind not in kinds:
        raise InvalidInput(
            f"dataset {dataset.id} holds {dataset.kind} data", hint=hint, detailed_code="InvalidDataset"
        )
    if dataset.status is not Status.SUCCEEDED:
        raise InvalidInput(f"dataset {dataset.id} is {dataset.status}", detailed_code="InvalidDataset")


def data_of(connection: Connection, dataset: Dataset) -> str:
    """The blob that holds a dataset's data."""
    kind = _FILE_KINDS[dataset.kind]
    return next(file.blob for file in files.page(connection, dataset.id) if file.kind is kind)


def import_kind(storage: Storage, *, fetch: Fetch, limits: Limits, emit: Emit = tell_nobody) -> JobKind:
    """How imports run."""
    importing = _Importing(storage, fetch, limits)
    return JobKind(
        name=IMPORT,
        steps=(
            Step(name="fetch", run=importing.fetch, apply=importing.keep_data),
            Step(name="check", run=importing.check, apply=importing.keep_report, weight=10),
            Step(name="judge", run=importing.judge),
        ),
        functions=frozenset({"lect.tasks:check"}),
        on_change=follow(DATASETS, emit=emit),
        at_once=2,
        environment={"LECT_THREADS": "1"},
    )


class _Importing:
    """The steps of an import."""

    def __init__(self, storage: Storage, fetch: Fetch, limits: Limits) -> None:
        self._storage, self._fetch, self._limits = storage, fetch, limits

    def fetch(self, work: Work) -> Json:
        """Bring the data in as one blob."""
        with self._storage.database.read() as connection:
            dataset = DATASETS.get(connection, str(work.job.resource))
            parts = [block.blob for block in blocks.of(connection, dataset.id) if block.place is not None]
        if (given := work.job.arguments.get("blob")) is not None:
            return cast("Json", given)
        limit = self._limits.archive_bytes
        if dataset.content_url is not None:
            path = work.attempt / "fetched"
            with path.open("wb") as file:
                self._fetch(dataset.content_url, file, limit)
            blob = self._storage.put_path(path)
        else:
            with self._storage.blobs.writing(limit=limit) as writer:
                for number, part in enumerate(parts):
                    work.progress("Joining blocks", number / len(parts))
                    for data in self._storage.blobs.read(part):
                        writer.write(data)
            blob = writer.blob
        return {"sha256": blob.sha256, "size": blob.size}

    def keep_data(self, connection: Connection, job: Job, result: Json) -> None:
        if DATASETS.get(connection, str(job.resource)).content_url is not None:  # not counted yet
            self._storage.require_bytes(connection, result["size"])
        dataset = DATASETS.change(connection, str(job.resource), content_url=None)  # it may hold a secret
        files.put(connection, dataset.id, [_data_file(self._storage, dataset, Blob(**result))])
        blocks.drop(connection, dataset.id)

    def check(self, work: Work) -> Json:
        """Find everything that is wrong with it."""
        with self._storage.database.read() as connection:
            dataset = DATASETS.get(connection, str(work.job.resource))
        path = self._storage.place(work.job.results["fetch"]["sha256"], work.attempt / NAMES[dataset.kind])
        arguments = {"path": str(path), "kind": str(dataset.kind), "locale": dataset.locale}
        report = work.child("lect.tasks:check", arguments)
        blob = self._storage.blobs.put([json_bytes(report)])
        counts = {name: report[name] for name in ("accepted", "rejected", "audio_seconds")}
        first = next((line["message"] for line in report["lines"] if line["severity"] == "error"), "")
        return {"report": {"sha256": blob.sha256, "size": blob.size}, "first": first, **counts}

    def keep_report(self, connection: Connection, job: Job, result: Json) -> None:
        dataset = DATASETS.change(
            connection,
            str(job.resource),
            accepted_lines=result["accepted"],
            rejected_lines=result["rejected"],
            duration=result["audio_seconds"],
        )
        report = self._storage.new_file(
            dataset.id, FileKind.DATASET_REPORT, "report.json", Blob(**result["report"])
        )
        data = _data_file(self._storage, dataset, Blob(**job.results["fetch"]))
        files.put(connection, dataset.id, [report, data])

    def judge(self, work: Work) -> Json:
        """Say that it failed if nothing of it can be used.

        Raises:
            InvalidDataset: nothing can.
        """
        found = work.job.results["check"]
        if not found["accepted"]:
            raise InvalidDataset(
                f"nothing of it can be used: {found['first'] or 'it is empty'}",
                hint="The file report.json names each line and what to do about it.",
            )
        return {}


def _begin_import(storage: Storage, connection: Connection, dataset: Dataset, blob: Blob | None) -> None:
    arguments: Json = {"blob": {"sha256": blob.sha256, "size": blob.size} if blob else None}
    queue.add_for(storage, connection, dataset, IMPORT, arguments)


def _require_waiting(dataset: Dataset) -> None:
    if not dataset.awaits_blocks:
        raise Conflict(
            f"dataset {dataset.id} takes no blocks",
            hint="Only a dataset that was created without contentUrl does, until its blocks are committed.",
        )


def _data_file(storage: Storage, dataset: Dataset, blob: Blob) -> File:
    name = NAMES[dataset.kind]
    return storage.new_file(
        dataset.id,
        _FILE_KINDS[dataset.kind],
        name,
        blob,
        media_type=_MEDIA_TYPES[name],
        duration=dataset.duration,
    )
