"""Foretelling a training without a model: its data are put in place and read in a child process, and nothing is kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from lect.core.entities import Model
from lect.core.errors import JobCancelled, LimitExceeded
from lect.core.jobs import Json
from lect.core.progress import silent
from lect.jobs.children import Child
from lect.models import customs
from lect.models.training_jobs import prepare
from lect.store.storage import Storage

NICENESS = 10  # the server answers first


def foretell(
    storage: Storage, model: Model, folder: Path, *, timeout: float, environment: Mapping[str, str] = {}
) -> Json:
    """What a training would do and take: the document of `lect train --dry-run --json`.

    Args:
        model: as it would be created
        folder: an empty one to work in
        timeout: seconds that it may take

    Raises:
        InvalidInput: the data or the base do not fit.
        NotFound: one of them is not there.
        LimitExceeded: it took too long.
    """
    with storage.database.read() as connection:
        model = customs.settle(connection, model)
    child = Child(
        "lect.tasks:plan",
        prepare(storage, model, folder),
        environment=environment,
        niceness=NICENESS,
    )
    timer = threading.Timer(timeout, child.kill)
    timer.start()
    try:
        return child.wait(silent)
    except JobCancelled:
        raise LimitExceeded(
            f"the dry run took longer than {timeout:.0f} seconds", hint="Ask with less data."
        ) from None
    finally:
        timer.cancel()
