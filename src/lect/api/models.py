"""Routes of models, base and custom."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from lect.api.datasets import WIRE_KINDS
from lect.api.making import make, new
from lect.api.references import dataset_of, model_of
from lect.api.resources import (
    TASK,
    FilterText,
    Noun,
    Route,
    Skip,
    Top,
    add_file_routes,
    add_locales,
    add_routes,
    common,
    find,
    list_page,
    reference,
    show_error,
    signed_link,
)
from lect.api.schemas.shared import ModelManifest, OutputFormatType, Page
from lect.api.service import Call, caller
from lect.api.training import read_training, show_training
from lect.api.versions import V3_1, Version
from lect.core.entities import Model
from lect.core.errors import Conflict
from lect.models import customs
from lect.store import repositories
from lect.store.keys import Role


def show_reference(call: Call, connection: Any, id: str | None) -> Any:
    """A reference to a base or custom model."""
    return id and reference(call, "models/base" if id in _base_ids(call, connection) else "models", id)


def _base_ids(call: Call, connection: Any) -> frozenset[str]:
    """Which models are bases; a page of a list asks it of each of its references."""
    if "base_ids" not in call.found:
        call.found["base_ids"] = customs.base_ids(connection)
    ids: frozenset[str] = call.found["base_ids"]
    return ids


def show(call: Call, connection: Any, model: Model) -> Any:
    """A custom model as it goes over the wire. Models never expire, so there are no dates of it."""
    here = f"/models/{model.id}"
    shown = {
        **common(call, "models", model),
        "locale": model.locale,
        "base_model": show_reference(call, connection, model.base),
        "datasets": [reference(call, "datasets", each) for each in model.datasets],
        "links": {
            "manifest": call.links.to(f"{here}/manifest"),
            **_copy_link(call, here),
            "files": call.links.to(f"{here}/files"),
        },
        "properties": {
            "custom_model_weight_percent": model.weight,
            "training": show_training(call, model.training),
            "features": _features(call),
            "deprecation_dates": {},
            "error": show_error(model.error),
        },
    }
    if call.version.is_v3 and model.text:
        shown["text"] = model.text
    return shown


def _copy_link(call: Call, model: str) -> dict[str, str]:
    """Where a model is copied from."""
    if call.version is V3_1:
        return {"copy_to": call.links.to(f"{model}:copyto")}
    return {"copy": call.links.to(f"{model}:copy")}


def show_base(call: Call, connection: Any, model: Model) -> Any:
    """A base model as it goes over the wire."""
    return {
        **common(call, "models/base", model),
        "locale": model.locale,
        "links": {"manifest": call.links.to(f"/models/base/{model.id}/manifest")},
        "properties": {
            "features": {
                **_features(call),
                "supports_adaptations_with": [WIRE_KINDS[kind] for kind in customs.learnt()],
            },
            "deprecation_dates": {},
            "charge_for_adaptation": False,
        },
    }


def _features(call: Call) -> dict[str, Any]:
    features: dict[str, Any] = {
        "supports_endpoints": True,
        "supports_transcriptions_on_speech_containers": False,  # those open no bundles
        "supported_output_formats": [OutputFormatType.LEXICAL, OutputFormatType.DISPLAY],
    }
    if call.version.is_v3:
        return features | {"supports_transcriptions": True}
    return features | {
        "supports_transcriptions_submit": True,
        "supports_transcriptions_transcribe": True,
    }


MODELS = Noun(
    path="models",
    repository=repositories.MODELS,
    schema="CustomModel",
    update="ModelUpdate",
    show=show,
    delete=customs.delete,
    filters=TASK,
    equal={"is_base": False},
)
BASES = Noun(
    path="models/base",
    repository=repositories.MODELS,
    schema="BaseModel",
    update="ModelUpdate",
    show=show_base,
    delete=lambda connection, model: None,
    filters=TASK,
    equal={"is_base": True},
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    schema, base_schema = version.schemas.CustomModel, version.schemas.BaseModel
    writer, reader = caller(version, Role.CONTRIBUTOR), caller(version, Role.READER)
    validity = Annotated[int | None, Query(alias=version.signed_for, ge=0)]

    add_locales(routes, "models", version, customs.locales)

    @routes.get("/models/base", name="models_list_base", response_model=Page[base_schema])  # type: ignore[valid-type]
    def list_bases(
        call: Annotated[Call, Depends(reader)], skip: Skip = None, top: Top = None, filter: FilterText = None
    ) -> Any:
        return list_page(_unscoped(call), BASES, skip, top, filter)

    @routes.get("/models/base/{id}", name="models_get_base", response_model=base_schema)
    def get_base(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        with call.storage.database.read() as connection:
            return show_base(call, connection, find(_unscoped(call), connection, BASES, id))

    @routes.get("/models/base/{id}/manifest", name="models_base_manifest", response_model=ModelManifest)
    def get_base_manifest(call: Annotated[Call, Depends(reader)], id: str, valid: validity = None) -> Any:
        with call.storage.database.read() as connection:
            model = find(_unscoped(call), connection, BASES, id)
            here = show_reference(call, connection, model.id)
        return {"model": here, "model_files": [], "properties": {"name": model.name}}

    @routes.get("/models/{id}/manifest", name="models_manifest", response_model=ModelManifest)
    def get_manifest(call: Annotated[Call, Depends(reader)], id: str, valid: validity = None) -> Any:
        with call.storage.database.read() as connection:
            model = find(call, connection, MODELS, id)
            here, base = (show_reference(call, connection, each) for each in (model.id, model.base))
        if model.bundle is None:
            raise Conflict(
                f"model {model.id} is {model.status}", hint="Only a model that succeeded has files."
            )
        link = signed_link(call, f"/files/{model.id}/bundle", valid)
        return {
            "model": here,
            "model_files": [{"name": customs.BUNDLE, "content_url": link}],
            "properties": {"base_model": base, "sha256": model.bundle, **model.properties},
        }

    @routes.post("/models", name="models_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        return create_model(call, body, response)

    add_routes(routes, MODELS, version)
    add_file_routes(routes, MODELS, version)
    return routes


def create_model(call: Call, given: Any, response: Response) -> Any:
    """Make the model that a request asks for, and answer with it."""
    with call.storage.database.begin() as connection:
        model = read(call, connection, given)
        return make(call, connection, MODELS, customs.create, model, response)


def read(call: Call, connection: Any, given: Any) -> Model:
    """The model that a request asks for.

    Raises:
        InvalidInput: a reference is none.
        NotFound: what it refers to is not there, or is not for the caller to see.
    """
    datasets = tuple(
        str(dataset_of(call, connection, each, target=f"datasets[{number}]"))
        for number, each in enumerate(given.datasets or [])
    )
    training = read_training(given, datasets)
    for each in training.heard:
        repositories.DATASETS.get(connection, each, project=call.project)
    return new(
        call,
        connection,
        Model,
        given,
        locale=given.locale,
        base=model_of(call, connection, given.base_model, target="baseModel"),
        datasets=datasets,
        training=training,
        text=getattr(given, "text", None),
        weight=given.properties.custom_model_weight_percent if given.properties else None,
    )


def _unscoped(call: Call) -> Call:
    """Base models belong to no project: everybody sees them."""
    return replace(call, principal=replace(call.principal, project=None))
