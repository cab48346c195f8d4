"""What an evaluation found in each utterance, for people to look through and to take along as a file."""

from __future__ import annotations

import csv
import io
import json
import threading
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lect.core.entities import Evaluation
from lect.core.errors import Conflict
from lect.core.jobs import Json
from lect.core.progress import silent
from lect.datasets import uploads
from lect.evaluations.breakdowns import Breakdown, break_down, words_of, wrong_edits
from lect.jobs.children import Child
from lect.store import files
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

DOCUMENT = "evaluation.json"
_FORMULA = tuple(
    "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
)  # what a spreadsheet would calculate, wide forms included


class Export(StrEnum):
    """The forms in which an evaluation can be taken along."""

    JSON = "json"
    CSV = "csv"
    HTML = "html"
    SCLITE = "sclite"


class Order(StrEnum):
    """By what utterances are sorted."""

    ERRORS = "errors"  # of the model that made most, the most first
    RATE = "rate"  # of these errors to the words of the reference, the highest first
    DIFFERENCE = "difference"  # between the models, the largest first
    FILE = "file"  # as the dataset has them


class Wrong(StrEnum):
    """Which utterances are wanted, by what any model has wrong in them."""

    ALL = "all"  # right ones, too
    ANY = "any"
    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    INSERTION = "insertion"


class Details:
    """Remembers the evaluation that was looked at last. Shared by threads."""

    def __init__(self) -> None:
        self._known: tuple[str, Json] | None = None  # its blob, and the document
        self._broken_down: tuple[str, Breakdown] | None = None  # same, and where the errors are
        self._lock = threading.Lock()

    def document(self, storage: Storage, connection: Connection, evaluation: Evaluation) -> Json:
        """The document of `lect evaluate --json`.

        Raises:
            Conflict: there is none yet.
        """
        blob = document_blob(connection, evaluation)
        with self._lock:
            if self._known is None or self._known[0] != blob:
                self._known = blob, json.loads(b"".join(storage.blobs.read(blob)))
            return self._known[1]

    def breakdown(self, storage: Storage, connection: Connection, evaluation: Evaluation) -> Breakdown:
        """Where its errors are.

        Raises:
            Conflict: there is no document yet.
        """
        document, blob = self.document(storage, connection, evaluation), document_blob(connection, evaluation)
        with self._lock:
            if self._broken_down is None or self._broken_down[0] != blob:
                self._broken_down = blob, break_down(document)
            return self._broken_down[1]


def document_blob(connection: Connection, evaluation: Evaluation) -> str:
    """The blob that holds the document of an evaluation.

    Raises:
        Conflict: there is none yet.
    """
    found = files.page(connection, evaluation.id)
    file = next((file for file in found if file.name == DOCUMENT), None)
    if file is None:
        raise Conflict(f"evaluation {evaluation.id} is {evaluation.status} and has no results")
    return file.blob


def select(
    document: Json,
    *,
    order: Order = Order.ERRORS,
    search: str = "",
    wrong: Wrong = Wrong.ALL,
    speaker: str = "",
    word: str = "",
) -> list[Json]:
    """The utterances of a document that are wanted, in some order.

    Args:
        search: what the file, the speaker, the reference or a hypothesis contains; case does not matter
        speaker: whose; nothing: everybody's
        word: as it is compared, which any model has wrong, or puts where it is not said
    """
    wanted, word = search.casefold().strip(), word.casefold().strip()
    found = [
        each
        for each in document["utterances"]
        if (not speaker or each["speaker"] == speaker)
        and (not wanted or wanted in _text(each))
        and ((wrong is Wrong.ALL and not word) or _has_error(each, wrong, word))
    ]
    return sorted(found, key=_KEYS[order]) if order in _KEYS else found


def speakers_of(document: Json) -> list[str]:
    """Who speaks, in the order of the alphabet."""
    return sorted({each["speaker"] for each in document["utterances"] if each["speaker"]})


def has_times(document: Json) -> bool:
    """Whether the words that were heard have times: older evaluations kept none."""
    scores = (model for each in document["utterances"] for model in each["models"])
    return any("offset" in edit for model in scores for edit in model["alignment"])


def _has_error(utterance: Json, wrong: Wrong, word: str) -> bool:
    """Whether any model has a word wrong, in a way.

    Args:
        word: nothing: any
    """
    return any(
        (wrong in {Wrong.ALL, Wrong.ANY} or edit["kind"] == wrong)
        and (not word or word in {edit["reference"], edit["hypothesis"]})
        for model in utterance["models"]
        for edit in wrong_edits(model)
    )


def _text(utterance: Json) -> str:
    heard = (model["hypothesis"] for model in utterance["models"])
    parts = (utterance["file"], utterance["speaker"] or "", utterance["reference"], *heard)
    return "\n".join(parts).casefold()


def _errors(utterance: Json) -> list[int]:
    return [model["errors"] for model in utterance["models"]]


_KEYS: Mapping[Order, Callable[[Json], Any]] = {
    Order.ERRORS: lambda each: -max(_errors(each)),
    Order.RATE: lambda each: -max(_errors(each)) / max(words_of(each), 1),
    Order.DIFFERENCE: lambda each: min(_errors(each)) - max(_errors(each)),
}


def as_csv(document: Json, names: Sequence[str]) -> str:
    """A line an utterance: file, speaker, reference, and of each model what it heard and how many errors that has.

    What a spreadsheet would take for a formula has an apostrophe in front.

    Args:
        names: of the models
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    heads = [head for name in names for head in (name, f"errors of {name}")]
    writer.writerow(map(_harmless, ["file", "speaker", "reference", *heads]))
    for each in document["utterances"]:
        cells = [cell for model in each["models"] for cell in (model["hypothesis"], model["errors"])]
        writer.writerow(map(_harmless, [each["file"], each["speaker"] or "", each["reference"], *cells]))
    return out.getvalue()


def _harmless(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def render(storage: Storage, evaluation: Evaluation, form: Export, folder: Path) -> Path:
    """An evaluation as one HTML page with its worst recordings, or as a zip of files for NIST's sclite.

    Args:
        folder: an empty one to work in

    Raises:
        Conflict: it has no results yet.
    """
    with storage.database.read() as connection:
        dataset = DATASETS.get(connection, evaluation.dataset)
        document, data = document_blob(connection, evaluation), uploads.data_of(connection, dataset)
    output = folder / ("evaluation.html" if form is Export.HTML else "sclite.zip")
    arguments = {
        "document": str(storage.place(document, folder / DOCUMENT)),
        "data": str(storage.place(data, folder / uploads.NAMES[dataset.kind])),
        "locale": evaluation.locale,
        "form": str(form),
        "output": str(output),
    }
    Child("lect.tasks:render_evaluation", arguments, niceness=10).wait(silent)
    return output
