"""What reports of models say of a recording that is to be erased: why it was left out, what was heard in its place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lect.core.entities import File, FileKind
from lect.core.jobs import Json
from lect.datasets.stripping import Owned, rewritten, stripped
from lect.models.pieces import recording_of
from lect.store import lineage
from lect.store.storage import Storage

_NAMED: Mapping[str, str] = {
    "left_out": "file",
    "suspects": "name",
    "dev_suspects": "name",
}  # lists of a report


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> Owned:
    """The files that each model keeps which a dataset trained or judged; those that say nothing of the recordings are left alone."""

    def without(file: File) -> File:
        if file.kind is not FileKind.MODEL_REPORT:
            return file
        return rewritten(storage, file, lambda document: _without(document, recordings))

    return stripped(
        storage,
        lambda connection: {
            *lineage.trained_on(connection, dataset),
            *lineage.heard_by(connection, dataset),
        },
        without,
    )


def _without(document: Json, recordings: Collection[str]) -> Json:
    return document | {
        name: [
            each
            for each in document[name]
            if not {each[field], recording_of(each[field])}.intersection(recordings)
        ]
        for name, field in _NAMED.items()
        if name in document
    }
