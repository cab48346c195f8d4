"""Corrections: people write down what is said in the recordings of a dataset, beginning with what is known or heard of it.

A correction holds a draft of each recording. Each change of one names the revision that it was made to: of two people who change
the same, the second is told what the first has written, and nothing is lost. What is done becomes a dataset of its own.

`correction_work` holds the jobs that write the first drafts and make data of those that are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lect.core.entities import Correction, Dataset, DatasetKind, Draft, Segment
from lect.core.errors import Conflict, InvalidInput
from lect.core.status import Status
from lect.datasets import uploads
from lect.jobs import queue
from lect.jobs.following import Emit, tell_nobody
from lect.models import customs
from lect.store import drafts, files
from lect.store.repositories import CORRECTIONS, DATASETS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

DRAFT = "draft"  # names of the jobs' kinds
COLLECT = "collect"
OUTLINES = (
    "outlines"  # name of the file of a correction that holds those of all its recordings, one after the other
)
KINDS = (DatasetKind.AUDIO, DatasetKind.ACOUSTIC)  # of data that can be corrected
MAX_SEGMENTS = 10_000  # of one recording
MAX_TEXT = 10_000  # characters of a segment
MAX_SPEAKER = 256  # characters of a name
LEAST_SECONDS = 0.01  # that a segment lasts
_ROUNDING = 0.02  # seconds by which times may miss each other, and the end of the recording


def create(storage: Storage, connection: Connection, correction: Correction) -> Correction:
    """Store a correction, and the job that writes its first drafts.

    Raises:
        InvalidInput: its dataset holds no recordings, or was not imported; or nobody says what is to be heard in them.
        Conflict: a recording of the dataset is being erased.
        TooManyRequests: too many jobs are not over yet.
    """
    uploads.hold(connection, [correction.dataset])
    dataset = DATASETS.get(connection, correction.dataset)
    uploads.require_ready(dataset, KINDS, hint="A correction wants recordings, with or without transcripts.")
    correction = replace(correction, locale=dataset.locale)
    if correction.model is None:
        if dataset.kind is DatasetKind.AUDIO:
            raise InvalidInput(
                f"dataset {dataset.id} holds recordings without transcripts, and no model is to hear them",
                hint="Name a model, which writes the first drafts.",
                target="model",
            )
    else:
        customs.require_fit(MODELS.get(connection, correction.model), correction)
    storage.add(connection, CORRECTIONS, correction)
    queue.add_for(storage, connection, correction, DRAFT)
    return correction


def delete(connection: Connection, correction: Correction) -> None:
    """Delete a correction with all its drafts.

    Raises:
        Conflict: its first drafts are being written.
    """
    CORRECTIONS.require_over(correction)
    CORRECTIONS.delete(connection, correction.id)
    files.drop(connection, correction.id)


def require_ready(correction: Correction) -> None:
    """Make sure that there are drafts to work on.

    Raises:
        Conflict: they are being written, or that failed.
    """
    if correction.status is not Status.SUCCEEDED:
        raise Conflict(
            f"correction {correction.id} is {correction.status}, and its drafts are not written",
            hint="Wait until they are; if that failed, it says why.",
        )


def save(
    storage: Storage,
    connection: Connection,
    correction: Correction,
    number: int,
    *,
    since: int,
    segments: Sequence[Segment],
    is_done: bool,
) -> Draft:
    """Change the draft of a recording; when the unit of work ends it is durable, and what it was before is kept.

    What was stored already is not stored again: whoever does not know whether a change arrived may send it once more.

    Args:
        since: the revision that the change was made to

    Raises:
        InvalidInput: a segment lies outside of the recording, or two of them overlap.
        Conflict: the draft is at another revision; `details["draft"]` is the draft as it is now.
        NotFound: there is no such recording.
    """
    require_ready(correction)
    draft = drafts.get(connection, correction.id, number)
    wanted = replace(
        draft,
        segments=tuple(_checked(segments, draft)),
        is_done=is_done,
        changed=storage.clock(),
        key=storage.key,
    )
    if (wanted.segments, wanted.is_done) == (draft.segments, draft.is_done):
        return draft
    return drafts.change(connection, wanted, since=since)


def outline_of(storage: Storage, connection: Connection, draft: Draft) -> bytes:
    """The peaks of a recording over time: a byte for each equal part of it, 255 for the loudest."""
    begin, size = draft.outline
    file = next(file for file in files.page(connection, draft.correction) if file.name == OUTLINES)
    return b"".join(storage.blobs.read(file.blob, offset=begin, length=size))


def export(
    storage: Storage,
    connection: Connection,
    correction: Correction,
    dataset: Dataset,
    *,
    emit: Emit = tell_nobody,
) -> Dataset:
    """Store a dataset of recordings with transcripts that will be made of all that is done, and the job that makes it.

    Args:
        dataset: the new one

    Raises:
        Conflict: nothing is done yet, or a recording of the dataset is being erased.
        QuotaExceeded, TooManyRequests: there is no room for it.
    """
    require_ready(correction)
    done, total = drafts.counts(connection, [correction.id]).get(correction.id, (0, 0))
    if not done:
        raise Conflict(
            f"of {total:,} recordings of this correction none is done",
            hint="Mark those that are right as done; they are what becomes data.",
        )
    uploads.hold(connection, [correction.dataset])
    dataset = replace(dataset, made_of=correction.dataset, locale=correction.locale)
    return uploads.create_gathered(
        storage, connection, dataset, COLLECT, {"correction": correction.id}, emit=emit
    )


def _checked(segments: Sequence[Segment], draft: Draft) -> list[Segment]:
    """The segments as they are stored.

    Raises:
        InvalidInput: they do not fit the recording.
    """
    if len(segments) > MAX_SEGMENTS:
        raise InvalidInput(
            f"{len(segments):,} segments, at most {MAX_SEGMENTS:,} are stored of a recording",
            hint="Merge some.",
        )
    checked, end = list[Segment](), 0.0
    for place, segment in enumerate(segments, start=1):
        if len(segment.text) > MAX_TEXT:
            raise InvalidInput(
                f"segment {place}: its text is longer than {MAX_TEXT:,} characters", hint="Split the segment."
            )
        if segment.duration < LEAST_SECONDS or segment.offset < end - _ROUNDING:
            raise InvalidInput(
                f"segment {place}: it begins before the one before it ends, or lasts no time",
                hint="Segments follow each other in time.",
            )
        if segment.end > draft.duration + _ROUNDING:
            raise InvalidInput(
                f"segment {place}: it ends at {segment.end:.2f} s, and the recording at {draft.duration:.2f} s",
                hint="End it with the recording.",
            )
        # What overlaps by less than can be heard does not overlap once it is stored.
        begin, end = round(max(segment.offset, end), 3), round(min(segment.end, draft.duration), 3)
        if begin >= end:
            raise InvalidInput(
                f"segment {place}: it lasts no time", hint="Remove it, or merge it with the next."
            )
        checked.append(replace(segment, offset=begin, duration=round(end - begin, 3)))
    return checked
