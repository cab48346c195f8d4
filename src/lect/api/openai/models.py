"""Which models clients of OpenAI may name: `/v1/models`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from lect.api.schemas import openai as schemas
from lect.api.service import Principal, principal_of, service_of
from lect.core.errors import NotFound
from lect.serving.fast import finding


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.get("/v1/models", name="models_list", response_model=schemas.OpenAIModelList)
    def list_models(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Any:
        """All models that a request may name: base models by name, custom models and endpoints by id."""
        storage = service_of(request).storage
        with storage.database.read() as connection:
            found = finding.every(connection, project=principal.project, now=storage.clock())
        return {"object": "list", "data": [_shown(each) for each in found]}

    @routes.get("/v1/models/{model:path}", name="models_get", response_model=schemas.OpenAIModel)
    def get_model(
        model: str, request: Request, principal: Annotated[Principal, Depends(principal_of)]
    ) -> Any:
        """One of them, by whatever name a request may name it."""
        storage = service_of(request).storage
        try:
            with storage.database.read() as connection:
                return _shown(finding.one(connection, model, project=principal.project, now=storage.clock()))
        except NotFound as error:
            raise NotFound(
                error.message, hint=error.hint, target="model", detailed_code="model_not_found"
            ) from None

    return routes


def _shown(named: finding.Named) -> dict[str, Any]:
    return {
        "id": named.id,
        "object": "model",
        "created": int(named.created.timestamp()),
        "owned_by": "lect",
        "name": named.name,
        "kind": named.kind,
    }
