"""What transcriptions of a dataset say of a recording that is to be erased."""

from __future__ import annotations

from collections.abc import Collection

from lect.core.entities import File, FileKind
from lect.core.jobs import Json
from lect.datasets.stripping import Owned, rewritten, stripped
from lect.store.repositories import TRANSCRIPTIONS
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


def _without(document: Json, recordings: Collection[str]) -> Json:
    kept = [each for each in document["details"] if each["source"] not in recordings]
    failed = sum(each["status"] == "Failed" for each in kept)
    return document | {
        "details": kept,
        "successfulTranscriptionsCount": len(kept) - failed,
        "failedTranscriptionsCount": failed,
    }
