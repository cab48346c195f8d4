"""The jobs behind corrections: the first drafts are written of what is known or heard, and what is done becomes a dataset.

All recordings are decoded once for their outlines, then a model hears them if one is to. What an attempt that was broken off has
decoded or heard is not done again.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.entities import Correction, Draft, FileKind, Segment
from lect.core.errors import InvalidDataset
from lect.core.files import json_bytes, write_bytes
from lect.core.jobs import Job, JobState, Json
from lect.core.locale import blank_of
from lect.datasets import uploads
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.models import customs
from lect.serving.corrections import COLLECT, DRAFT, OUTLINES
from lect.serving.surviving import TRANSCRIBE, transcribe_each
from lect.store import drafts, files
from lect.store.blobs import Blob
from lect.store.repositories import CORRECTIONS, DATASETS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
_CHARACTER = re.compile(r"\w")


def draft_kind(storage: Storage, *, threads: int = 1, at_once: int = 1) -> JobKind:
    """How first drafts are written."""
    drafting = _Drafting(storage)
    return JobKind(
        name=DRAFT,
        steps=(
            Step(name="outline", run=drafting.outline, weight=2),
            Step(name="hear", run=drafting.hear, weight=20),
            Step(name="write", run=drafting.write, apply=drafting.keep),
        ),
        functions=frozenset({"lect.tasks:outline", TRANSCRIBE}),
        on_change=follow(CORRECTIONS),
        at_once=at_once,
        environment={"LECT_THREADS": str(threads)},
    )


class _Drafting:
    """The steps of writing them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def outline(self, work: Work) -> Json:
        """Decode all recordings once, with what is known of each."""
        correction = self._get(work)
        arguments = {"output": str(_outlined(work)), "locale": correction.locale}
        return work.child("lect.tasks:outline", arguments | _placed(self._storage, correction, work))

    def hear(self, work: Work) -> Json:
        """Let the model hear them, if there is one."""
        correction = self._get(work)
        if correction.model is None:
            return {}
        with self._storage.database.read() as connection:
            model = MODELS.get(connection, correction.model)
        output = work.folder / "heard"
        arguments = {
            "archive": _placed(self._storage, correction, work)["path"],
            "model": customs.place(self._storage, model, work.attempt),
            "locale": correction.locale,
            "output": str(output),
            "word_times": False,
            "profanity": "raw",
            "punctuation": "automatic",
            "channels": None,
        }
        return {"files": transcribe_each(work, arguments, output)}

    def write(self, work: Work) -> Json:
        """Write the drafts to a file of the job, and store the outlines.

        Raises:
            InvalidDataset: no recording can be decoded.
        """
        correction = self._get(work)
        path, outlines = work.attempt / "drafts", work.attempt / OUTLINES
        begin = number = 0
        with path.open("w", encoding="utf-8") as file, outlines.open("wb") as joined:
            for place in range(work.job.results["outline"]["recordings"]):
                known = json.loads((_outlined(work) / f"{place}.json").read_bytes())
                if "error" in known:
                    continue
                number += 1
                size = joined.write((_outlined(work) / f"{place}.outline").read_bytes())
                heard = _heard(work, place) if correction.model else None
                document = {**first_draft(known, heard), "number": number, "outline": [begin, size]}
                file.write(json.dumps(document) + "\n")
                begin += size
        if not number:
            raise InvalidDataset(
                "no recording of the dataset can be decoded", hint="Its report says what is wrong with each."
            )
        return {"drafts": str(path), "outlines": self._storage.put_path(outlines).to_json()}

    def keep(self, connection: Connection, job: Job, result: Json) -> None:
        """Give the correction its drafts: of the file that `write` has just written in this very process."""
        id, now = str(job.resource), self._storage.clock()
        with Path(result["drafts"]).open(encoding="utf-8") as file:
            drafts.put(connection, id, [_draft(id, json.loads(line), now) for line in file])
        outlines = Blob.from_json(result["outlines"])
        files.put(connection, id, [self._storage.new_file(id, FileKind.AUDIO, OUTLINES, outlines)])

    def _get(self, work: Work) -> Correction:
        with self._storage.database.read() as connection:
            return CORRECTIONS.get(connection, str(work.job.resource))


def collect_kind(storage: Storage, *, emit: Emit = tell_nobody) -> JobKind:
    """How datasets are made of what is done; when the data are there, they are imported as any others."""
    collecting = _Collecting(storage)
    followed = follow(DATASETS, emit=emit)

    def on_change(connection: Connection, job: Job) -> None:
        if job.state is not JobState.SUCCEEDED:  # then the import goes on with the dataset
            followed(connection, job)

    return JobKind(
        name=COLLECT,
        steps=(Step(name="collect", run=collecting.collect, apply=collecting.begin_import),),
        functions=frozenset({"lect.tasks:correct"}),
        on_change=on_change,
        environment={"LECT_THREADS": "1"},
    )


