"""What transcriptions and corrections of a dataset say of a recording that is to be erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from lect.core.entities import File, FileKind
from lect.core.jobs import Json
from lect.datasets.stripping import Owned, rewritten, stripped
from lect.store import drafts
from lect.store.repositories import CORRECTIONS, TRANSCRIPTIONS
from lect.store.storage import Storage


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> Owned:
    """The files that each transcription of a dataset keeps; those that say nothing of the recordings are left alone."""
    results = {f"{name}.json" for name in recordings}

    def without(file: File) -> File | None:
        if file.kind is FileKind.TRANSCRIPTION and file.name in results:
            return None
        if file.kind is not FileKind.TRANSCRIPTION_REPORT:
            return file
        return rewritten(storage, file, lambda document: _without(document, recordings))

    return stripped(storage, lambda connection: TRANSCRIPTIONS.ids(connection, dataset=dataset), without)


def strip_corrections(storage: Storage, dataset: str, recordings: Collection[str]) -> Owned:
    """The outlines that each correction of a dataset keeps, without those of the recordings; their drafts are rows, and go as such."""
    with storage.database.read() as connection:
        gone = {
            id: [draft.outline for draft in drafts.of_files(connection, id, recordings)]
            for id in CORRECTIONS.ids(connection, dataset=dataset)
        }

    def without(file: File) -> File:
        data = bytearray(b"".join(storage.blobs.read(file.blob)))
        for begin, size in gone[file.owner]:
            data[begin : begin + size] = bytes(size)
        return replace(file, blob=storage.blobs.put([bytes(data)]).sha256)

    return stripped(storage, lambda _: [id for id, outlines in gone.items() if outlines], without)


def _without(document: Json, recordings: Collection[str]) -> Json:
    kept = [each for each in document["details"] if each["source"] not in recordings]
    failed = sum(each["status"] == "Failed" for each in kept)
    return document | {
        "details": kept,
        "successfulTranscriptionsCount": len(kept) - failed,
        "failedTranscriptionsCount": failed,
    }
