"""Datasets as resources: created from an address, a file, blocks, or as a repaired copy of another, then imported by a job.

`importing` holds the steps of the job.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from lect.core.entities import Dataset, DatasetKind, File, FileKind
from lect.core.errors import Conflict, InvalidInput, LimitExceeded
from lect.core.jobs import Json
from lect.core.locale import canonicalise_known
from lect.core.status import Status
from lect.datasets import zips
from lect.jobs import queue
from lect.jobs.following import Emit, tell_nobody
from lect.settings import Limits
from lect.store import blocks, files, lineage
from lect.store.blobs import Blob
from lect.store.blocks import Block
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

IMPORT = "import"  # name of the job's kind
BLOCK_BYTES = 8 << 20  # the most that one block holds
MAX_BLOCKS = 50_000

REPORT = "report.json"  # what is wrong with the data
CHANGES = "changes.tsv"  # what a repaired copy has in another form, or not at all
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
_SIZE_LIMITS = {  # settings of what one file may have; others are archives
    DatasetKind.TEXT: "text_bytes",
    DatasetKind.STRUCTURED: "text_bytes",
    DatasetKind.PRONUNCIATION: "pronunciation_bytes",
    DatasetKind.DISPLAY: "display_bytes",
}
_IMPORTED = "Wait until it is imported; if that failed, it says why."
_MEDIA_TYPES = {"data.zip": "application/zip", "data.txt": "text/plain", "data.md": "text/plain"}


def create(
    storage: Storage,
    connection: Connection,
    dataset: Dataset,
    *,
    blob: Blob | None = None,
    emit: Emit = tell_nobody,
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
    storage.add(connection, DATASETS, dataset, size=blob.size if blob else 0)
    if blob:
        files.put(connection, dataset.id, [data_file(storage, dataset, blob)])
    if not waits:
        _begin_import(storage, connection, dataset, blob)
    emit(connection, "datasetCreation", dataset.id)
    return dataset


def require_fit(kind: DatasetKind, size: int, head: bytes, *, limits: Limits) -> None:
    """Refuse what cannot become a dataset, as far as that can be told before any of it is sent.

    Args:
        size: of the file, bytes
        head: its first four bytes, or as many as it has

    Raises:
        LimitExceeded: it is too large for its kind.
        InvalidInput: it is empty, no zip where one is wanted, or one where text is.
    """
    if not size:
        raise InvalidInput("the file is empty", hint="Choose another one.")
    wants_zip = NAMES[kind].endswith(".zip")
    if head.startswith(zips.HEADS) != wants_zip:
        raise InvalidInput(
            f"the file is {'no' if wants_zip else 'a'} zip, and {kind} data come as {'one' if wants_zip else 'text'}",
            hint="Choose another kind of data, or " + ("zip the files." if wants_zip else "the text inside."),
            detailed_code="InvalidDataset",
        )
    setting = _SIZE_LIMITS.get(kind, "archive_bytes")
    limit: int = getattr(limits, setting)
    if size > limit:
        raise LimitExceeded(
            f"the file has {size:,} bytes, and {kind} data have {limit:,} at most",
            hint=f"Make several datasets of the data, or have LECT_LIMITS_{setting.upper()} raised.",
        )


def create_repaired(
    storage: Storage, connection: Connection, source: Dataset, dataset: Dataset, *, emit: Emit = tell_nobody
) -> Dataset:
    """Store a dataset that will be a repaired copy of another, and the job that makes it.

    Args:
        source: one that was imported, whatever came of it

    Raises:
        Conflict: there is no data yet, or a recording of it is being erased.
        QuotaExceeded: there is no room for another dataset.
        TooManyRequests: too many jobs are not over yet.
    """
    hold(connection, [source.id])
    if not source.status.is_final or data_file_of(connection, source) is None:
        raise Conflict(
            f"dataset {source.id} is {source.status}, and its data are not here",
            hint=_IMPORTED,
        )
    dataset = replace(dataset, made_of=source.id)
    storage.add(connection, DATASETS, dataset)
    queue.add_for(storage, connection, dataset, IMPORT, {"repair": source.id})
    emit(connection, "datasetCreation", dataset.id)
    return dataset


def create_gathered(
    storage: Storage,
    connection: Connection,
    dataset: Dataset,
    kind: str,
    arguments: Json,
    *,
    emit: Emit = tell_nobody,
) -> Dataset:
    """Store a dataset whose data a job of some kind gathers, which then calls `import_gathered`; and that job.

    Raises:
        QuotaExceeded: there is no room for another dataset.
        TooManyRequests: too many jobs are not over yet.
    """
    storage.add(connection, DATASETS, dataset)
    queue.add_for(storage, connection, dataset, kind, arguments, job_id=str(uuid4()))
    emit(connection, "datasetCreation", dataset.id)
    return dataset


def import_gathered(storage: Storage, connection: Connection, id: str, blob: Blob) -> None:
    """Import the data that were gathered for a dataset.

    Raises:
        QuotaExceeded: there is no room for them.
    """
    storage.require_bytes(connection, blob.size)
    dataset = DATASETS.get(connection, id)
    files.put(connection, id, [data_file(storage, dataset, blob)])
    queue.add(
        connection,
        IMPORT,
        {"blob": blob.to_json()},
        job_id=id,
        resource=id,
        project=dataset.project,
        key=storage.key,
    )


def put_block(storage: Storage, id: str, name: str, data: bytes, *, limits: Limits) -> None:
    """Keep a block of an upload.

    Raises:
        Conflict: the dataset was committed, or never waited for blocks.
        LimitExceeded: there are too many, or together they are too large.
    """
    blob = storage.blobs.put([data], limit=BLOCK_BYTES)
    with storage.database.begin() as connection:
        _require_waiting(DATASETS.get(connection, id, held=True))
        storage.require_bytes(connection, blob.size)
        blocks.put(connection, id, Block(name=name, blob=blob.sha256, size=blob.size))
        count, size = blocks.totals(connection, id)
        if count > MAX_BLOCKS or size > limits.archive_bytes:
            raise LimitExceeded(
                f"the blocks of one dataset are {MAX_BLOCKS:,} at most, of {limits.archive_bytes:,} bytes together",
                hint="Make several datasets of the data, or have LECT_LIMITS_ARCHIVE_BYTES raised.",
            )


def commit_blocks(storage: Storage, id: str, wanted: Sequence[tuple[str, str]]) -> None:
    """Make the dataset of blocks, in this order, and import it.

    Raises:
        Conflict: it was committed already.
        InvalidInput: there is no such block.
    """
    with storage.database.begin() as connection:
        _require_waiting(DATASETS.get(connection, id, held=True))
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


def hold(connection: Connection, ids: Iterable[str]) -> None:
    """Keep datasets as they are until this unit of work ends, in which something is to be made of them.

    Who erases a recording holds the dataset, too: what is made of it is seen by the erasure, or is made of what is left.

    Raises:
        NotFound: one of them is not there.
        Conflict: a recording of it is being erased.
    """
    for id in sorted(set(ids)):  # in one order, so that two who hold several do not wait for each other
        DATASETS.get(connection, id, held=True)
        if lineage.erasing(connection, id):
            raise Conflict(f"a recording of dataset {id} is being erased", hint="Wait until that is done.")


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
        raise InvalidInput(
            f"dataset {dataset.id} is {dataset.status}",
            hint="Only a dataset that was imported can be used.",
            detailed_code="InvalidDataset",
        )


def data_of(connection: Connection, dataset: Dataset) -> str:
    """The blob that holds a dataset's data.

    Raises:
        Conflict: they are not here yet.
    """
    file = data_file_of(connection, dataset)
    if file is None:
        raise Conflict(f"dataset {dataset.id} is {dataset.status}, and its data are not here", hint=_IMPORTED)
    return file.blob


def report_of(storage: Storage, connection: Connection, dataset: Dataset) -> Json:
    """What the import found.

    Raises:
        Conflict: it was not checked.
    """
    found = files.page(connection, dataset.id)
    report = next((file for file in found if file.name == REPORT), None)
    if report is None:
        raise Conflict(f"dataset {dataset.id} is {dataset.status} and has no report", hint=_IMPORTED)
    document: Json = json.loads(b"".join(storage.blobs.read(report.blob)))
    return document


def changes_file_of(connection: Connection, dataset: Dataset) -> File | None:
    """The list of what a repaired copy has in another form or not at all, as `datasets.changes` writes it; None: there is none."""
    return next((file for file in files.page(connection, dataset.id) if file.name == CHANGES), None)


def saved_name(dataset: Dataset) -> str:
    """What a dataset's data are called where they are saved among others."""
    return f"{dataset.id}-{NAMES[dataset.kind]}"


def data_file_of(connection: Connection, dataset: Dataset) -> File | None:
    """The file that holds a dataset's data; None: it is not here yet."""
    kind = _FILE_KINDS[dataset.kind]
    return next((file for file in files.page(connection, dataset.id) if file.kind is kind), None)


def _begin_import(storage: Storage, connection: Connection, dataset: Dataset, blob: Blob | None) -> None:
    arguments: Json = {"blob": blob.to_json() if blob else None}
    queue.add_for(storage, connection, dataset, IMPORT, arguments)


def _require_waiting(dataset: Dataset) -> None:
    if not dataset.awaits_blocks:
        raise Conflict(
            f"dataset {dataset.id} takes no blocks",
            hint="Only a dataset that was created without contentUrl does, until its blocks are committed.",
        )


def data_file(storage: Storage, dataset: Dataset, blob: Blob) -> File:
    """The file of a dataset that holds its data."""
    name = NAMES[dataset.kind]
    return storage.new_file(
        dataset.id,
        _FILE_KINDS[dataset.kind],
        name,
        blob,
        media_type=_MEDIA_TYPES[name],
        duration=dataset.duration,
    )
