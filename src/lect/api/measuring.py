"""What is measured of requests, and `/metrics`, which tells it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lect.api.service import Principal, Service, principal_of, service_of
from lect.core.errors import AccessError
from lect.jobs import queue
from lect.metrics import CONTENT_TYPE, families
from lect.store.keys import Role
from lect.store.quotas import stored_bytes
from lect.telemetry import get_log

_log = get_log(__name__, action="answer")


class Measured:
    """Counts requests, and writes a line of the log about each, without its query: some clients send keys there."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        service: Service = scope["app"].state.service
        metrics, parent = service.metrics, Headers(scope=scope).get("traceparent")
        metrics.began()
        try:
            with service.tracer.span("request", parent=parent, request=request_of(scope)) as span:
                await self._app(scope, receive, send_noted)
                span.set(method=scope["method"], route=pattern_of(scope), status=status)
        finally:
            seconds, route = time.perf_counter() - began, pattern_of(scope)
            metrics.answered(method=scope["method"], route=route, status=status, seconds=seconds)
            _log.info(
                "A request was answered.", method=scope["method"], route=route, status=status, seconds=seconds
            )


def request_of(scope: Scope) -> str | None:
    """The id of a request."""
    found: str | None = scope.get("state", {}).get("request_id")
    return found


def pattern_of(scope: Scope) -> str | None:
    """The pattern of the route that answered, such as `/speechtotext/v3.2/datasets/{id}`; None: none did."""
    own = getattr(scope.get("route"), "path", None)
    if own is None:
        return None
    parts = scope["path"].split("/")
    before = parts[: len(parts) - own.count("/")]  # the prefix of its router, which the route does not know
    return "/".join(before) + str(own)


def router() -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.get("/metrics", name="metrics", response_class=Response)
    def metrics(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Response:
        principal.require(Role.READER)
        if principal.project is not None:
            raise AccessError(
                "metrics are of all projects, and this key is for one",
                hint="Use a reader's key without a project.",
            )
        service = service_of(request)
        values, recogniser = _asked(service), recogniser_text(service)
        if service.recogniser_metrics is not None:
            values = {**values, "lect_recogniser_up": {(): float(recogniser is not None)}}
        text = service.metrics.text(families(values)) + (recogniser or b"")
        return Response(text, media_type=CONTENT_TYPE)

    return routes


def _asked(service: Service) -> Mapping[str, Mapping[tuple[str, ...], float]]:
    """What the database knows."""
    with service.storage.database.read() as connection:
        jobs: dict[tuple[str, ...], float] = dict(queue.counts(connection).items())
        return {
            "lect_jobs": jobs,
            "lect_worker_up": {(): float(queue.has_worker(connection))},
            "lect_stored_bytes": {(): stored_bytes(connection, at=service.storage.clock())},
        }


def recogniser_text(service: Service) -> bytes | None:
    """What the process that recognises live tells; None: it is not there."""
    try:
        return service.recogniser_metrics() if service.recogniser_metrics else None
    except OSError:
        return None
