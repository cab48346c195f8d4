"""Uploads in blocks that were begun and left: after a while they go, with the blocks that came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lect.core.errors import NotFound
from lect.core.jobs import Job, Json
from lect.datasets import uploads
from lect.jobs.contract import Step
from lect.jobs.following import Emit, tell_nobody
from lect.jobs.recurring import Recurring
from lect.settings import Upkeep
from lect.store.repositories import DATASETS
from lect.store.storage import Storage
from lect.telemetry import get_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

EXPIRE_UPLOADS = "expire-uploads"  # name of the job's kind

_log = get_log(__name__, action="keep_up")


def remove_left(connection: Connection, *, before: datetime, emit: Emit = tell_nobody) -> int:
    """Remove the datasets that were begun before some time and whose blocks nobody has committed; how many they were.

    Younger ones are not held: their blocks may be on the way.
    """
    removed = 0
    for id in sorted(DATASETS.ids(connection, before=before, awaits_blocks=True)):
        try:
            dataset = DATASETS.get(connection, id, held=True)
        except NotFound:  # somebody else was faster
            continue
        if dataset.awaits_blocks:
            uploads.delete(connection, dataset)
            emit(connection, "datasetDeletion", id)
            removed += 1
    return removed


def clearing(storage: Storage, settings: Upkeep, *, emit: Emit = tell_nobody) -> Recurring:
    """Removes uploads that were left."""

    def remove(connection: Connection, _job: Job, _result: Json) -> None:
        before = storage.clock() - timedelta(seconds=settings.upload_seconds)
        removed = remove_left(connection, before=before, emit=emit)
        _log.info("Uploads that were left were removed.", uploads=removed)

    step = Step(name=EXPIRE_UPLOADS, run=lambda _work: {}, apply=remove)
    return Recurring(step=step, every=settings.every_seconds, clock=storage.clock)
