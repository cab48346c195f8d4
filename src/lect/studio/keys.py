"""Keys: who may use the server, and as what. A key is shown once, when it is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Response

from lect.api.schemas.shared import MAX_NAME
from lect.api.service import Principal, note
from lect.core.queries import everything
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import PROJECTS
from lect.studio.forms import Id
from lect.studio.lists import Number, part_of
from lect.studio.pages import lead, show
from lect.studio.visits import Owner, Visit, new_session

Label = Annotated[str, Form(max_length=MAX_NAME)]


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/operate/keys")
    def list_all(visit: Owner, page: Number = 1) -> Response:
        return _list(visit, page=page)

    @pages.post("/operate/keys")
    def create(visit: Owner, role: Annotated[Role, Form()], name: Label = "", project: Id = "") -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            key, text = keys.create(
                connection, name=name.strip(), role=role, project=project or None, at=call.storage.clock()
            )
            note(call, connection, "create", f"keys/{key.id}")
        if visit.session.key is None:  # it was the first, so from now on its maker needs one, too
            principal = Principal(key=key.id, role=key.role, project=key.project)
            visit = replace(visit, session=new_session(key.id), principal=principal, is_new=True)
        return _list(visit, made=text)

    @pages.post("/operate/keys/{id}/revoke")
    def revoke(visit: Owner, id: str) -> Response:
        call = visit.call
        with call.storage.database.begin() as connection:
            keys.revoke(connection, id, at=call.storage.clock())
            note(call, connection, "revoke", f"keys/{id}")
        return lead(visit, "/operate/keys")


def _list(visit: Visit, *, page: int = 1, made: str | None = None) -> Response:
    """All keys, those that still open doors first.

    Args:
        made: what a new one is
    """
    with visit.call.storage.database.read() as connection:
        known = keys.all_of(connection)
        projects = {each.id: each.display_name for each in PROJECTS.page(connection, everything())}
    known.sort(key=lambda key: (key.revoked is None, key.created), reverse=True)
    return show(
        visit,
        "keys",
        part=part_of(known, page),
        projects=projects,
        roles=[Role.OWNER] if not known else list(Role),
        made=made,
        is_first=not known,
    )
