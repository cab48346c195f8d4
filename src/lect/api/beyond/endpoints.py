"""Endpoints: back to the model before."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from lect.api.beyond.places import SPOKEN
from lect.api.endpoints import ENDPOINTS, show
from lect.api.resources import Route, find
from lect.api.service import Call, caller, note
from lect.serving import endpoints
from lect.store.keys import Role


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["endpoints"])
    writer = caller(SPOKEN, Role.CONTRIBUTOR)

    @routes.post(
        "/endpoints/{id}:rollback", name="endpoints_rollback", response_model=SPOKEN.schemas.Endpoint
    )
    def roll_back(call: Annotated[Call, Depends(writer)], id: str) -> Any:
        """Deploy the model that was served before; until it is opened the endpoint goes on as it is."""
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            endpoint = endpoints.roll_back(call.storage, connection, endpoint, emit=call.service.emit)
            note(call, connection, "rollback", f"endpoints/{endpoint.id}")
            return show(call, connection, endpoint)

    return routes
