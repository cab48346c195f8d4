"""What evaluations say of a recording that is to be erased: reference, hypotheses and alignments. Their scores are sums and stay."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import replace

from lect.core.entities import File
from lect.core.files import json_bytes
from lect.core.jobs import Json
from lect.core.queries import everything
from lect.store import files
from lect.store.repositories import EVALUATIONS
from lect.store.storage import Storage

_DETAIL = re.compile(r"(?P<file>.*)\.model[0-9]+_score\.json", re.DOTALL)


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> dict[str, Sequence[File]]:
    """The files that each evaluation on a dataset keeps; those that say nothing of the recordings are left alone."""
    with storage.database.read() as connection:
        made = {
            each.id: files.page(connection, each.id, everything())
            for each in EVALUATIONS.page(connection, everything(), dataset=dataset)
        }
    kept = {id: _without(storage, found, recordings) for id, found in made.items()}
    return {id: found for id, found in kept.items() if found != made[id]}


def _without(storage: Storage, found: Sequence[File], recordings: Collection[str]) -> list[File]:
    left = [file for file in found if not _is_about(file, recordings)]
    return [
        _rewritten(storage, file, recordings) if file.name == "evaluation.json" else file for file in left
    ]


def _is_about(file: File, recordings: Collection[str]) -> bool:
    detail = _DETAIL.fullmatch(file.name)
    return detail is not None and detail["file"] in recordings


def _rewritten(storage: Storage, file: File, recordings: Collection[str]) -> File:
    document: Json = json.loads(b"".join(storage.blobs.read(file.blob)))
    kept = [each for each in document["utterances"] if each["file"] not in recordings]
    failures = [each for each in document.get("failures", ()) if each["file"] not in recordings]
    erased = len(document["utterances"]) - len(kept)
    if not erased and len(failures) == len(document.get("failures", ())):
        return file
    document |= {"utterances": kept, "erased": document.get("erased", 0) + erased}
    if "failures" in document:
        document["failures"] = failures
    blob = storage.blobs.put([json_bytes(document)])
    return replace(file, blob=blob.sha256, size=blob.size)
