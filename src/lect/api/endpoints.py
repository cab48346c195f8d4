"""Routes of endpoints."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api import logs
from lect.api.links import parse_reference
from lect.api.making import make, new, read_time_to_live
from lect.api.models import show_reference
from lect.api.references import model_of, require_usable
from lect.api.resources import (
    TASK,
    Noun,
    Route,
    add_locales,
    add_routes,
    common,
    find,
    show_error,
)
from lect.api.service import Call, caller
from lect.api.versions import Version
from lect.core.durations import iso8601
from lect.core.entities import Endpoint, LogOwner
from lect.core.errors import InvalidInput
from lect.models import customs
from lect.serving import endpoints
from lect.store import repositories
from lect.store.keys import Role

_RECOGNITION = "/speech/recognition"
_SUFFIX = "/cognitiveservices/v1"


def show(call: Call, connection: Any, endpoint: Endpoint) -> Any:
    """An endpoint as it goes over the wire."""
    properties: dict[str, Any] = {
        "logging_enabled": endpoint.logs_content,
        "error": show_error(endpoint.error),
    }
    if call.version.is_v3 and endpoint.time_to_live is not None:
        properties["time_to_live"] = iso8601(endpoint.time_to_live)
    return {
        **common(call, "endpoints", endpoint),
        "locale": endpoint.locale,
        "model": show_reference(call, connection, endpoint.model),
        "links": _links(call, endpoint),
        "properties": properties,
    }


def _links(call: Call, endpoint: Endpoint) -> dict[str, str]:
    if not call.version.is_v3:
        return {"web_socket": call.links.web_socket(f"{_RECOGNITION}/conversation{_SUFFIX}", cid=endpoint.id)}
    links = {"logs": call.links.to(f"/endpoints/{endpoint.id}/files/logs")}
    for mode in ("interactive", "conversation", "dictation"):
        path = f"{_RECOGNITION}/{mode}{_SUFFIX}"
        links[f"rest_{mode}"] = call.links.at(path, cid=endpoint.id)
        links[f"web_socket_{mode}"] = call.links.web_socket(path, cid=endpoint.id)
    return links


def change(call: Call, connection: Any, endpoint: Endpoint, body: Any) -> Endpoint:
    """Change model and logging."""
    model = parse_reference(body.model, "models", target="model")
    if model is not None and not endpoints.has(connection, endpoint, model):
        endpoint = change_model(call, connection, endpoint, model)
    if body.properties and body.properties.content_logging_enabled is not None:
        endpoint = repositories.ENDPOINTS.change(
            connection, endpoint.id, logs_content=body.properties.content_logging_enabled
        )
    return endpoint


def change_model(call: Call, connection: Any, endpoint: Endpoint, model: str) -> Endpoint:
    """Deploy a model that the caller may use.

    Raises:
        NotFound: there is none of this id, or none that the caller sees.
        Conflict: a deployment is under way.
    """
    fitting = require_usable(call, connection, model)
    return endpoints.change_model(call.storage, connection, endpoint, fitting, emit=call.service.emit)


ENDPOINTS = Noun(
    path="endpoints",
    repository=repositories.ENDPOINTS,
    schema="Endpoint",
    update="EndpointUpdate",
    show=show,
    delete=endpoints.delete,
    change=change,
    filters=TASK,
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    schema = version.schemas.Endpoint
    writer = caller(version, Role.CONTRIBUTOR)

    add_locales(routes, "endpoints", version, customs.locales)

    @routes.post("/endpoints", name="endpoints_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        given: Any = body
        properties = given.properties
        if getattr(given, "text", None):
            raise InvalidInput(
                "an endpoint takes no text here",
                hint="Train a model on the text, which takes seconds, and deploy that.",
                detailed_code="UnsupportedDynamicConfiguration",
                target="text",
            )
        with call.storage.database.begin() as connection:
            endpoint = new(
                call,
                connection,
                Endpoint,
                given,
                locale=given.locale,
                model=model_of(call, connection, given.model) or "",
                logs_content=bool(properties and properties.logging_enabled),
                time_to_live=read_time_to_live(getattr(properties, "time_to_live", None)),
            )
            return make(call, connection, ENDPOINTS, endpoints.create, endpoint, response)

    add_routes(routes, ENDPOINTS, version)
    if version.is_v3:
        logs.add_log_routes(routes, version, find_endpoint)
    return routes


def find_endpoint(call: Call, connection: Any, id: str) -> LogOwner:
    """Whose logs those of an endpoint in a path are.

    Raises:
        NotFound: there is none, or none that the caller may see.
    """
    return LogOwner(endpoint=find(call, connection, ENDPOINTS, id).id)
