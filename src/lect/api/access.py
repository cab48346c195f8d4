"""Tokens, and how the server is."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse

from lect.api.schemas.beyond import Readiness
from lect.api.schemas.v3 import ServiceHealth
from lect.api.service import Principal, Service, principal_of, service_of
from lect.core.errors import InvalidInput, StoreError
from lect.jobs import queue
from lect.serving import readiness


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post("/sts/v1.0/issueToken", name="tokens_issue", response_class=PlainTextResponse)
    @routes.post("/sts/v1.0/issuetoken", include_in_schema=False, response_class=PlainTextResponse)
    def issue_token(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> str:
        if principal.key is None:
            raise InvalidInput("this server wants no key, so it gives no tokens", hint="Ask without one.")
        return service_of(request).signer.issue_token(principal.key)

    @routes.get("/livez", name="health_live", response_class=PlainTextResponse)
    def is_live() -> str:
        return "alive"

    @routes.get(
        "/readyz", name="health_ready", response_model=Readiness, responses={503: {"model": Readiness}}
    )
    def is_ready(request: Request) -> JSONResponse:
        components = components_of(service_of(request))
        is_well = all(component["status"] == "Healthy" for component in components)
        return JSONResponse({"ready": is_well, "components": components}, 200 if is_well else 503)

    @routes.get(
        "/speechtotext/v3.1/healthstatus",
        name="health_status",
        response_model=ServiceHealth,
        response_model_exclude_none=True,
    )
    def health(request: Request) -> Any:
        components = components_of(service_of(request))
        is_well = all(component["status"] == "Healthy" for component in components)
        return {"status": "Healthy" if is_well else "Degraded", "components": components}

    return routes


def components_of(service: Service) -> list[dict[str, str]]:
    """The parts of the server, each with how it is; they are asked, not assumed."""
    try:
        with service.storage.database.read() as connection:
            there, unready = queue.has_worker(connection), readiness.problem(connection)
    except StoreError:
        return [_component("database", "the database cannot be reached")]
    worker = _component("worker", "" if there else "no worker is alive")
    return [_component("database"), worker, _component("model", unready)]


def _component(name: str, problem: str = "") -> dict[str, str]:
    return {"name": name, "type": "part", "status": "Unhealthy" if problem else "Healthy", "message": problem}
