"""Upkeep of the store: what nobody needs any more is removed."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.jobs import Job, Json
from lect.jobs import queue
from lect.jobs.contract import Step, Work
from lect.jobs.recurring import Recurring
from lect.settings import Upkeep
from lect.store import deliveries, endpoint_metrics
from lect.store.cleaning import clean_up
from lect.store.storage import Storage
from lect.telemetry import get_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

FORGET = "forget"  # names of the kinds of jobs
CLEAN = "clean"

_log = get_log(__name__, action="keep_up")


def forgetting(storage: Storage, settings: Upkeep) -> Recurring:
    """Removes the records of jobs and of deliveries of web hooks that are over for long, and old metrics of endpoints."""

    def forget(connection: Connection, _job: Job, _result: Json) -> None:
        now = storage.clock()
        gone = {
            "jobs": queue.forget(connection, before=now - timedelta(seconds=settings.job_seconds)),
            "deliveries": deliveries.forget(
                connection, before=now - timedelta(seconds=settings.delivery_seconds)
            ),
            "metrics": endpoint_metrics.forget(
                connection, before=now - timedelta(seconds=settings.metric_seconds)
            ),
        }
        _log.info("Old records were removed.", **gone)

    step = Step(name=FORGET, run=lambda _work: {}, apply=forget)
    return Recurring(step=step, every=settings.every_seconds, clock=storage.clock)


def cleaning(storage: Storage, settings: Upkeep, *, scratch: Path) -> Recurring:
    """Removes blobs that nothing refers to, and what killed processes left.

    Args:
        scratch: folder of what requests need while they are answered
    """

    def clean(work: Work) -> Json:
        before = storage.clock() - timedelta(seconds=settings.orphan_seconds)
        cleaned = clean_up(storage.database, storage.blobs, before=before, check=work.check)
        for path in scratch.glob("*"):
            if path.stat().st_mtime < before.timestamp():
                shutil.rmtree(path, ignore_errors=True)
        _log.info("Orphans were removed.", blobs=cleaned.blobs, bytes=cleaned.size)
        return {"blobs": cleaned.blobs, "bytes": cleaned.size}

    step = Step(name=CLEAN, run=clean)
    return Recurring(step=step, every=settings.every_seconds, clock=storage.clock)
