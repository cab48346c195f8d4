"""Routes of projects, which only v3 knows."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.datasets import DATASETS
from lect.api.endpoints import ENDPOINTS
from lect.api.evaluations import EVALUATIONS
from lect.api.making import answer_created, new
from lect.api.models import MODELS
from lect.api.resources import (
    NAMES,
    FilterText,
    Noun,
    Route,
    Skip,
    Top,
    add_locales,
    add_routes,
    common,
    find,
    list_page,
)
from lect.api.schemas import v3
from lect.api.schemas.shared import Page
from lect.api.service import Call, caller, note
from lect.api.transcriptions import TRANSCRIPTIONS
from lect.api.versions import Version
from lect.core.entities import Project
from lect.core.errors import AccessError
from lect.core.locale import canonicalise_known
from lect.models.locales import LOCALES
from lect.store import repositories
from lect.store.keys import Role

_PARTS = {
    "datasets": DATASETS,
    "evaluations": EVALUATIONS,
    "models": MODELS,
    "endpoints": ENDPOINTS,
    "transcriptions": TRANSCRIPTIONS,
}


def show(call: Call, connection: Any, project: Project) -> Any:
    """A project as it goes over the wire."""
    now = call.storage.clock()
    counts = {
        f"{part.removesuffix('s')}_count": noun.repository.count(connection, project=project.id, at=now)
        for part, noun in _PARTS.items()
    }
    return {
        **common(call, "projects", project),
        "locale": project.locale,
        "links": {part: call.links.to(f"/projects/{project.id}/{part}") for part in _PARTS},
        "properties": counts,
    }


PROJECTS = Noun(
    path="projects",
    repository=repositories.PROJECTS,
    schema="Project",
    update="ProjectUpdate",
    show=show,
    delete=lambda connection, project: repositories.PROJECTS.delete(connection, project.id),
    filters=NAMES | {"locale": "locale"},
    tells=False,
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    writer, reader = caller(version, Role.CONTRIBUTOR), caller(version, Role.READER)

    add_locales(routes, "projects", version, lambda _: LOCALES)

    @routes.post("/projects", name="projects_create", status_code=201, response_model=v3.Project)
    def create(call: Annotated[Call, Depends(writer)], body: v3.Project, response: Response) -> Any:
        if call.project is not None:
            raise AccessError("this key is for one project", hint="Make projects with a key for all.")
        with call.storage.database.begin() as connection:
            project = new(call, connection, Project, body, locale=canonicalise_known(body.locale))
            call.storage.add(connection, repositories.PROJECTS, project)
            note(call, connection, "create", f"projects/{project.id}")
            return answer_created(call, connection, PROJECTS, project, response)

    add_routes(routes, PROJECTS, version)
    for part, noun in _PARTS.items():
        _add_part(routes, part, noun, version, reader)
    return routes


def _add_part(routes: APIRouter, part: str, noun: Noun, version: Version, reader: Any) -> None:
    schema = getattr(version.schemas, noun.schema)

    @routes.get(f"/projects/{{id}}/{part}", name=f"projects_list_{part}", response_model=Page[schema])  # type: ignore[valid-type]
    def list_part(
        call: Annotated[Call, Depends(reader)],
        id: str,
        skip: Skip = None,
        top: Top = None,
        filter: FilterText = None,
    ) -> Any:
        with call.storage.database.read() as connection:
            project = find(call, connection, PROJECTS, id)
        address = partial(call.links.to, f"/projects/{project.id}/{part}")
        return list_page(call, noun, skip, top, filter, address=address, project=project.id)
