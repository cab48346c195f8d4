"""What is made of datasets loses what it says of a recording that is to be erased: files go, or are written anew without it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lect.core.entities import File
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.core.queries import everything
from lect.store import files
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

Owned = Mapping[str, Sequence[File]]  # files by the resource that has them


def stripped(
    storage: Storage,
    owners: Callable[[Connection], Iterable[str]],
    without: Callable[[File], File | None],
) -> Owned:
    """The files that each resource keeps; resources that keep all as they are stay away.

    Args:
        owners: the ids of what is made of a dataset
        without: a file without the recordings; the same if it says nothing of them, None if it says nothing else
    """
    with storage.database.read() as connection:
        made = {id: files.page(connection, id, everything()) for id in sorted(owners(connection))}
    kept = {id: [left for file in found if (left := without(file))] for id, found in made.items()}
    return {id: found for id, found in kept.items() if found != made[id]}


def rewritten(storage: Storage, file: File, change: Callable[[Json], Json]) -> File:
    """A file with its document changed; the same if nothing of it is."""
    document: Json = json.loads(b"".join(storage.blobs.read(file.blob)))
    changed = change(document)
    if changed == document:
        return file
    blob = storage.blobs.put([json_bytes(changed)])
    return replace(file, blob=blob.sha256, size=blob.size)
