"""What transcriptions of a dataset say of a recording that is to be erased."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import replace

from lect.core.entities import File, FileKind
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.core.queries import everything
from lect.store import files
from lect.store.repositories import TRANSCRIPTIONS
from lect.store.storage import Storage


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> dict[str, Sequence[File]]:
    """The files that each transcription of a dataset keeps; those that say nothing of the recordings are left alone."""
    with storage.database.read() as connection:
        made = {
            each.id: files.page(connection, each.id, everything())
            for each in TRANSCRIPTIONS.page(connection, everything(), dataset=dataset)
        }
    kept = {id: _without(storage, found, recordings) for id, found in made.items()}
    return {id: found for id, found in kept.items() if found != made[id]}


def _without(storage: Storage, found: Sequence[File], recordings: Collection[str]) -> list[File]:
    results = {f"{name}.json" for name in recordings}
    left = [file for file in found if file.kind is not FileKind.TRANSCRIPTION or file.name not in results]
    return [
        _rewritten(storage, file, recordings) if file.kind is FileKind.TRANSCRIPTION_REPORT else file
        for file in left
    ]


def _rewritten(storage: Storage, file: File, recordings: Collection[str]) -> File:
    document: Json = json.loads(b"".join(storage.blobs.read(file.blob)))
    kept = [each for each in document["details"] if each["source"] not in recordings]
    if len(kept) == len(document["details"]):
        return file
    failed = sum(each["status"] == "Failed" for each in kept)
    document |= {
        "details": kept,
        "successfulTranscriptionsCount": len(kept) - failed,
        "failedTranscriptionsCount": failed,
    }
    blob = storage.blobs.put([json_bytes(document)])
    return replace(file, blob=blob.sha256, size=blob.size)
