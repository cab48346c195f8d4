"""Whether this server can recognise: a base model passed its self-test, which builds its graphs as well.

A worker sees to it when it starts, by a job; after that the server is ready as soon as it is up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lect import __version__
from lect.core.entities import Model
from lect.core.jobs import Job, Json
from lect.core.queries import everything
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.models.catalogue import DEFAULT
from lect.store.repositories import MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

PREPARE = "prepare"  # name of the job's kind
LOCALE = "en-US"  # every base is offered in it


def problem(connection: Connection) -> str:
    """Why this server cannot recognise yet; nothing if it can."""
    if MODELS.count(connection, is_base=True, tested=__version__):
        return ""
    if _first(connection) is None:
        return "no base model is installed"
    return "no base model has passed its self-test yet"


def plan(connection: Connection) -> None:
    """Have the first base model tested, unless one was."""
    first = _first(connection)
    if first is not None and problem(connection):
        queue.add(connection, PREPARE, {"model": first.id})


def prepare_kind(storage: Storage) -> JobKind:
    """How that is done."""

    def test(work: Work) -> Json:
        with storage.database.read() as connection:
            if not problem(connection):  # several workers began at once
                return {}
            model = MODELS.get(connection, work.job.arguments["model"])
        work.child("lect.tasks:self_test", {"model": model.name, "locale": model.locale})
        return {"tested": model.id}

    def keep(connection: Connection, _job: Job, result: Json) -> None:
        if "tested" in result:
            MODELS.change(connection, result["tested"], tested=__version__)

    return JobKind(
        name=PREPARE,
        steps=(Step(name="test", run=test, apply=keep),),
        functions=frozenset({"lect.tasks:self_test"}),
        niceness=0,
        environment={"LECT_THREADS": "1"},
    )


def _first(connection: Connection) -> Model | None:
    """The default base, else any."""
    bases = MODELS.page(connection, everything(), is_base=True, locale=LOCALE)
    return next((base for base in bases if base.name == DEFAULT), bases[0] if bases else None)
