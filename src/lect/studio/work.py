"""What the pages of all nouns share: how far work is, its end, and deletion."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from fastapi import APIRouter, Response

from lect.api.beyond.corrections import CORRECTIONS
from lect.api.beyond.work import cancel_work, find_work
from lect.api.beyond.work import show as show_work
from lect.api.datasets import DATASETS
from lect.api.endpoints import ENDPOINTS
from lect.api.evaluations import EVALUATIONS
from lect.api.models import MODELS
from lect.api.resources import delete_one
from lect.studio.pages import lead, show
from lect.studio.visits import Reader, Visit, Writer

_NOUNS = {noun.path: noun for noun in (DATASETS, MODELS, EVALUATIONS, ENDPOINTS, CORRECTIONS)}


class Path(StrEnum):
    """The nouns that have work behind them, as addresses name them."""

    DATASETS = "datasets"
    MODELS = "models"
    EVALUATIONS = "evaluations"
    ENDPOINTS = "endpoints"
    CORRECTIONS = "corrections"


def add_pages(pages: APIRouter) -> None:
    """The parts of pages, and what their forms do."""

    @pages.get("/{path}/{id}/progress")
    def progress(visit: Reader, path: Path, id: str) -> Response:
        with visit.call.storage.database.read() as connection:
            work = progress_of(visit, connection, path, id)
        response = show(visit, "parts/progress", work=work)
        if work["status"].is_final and visit.is_fragment:
            response.headers["HX-Refresh"] = "true"  # the page has more to show now
        return response

    @pages.post("/{path}/{id}/cancel")
    def cancel(visit: Writer, path: Path, id: str) -> Response:
        cancel_work(visit.call, path, id)
        return lead(visit, f"/{path}/{id}")

    @pages.post("/{path}/{id}/delete")
    def delete(visit: Writer, path: Path, id: str) -> Response:
        delete_one(visit.call, _NOUNS[path], id)
        return lead(visit, f"/{path}")


def progress_of(visit: Visit, connection: Any, path: str, id: str) -> dict[str, Any]:
    """How far the work behind a resource is, for `parts/progress`."""
    task, job = find_work(visit.call, connection, path, id)
    return {
        **show_work(task, job),
        "path": f"/{path}/{task.id}",
        "is_cancelling": bool(job and job.is_cancelling),
    }
