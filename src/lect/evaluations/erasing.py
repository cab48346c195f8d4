"""What evaluations say of a recording that is to be erased: reference, hypotheses and alignments. Their scores are sums and stay."""

from __future__ import annotations

import re
from collections.abc import Collection

from lect.core.entities import File
from lect.core.jobs import Json
from lect.datasets.stripping import Owned, rewritten, stripped
from lect.store.repositories import EVALUATIONS
from lect.store.storage import Storage

_DETAIL = re.compile(r"(?P<file>.*)\.model[0-9]+_score\.json", re.DOTALL)


def strip(storage: Storage, dataset: str, recordings: Collection[str]) -> Owned:
    """The files that each evaluation on a dataset keeps; those that say nothing of the recordings are left alone."""

    def without(file: File) -> File | None:
        if (detail := _DETAIL.fullmatch(file.name)) and detail["file"] in recordings:
            return None
        if file.name != "evaluation.json":
            return file
        return rewritten(storage, file, lambda document: _without(document, recordings))

    return stripped(storage, lambda connection: EVALUATIONS.ids(connection, dataset=dataset), without)


def _without(document: Json, recordings: Collection[str]) -> Json:
    kept = {
        name: [each for each in document[name] if each["file"] not in recordings]
        for name in ("utterances", "failures")
        if name in document
    }
    gone = len(document["utterances"]) - len(kept["utterances"])
    return document | kept | ({"erased": document.get("erased", 0) + gone} if gone else {})
