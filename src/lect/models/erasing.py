"""What reports of models say of a recording that is to be erased: why it was left out, what was heard in its place."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from lect.core.entities import File, FileKind
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.core.queries import everything
from lect.store import files, lineage
from lect.store.storage import Storage

_NAMED: Mapping[str, str] = {
    "left_out": "file",
    "suspects": "name",
    "dev_suspects": "name",
}  # lists of a report


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> dict[str, Sequence[File]]:
    """The files that each model keeps which a dataset trained or judged; those that say nothing of the recordings are left alone."""
    with storage.database.read() as connection:
        ids = {*lineage.trained_on(connection, dataset), *lineage.judged_on(connection, dataset)}
        made = {id: files.page(connection, id, everything()) for id in sorted(ids)}
    kept = {id: [_without(storage, file, recordings) for file in found] for id, found in made.items()}
    return {id: found for id, found in kept.items() if found != made[id]}


def _without(storage: Storage, file: File, recordings: Collection[str]) -> File:
    if file.kind is not FileKind.MODEL_REPORT:
        return file
    document: Json = json.loads(b"".join(storage.blobs.read(file.blob)))
    left = {
        name: [each for each in document[name] if not str(each[field]).startswith(tuple(recordings))]
        for name, field in _NAMED.items()
        if name in document
    }
    if all(left[name] == document[name] for name in left):
        return file
    blob = storage.blobs.put([json_bytes(document | left)])
    return replace(file, blob=blob.sha256, size=blob.size)
