"""Erasures: a recording of a dataset is removed wherever it is stored."""

from functools import partial
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Response

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.datasets import DATASETS
from lect.api.resources import (
    TASK,
    FilterText,
    Noun,
    Route,
    Skip,
    Top,
    common,
    find,
    list_page,
    reference,
    show_error,
)
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import Page
from lect.api.service import Call, caller, note
from lect.core.entities import Erasure
from lect.datasets import erasures
from lect.store import repositories
from lect.store.keys import Role


def show(call: Call, _connection: Any, erasure: Erasure) -> Any:
    """An erasure as it goes over the wire."""
    found = erasure.found
    return {
        **common(call, "erasures", erasure),
        "self": link(call, f"/erasures/{erasure.id}"),
        "dataset": reference(call, "datasets", erasure.dataset),
        "file": erasure.file,
        "files": found.get("files", []),
        "lines": found.get("lines", 0),
        "evaluations": [reference(call, "evaluations", id) for id in found.get("evaluations", ())],
        "transcriptions": [reference(call, "transcriptions", id) for id in found.get("transcriptions", ())],
        "corrections": [{"self": link(call, f"/corrections/{id}")} for id in found.get("corrections", ())],
        "datasets": [reference(call, "datasets", id) for id in found.get("datasets", ())],
        "models": [
            {
                "model": reference(call, "models", model["id"]),
                "display_name": model["name"],
                "why": model["why"],
                "copies": model["copies"],
            }
            for model in found.get("models", ())
        ],
        "error": show_error(erasure.error),
    }


ERASURES = Noun(
    path="erasures",
    repository=repositories.ERASURES,
    schema="Erasure",
    update="",
    show=show,
    delete=lambda connection, erasure: None,
    filters={name: field for name, field in TASK.items() if name != "locale"},
)


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["datasets"])
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.post(
        "/datasets/{id}:erase", name="datasets_erase", status_code=202, response_model=schemas.Erasure
    )
    def erase(
        call: Annotated[Call, Depends(writer)], id: str, body: schemas.NewErasure, response: Response
    ) -> Any:
        """Remove a recording from a dataset and from all that was made of it, and list the models that have learned from it."""
        now = call.storage.clock()
        with call.storage.database.begin() as connection:
            dataset = find(call, connection, DATASETS, id)
            erasure = Erasure(
                id=str(uuid4()),
                display_name=dataset.display_name,
                created=now,
                last_action=now,
                dataset=dataset.id,
                file=body.file,
                project=dataset.project,
            )
            erasures.create(connection, dataset, erasure)
            note(call, connection, "erase", f"datasets/{dataset.id}/erasures/{erasure.id}")
            shown = show(call, connection, erasure)
        response.headers["Location"] = shown["self"]
        return shown

    @routes.get("/erasures", name="erasures_list", response_model=Page[schemas.Erasure])
    def list_all(
        call: Annotated[Call, Depends(reader)], skip: Skip = None, top: Top = None, filter: FilterText = None
    ) -> Any:
        """All erasures, those of datasets that are gone, too."""
        return list_page(call, ERASURES, skip, top, filter, address=partial(link, call, "/erasures"))

    @routes.get("/erasures/{id}", name="erasures_get", response_model=schemas.Erasure)
    def get(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        """How far an erasure is, what was removed, and who has learned from it."""
        with call.storage.database.read() as connection:
            return show(call, connection, find(call, connection, ERASURES, id))

    return routes
