"""Keys: who may use the server, and as what. What a key is, is told once, when it is made."""

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.references import project_of
from lect.api.resources import Route, Skip, Top, paginate, read_page, reference, require_id
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import Page
from lect.api.service import Call, manager, note
from lect.core.errors import InvalidInput
from lect.store import keys
from lect.store.keys import Key, Role


def router() -> APIRouter:
    """The routes; an owner of all projects alone may take them."""
    routes = APIRouter(route_class=Route, tags=["keys"])
    owner = manager(SPOKEN)

    @routes.get("/keys", name="keys_list", response_model=Page[schemas.Key])
    def list_all(call: Annotated[Call, Depends(owner)], skip: Skip = None, top: Top = None) -> Any:
        """All keys, revoked ones too, the oldest first; what they are is not kept."""
        page = read_page(skip, top, None, {})
        with call.storage.database.read() as connection:
            found = keys.all_of(connection)[page.skip : page.skip + page.top + 1]
        return paginate(partial(link, call, "/keys"), page, [_show(call, key) for key in found])

    @routes.get("/keys/{id}", name="keys_get", response_model=schemas.Key)
    def get(call: Annotated[Call, Depends(owner)], id: str) -> Any:
        """A key; what it is is not kept."""
        with call.storage.database.read() as connection:
            return _show(call, keys.known(connection, require_id(id, "key")))

    @routes.post("/keys", name="keys_create", status_code=201, response_model=schemas.MadeKey)
    def create(call: Annotated[Call, Depends(owner)], body: schemas.NewKey, response: Response) -> Any:
        """Make a key. From the first one on, the server answers nobody without."""
        with call.storage.database.begin() as connection:
            project = project_of(call, connection, body.project)
            if not keys.exist(connection) and (body.role is not Role.OWNER or project is not None):
                raise InvalidInput(
                    "the first key has to be an owner's, for all projects, or nobody could make another",
                    hint='Make it with "role": "owner".',
                    target="role",
                )
            made = keys.create(
                connection, name=body.name, role=body.role, project=project, at=call.storage.clock()
            )
            note(call, connection, "create", f"keys/{made[0].id}")
        return _tell(call, *made, response)

    @routes.post("/keys/{id}:rotate", name="keys_rotate", status_code=201, response_model=schemas.MadeKey)
    def rotate(call: Annotated[Call, Depends(owner)], id: str, response: Response) -> Any:
        """Make a key in place of another, of the same name, role and project; the other is refused at once."""
        id = require_id(id, "key")
        with call.storage.database.begin() as connection:
            made = keys.rotate(connection, id, at=call.storage.clock())
            note(call, connection, "rotate", f"keys/{id}")
            note(call, connection, "create", f"keys/{made[0].id}")
        return _tell(call, *made, response)

    @routes.post("/keys/{id}:revoke", name="keys_revoke", response_model=schemas.Key)
    def revoke(call: Annotated[Call, Depends(owner)], id: str) -> Any:
        """Refuse a key and its tokens at once. With the last one revoked, nobody is let in: `lect keys create` helps."""
        id = require_id(id, "key")
        with call.storage.database.begin() as connection:
            keys.revoke(connection, id, at=call.storage.clock())
            note(call, connection, "revoke", f"keys/{id}")
            return _show(call, keys.known(connection, id))

    return routes


def _show(call: Call, key: Key) -> dict[str, Any]:
    return {
        "self": link(call, f"/keys/{key.id}"),
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "project": reference(call, "projects", key.project),
        "created_date_time": key.created,
        "revoked_date_time": key.revoked,
    }


def _tell(call: Call, key: Key, text: str, response: Response) -> dict[str, Any]:
    """A new key, with what it is, which nobody on the way is to keep."""
    shown = _show(call, key)
    response.headers["Location"] = shown["self"]
    response.headers["Cache-Control"] = "no-store"
    return {**shown, "key": text}
