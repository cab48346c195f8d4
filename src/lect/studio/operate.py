"""Operate: how the server is, what it does and could not do, what it keeps and how it is set."""

from __future__ import annotations

import shutil
from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Response

from lect.api.access import components_of
from lect.api.beyond.work import NOUNS, cancel_work
from lect.api.measuring import recogniser_text
from lect.api.resources import require_id
from lect.core.errors import NotFound
from lect.core.jobs import Job, JobState
from lect.jobs import queue
from lect.jobs.following import problem_of
from lect.metrics import read_live
from lect.settings import shown
from lect.store import quotas
from lect.studio.lists import Number, Part, turned
from lect.studio.pages import lead, show
from lect.studio.visits import Owner, Reader, Visit, Writer
from lect.studio.words import JOBS

_PLACES = {  # where the page of what a job works for is
    "import": "datasets",
    "gather": "datasets",
    "train": "models",
    "evaluate": "evaluations",
    "deploy": "endpoints",
    "transcribe": "transcriptions",
    "draft": "corrections",
    "collect": "datasets",
}
_PAGES = frozenset(
    {"datasets", "models", "evaluations", "endpoints", "corrections"}
)  # of these, which have one
_AGAIN = frozenset({"models", "evaluations"})  # what is made again from what it was asked for


class Which(StrEnum):
    """The jobs that a list is of."""

    ALL = "all"
    UNFINISHED = "unfinished"
    FAILED = "failed"


_STATES = {
    Which.ALL: tuple(JobState),
    Which.UNFINISHED: (JobState.QUEUED, JobState.RUNNING),
    Which.FAILED: (JobState.FAILED,),
}


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/operate")
    def overview(visit: Reader) -> Response:
        with visit.call.storage.database.read() as connection:
            at_work = _jobs(visit, connection, Which.UNFINISHED, 1)
            failed = _jobs(visit, connection, Which.FAILED, 1)
            kept = quotas.stored_parts(connection, at=visit.call.storage.clock()) if visit.sees_all else None
        told = recogniser_text(visit.service) if visit.sees_all else None
        return show(
            visit,
            "operate",
            live=read_live(told) if told else None,
            components=components_of(visit.service),
            at_work=at_work.total,
            failed=failed.total,
            kept=kept,
            most=visit.service.settings.quotas.stored_bytes,
            free=_free(visit) if visit.sees_all else None,
        )

    @pages.get("/operate/jobs")
    def list_jobs(visit: Reader, page: Number = 1, which: Which = Which.ALL) -> Response:
        with visit.call.storage.database.read() as connection:
            found = _jobs(visit, connection, which, page)
            rows = [_row(visit, connection, job) for job in found.rows]
        part = Part(rows=rows, number=found.number, total=found.total)
        return show(visit, "jobs", part=part, which=which, every=Which)

    @pages.post("/operate/jobs/{id}/cancel")
    def cancel(visit: Writer, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            job = queue.get(connection, require_id(id, "job"))
        if job is None or job.kind not in _PLACES or visit.call.project not in {None, job.project}:
            raise NotFound(f"there is no job {id}", hint="It is over and forgotten, or not yours to see.")
        cancel_work(visit.call, _PLACES[job.kind], str(job.resource))
        return lead(visit, "/operate/jobs")

    @pages.get("/operate/settings")
    def list_settings(visit: Owner) -> Response:
        return show(visit, "settings", settings=shown(visit.service.settings))


def _jobs(visit: Visit, connection: Any, which: Which, number: int) -> Part[Job]:
    """Jobs that somebody asked for; what the server does by itself, and tells web hooks, is elsewhere."""

    def read(skip: int, top: int) -> tuple[list[Job], int]:
        return queue.newest(
            connection, kinds=JOBS, states=_STATES[which], project=visit.call.project, skip=skip, top=top
        )

    return turned(read, number)


def _row(visit: Visit, connection: Any, job: Job) -> dict[str, Any]:
    """A job as its list shows it."""
    path = _PLACES.get(job.kind, "")
    return {
        "job": job,
        "is_final": job.state.is_final,
        "name": _name(connection, path, job.resource) or JOBS[job.kind],
        "path": f"/{path}/{job.resource}" if path in _PAGES else None,
        "does": JOBS[job.kind],
        "problem": problem_of(job) if job.state is JobState.FAILED else None,
        "can_cancel": visit.may_change and path in NOUNS and not job.state.is_final,
        "can_repeat": visit.may_change and path in _AGAIN and job.state is JobState.FAILED,
    }


def _name(connection: Any, path: str, resource: str | None) -> str | None:
    """What that is called which a job works for; None: it has no name, or is gone."""
    if path not in NOUNS or resource is None:
        return None
    try:
        return str(NOUNS[path].get(connection, resource).display_name)
    except NotFound:
        return None


def _free(visit: Visit) -> int | None:
    """Bytes that are left on the disk of the data folder; None: nobody knows."""
    try:
        return shutil.disk_usage(visit.service.settings.data_folder).free
    except OSError:
        return None
