"""Routes of endpoints."""

import re
from dataclasses import replace
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Response

from lect.api.links import parse_reference
from lect.api.models import require_usable, show_reference
from lect.api.resources import (
    TASK,
    Noun,
    Route,
    add_locales,
    add_routes,
    answer_created,
    common,
    project_of,
    show_error,
)
from lect.api.service import Call, caller
from lect.api.versions import Version
from lect.core.durations import iso8601
from lect.core.entities import Endpoint
from lect.core.errors import Conflict, InvalidInput
from lect.models import customs
from lect.serving import endpoints
from lect.store import repositories
from lect.store.keys import Role

_MAX_TIME_TO_LIVE = 31 * 86_400.0
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
    links = {}
    for mode in ("interactive", "conversation", "dictation"):
        path = f"{_RECOGNITION}/{mode}{_SUFFIX}"
        links[f"rest_{mode}"] = call.links.rest(path, cid=endpoint.id)
        links[f"web_socket_{mode}"] = call.links.web_socket(path, cid=endpoint.id)
    return links


def change(call: Call, connection: Any, endpoint: Endpoint, body: Any) -> Endpoint:
    """Change model and logging."""
    model = parse_reference(body.model, "models", target="model")
    if model is not None and model != endpoint.model:
        endpoint = endpoints.change_model(
            call.storage, connection, endpoint, require_usable(call, connection, model)
        )
    if body.properties and body.properties.content_logging_enabled is not None:
        endpoint = repositories.ENDPOINTS.change(
            connection, endpoint.id, logs_content=body.properties.content_logging_enabled
        )
    return endpoint


def delete(connection: Any, endpoint: Endpoint) -> None:
    """Delete an endpoint."""
    if not endpoint.status.is_final:
        raise Conflict(
            f"endpoint {endpoint.id} is being deployed",
            hint="Wait until it is done, or cancel it first.",
            detailed_code="DeleteNotAllowed",
        )
    repositories.ENDPOINTS.delete(connection, endpoint.id)


ENDPOINTS = Noun(
    path="endpoints",
    repository=repositories.ENDPOINTS,
    schema="Endpoint",
    update="EndpointUpdate",
    show=show,
    delete=delete,
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
        now = call.storage.clock()
        endpoint = Endpoint(
            id=str(uuid4()),
            display_name=given.display_name,
            description=given.description,
            custom_properties=given.custom_properties or {},
            created=now,
            last_action=now,
            locale=given.locale,
            model=parse_reference(given.model, "models", target="model") or "",
            logs_content=bool(properties and properties.logging_enabled),
            time_to_live=_time_to_live(getattr(properties, "time_to_live", None)),
        )
        with call.storage.database.read() as connection:
            if endpoint.model:
                require_usable(call, connection, endpoint.model)
            endpoint = replace(
                endpoint, project=project_of(call, connection, getattr(given, "project", None))
            )
        endpoint = endpoints.create(call.storage, endpoint, emit=call.service.emit)
        return answer_created(call, ENDPOINTS, endpoint, response)

    add_routes(routes, ENDPOINTS, version)
    return routes


_ISO8601 = re.compile(
    r"P(?:(?P<days>[0-9]{1,5})D)?(?:T(?:(?P<hours>[0-9]{1,6})H)?(?:(?P<minutes>[0-9]{1,8})M)?(?:(?P<seconds>[0-9]{1,9}(?:\.[0-9]{1,9})?)S)?)?"
)


def parse_duration(text: str, *, target: str) -> float:
    """Seconds of an ISO 8601 duration of days and less.

    Raises:
        InvalidInput: it is none.
    """
    match = _ISO8601.fullmatch(text)
    if match is None or not any(match.groups()):
        raise InvalidInput(
            f"{target}: {text[:40]!r} is no duration",
            hint="Write ISO 8601, such as PT12H or P7D.",
            detailed_code="InvalidTimeToLive",
            target=target,
        )
    units = {"days": 86_400.0, "hours": 3_600.0, "minutes": 60.0, "seconds": 1.0}
    return sum(float(match[name] or 0) * seconds for name, seconds in units.items())


def _time_to_live(text: str | None) -> float | None:
    if text is None:
        return None
    seconds = parse_duration(text, target="timeToLive")
    if not 0 < seconds <= _MAX_TIME_TO_LIVE:
        raise InvalidInput(
            "timeToLive is at most 31 days", detailed_code="InvalidTimeToLive", target="timeToLive"
        )
    return seconds