class _Collecting:
    """The step of the job."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def collect(self, work: Work) -> Json:
        """Write the zip of what is done now."""
        with self._storage.database.read() as connection:
            correction = CORRECTIONS.get(connection, str(work.job.arguments["correction"]))
            done = drafts.all_of(connection, correction.id, is_done=True)
        transcripts, output = work.attempt / "transcripts.json", work.attempt / "corrected.zip"
        document = [
            {"file": each.file, "duration": each.duration, "segments": [vars(said) for said in each.segments]}
            for each in done
        ]
        write_bytes(transcripts, json_bytes(document))
        placed = _placed(self._storage, correction, work)
        work.child(
            "lect.tasks:correct",
            {"path": placed["path"], "transcripts": str(transcripts), "output": str(output)},
        )
        return self._storage.put_path(output).to_json()

    def begin_import(self, connection: Connection, job: Job, result: Json) -> None:
        uploads.import_gathered(self._storage, connection, str(job.resource), Blob.from_json(result))


def first_draft(known: Json, heard: Json | None) -> Json:
    """What a recording's draft begins with.

    Where somebody wrote a transcript already, that stays, with what the model heard beside it; how far the two agree is how sure
    the model is of it. Else it is what the model heard, segment by segment.

    Args:
        known: `file, duration` in seconds, `transcript` and `speaker`, both of which may be None
        heard: what `lect.tasks:transcribe` wrote of it; None: no model was to hear it

    Returns:
        `file, duration, segments, confidence`
    """
    said = _transcript(heard) if heard else None
    text, duration = known["transcript"], known["duration"]
    draft = {"file": known["file"], "duration": duration}
    if text is None and said and said["segments"]:
        segments = [
            {name: each[name] for name in ("offset", "duration", "confidence")} | {"text": each["display"]}
            for each in said["segments"]
        ]
        return draft | {"segments": _within(segments, duration), "confidence": said["confidence"]}
    whole = {"offset": 0.0, "duration": duration, "text": text or "", "speaker": known["speaker"]}
    if heard is None:
        return draft | {"segments": [whole], "confidence": None}
    if said is None or text is None:  # it could not be heard, or nothing was
        return draft | {"segments": [whole | {"confidence": 0.0}], "confidence": 0.0}
    confidence = agreement(text, said["display"], is_spaced=bool(blank_of(said["locale"])))
    whole |= {"heard": said["display"], "confidence": confidence}
    return draft | {"segments": [whole], "confidence": confidence}


def agreement(written: str, heard: str, *, is_spaced: bool = True) -> float:
    """The share of words that two texts have in common, in order; 0 to 1. Capitals and punctuation do not matter.

    Args:
        is_spaced: there are blanks between words; else characters are compared
    """
    word = _WORD if is_spaced else _CHARACTER
    a, b = (word.findall(text.casefold()) for text in (written, heard))
    return round(float(SequenceMatcher(None, a, b, autojunk=False).ratio()), 4)


def _transcript(heard: Json) -> Json | None:
    """What was heard; None: the recording could not be heard."""
    return None if "error" in heard else heard["channels"]["0"]


def _within(segments: list[Json], duration: float) -> list[Json]:
    """The segments without what lies behind the end of the recording, or within the one before."""
    kept, begin = [], 0.0
    for each in segments:
        offset, end = max(each["offset"], begin), min(each["offset"] + each["duration"], duration)
        if end > offset:
            kept.append(each | {"offset": round(offset, 3), "duration": round(end - offset, 3)})
            begin = end
    return kept


def _draft(correction: str, document: Json, now: datetime) -> Draft:
    segments = tuple(Segment(**each) for each in document.pop("segments"))
    outline = tuple(document.pop("outline"))
    return Draft(correction=correction, segments=segments, outline=outline, changed=now, **document)


def _placed(storage: Storage, correction: Correction, work: Work) -> Json:
    with storage.database.read() as connection:
        dataset = DATASETS.get(connection, correction.dataset)
        blob = uploads.data_of(connection, dataset)
    return {"path": str(storage.place(blob, work.attempt / "data.zip")), "kind": str(dataset.kind)}


def _outlined(work: Work) -> Path:
    return work.folder / "outlined"


def _heard(work: Work, place: int) -> Json:
    document: Json = json.loads((work.folder / "heard" / f"{place}.json").read_bytes())
    return document
