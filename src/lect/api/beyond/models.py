"""Models: how long a training will take, and bundles in and out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Form, Response, UploadFile
from fastapi.responses import StreamingResponse

from lect.api.beyond.addresses import SPOKEN
from lect.api.datasets import read_project, store_upload
from lect.api.files import send
from lect.api.making import announcing, answer_created
from lect.api.models import MODELS, create_model, read
from lect.api.references import project_of
from lect.api.resources import Route, find
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import MAX_NAME, Description, DisplayName
from lect.api.scratch import scratch
from lect.api.service import Call, caller
from lect.core.entities import Model
from lect.core.errors import Conflict, TooManyRequests
from lect.models import imports
from lect.models.bundles import SUFFIX
from lect.models.foretelling import foretell
from lect.store.keys import Role

PLAN_SECONDS = 600.0  # that a dry run may take
_PLANS = threading.BoundedSemaphore(1)  # of one process at a time: each loads a base model


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["models"])
    schema = SPOKEN.schemas.CustomModel
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.post("/models:plan", name="models_plan", response_model=schemas.TrainingPlan)
    def plan(call: Annotated[Call, Depends(writer)], body: schema) -> Any:  # type: ignore[valid-type]
        """Foretell the training of such a model: all its data are read, a little of each part is done, and nothing is kept."""
        with call.storage.database.read() as connection:
            model = read(call, connection, body)
        document = plan_training(call, model)
        total = {name: document[name] for name in ("cpu_seconds", "peak_memory_mb")}
        return {"base": document["base"], "data": document["files"], **(document["audio"] or {}), **total}

    @routes.post("/models", name="models_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        """Train a model; `properties.training` says how."""
        return create_model(call, body, response)

    @routes.get("/models/{id}/bundle", name="models_bundle", response_class=StreamingResponse, responses=_ZIP)
    def get_bundle(call: Annotated[Call, Depends(reader)], id: str) -> StreamingResponse:
        """The whole model as one file, which opens offline and on any other server."""
        with call.storage.database.read() as connection:
            model = find(call, connection, MODELS, id)
        if model.bundle is None:
            raise Conflict(
                f"model {model.id} is {model.status}", hint="Only a model that succeeded has a bundle."
            )
        return send(call.storage.blobs, model.bundle, name=f"{model.id}{SUFFIX}")

    @routes.post("/models:import", name="models_import", status_code=201, response_model=schema)
    def import_model(
        call: Annotated[Call, Depends(writer)],
        response: Response,
        data: UploadFile,
        displayName: Annotated[DisplayName | None, Form()] = None,
        description: Annotated[Description | None, Form()] = None,
        project: Annotated[str | None, Form()] = None,
    ) -> Any:
        """Take a bundle as a custom model; every byte of it is checked first."""
        now = call.storage.clock()
        with call.storage.database.read() as connection:
            model = Model(
                id=str(uuid4()),
                display_name=displayName or _stem(data.filename) or "model",
                description=description,
                created=now,
                last_action=now,
                locale="",
                project=project_of(call, connection, read_project(project)),
            )
        bundle = store_upload(call, data)
        with scratch(call.service) as folder:
            emit = announcing(call, MODELS, action="import")
            model = imports.import_bundle(call.storage, model, bundle, folder, emit=emit)
        with call.storage.database.read() as connection:
            return answer_created(call, connection, MODELS, model, response)

    return routes


_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


def _stem(name: str | None) -> str:
    """What a file is called, as far as it can be stored."""
    return PurePath((name or "").replace("\x00", "").encode(errors="ignore").decode()).stem[:MAX_NAME]


def plan_training(call: Call, model: Model) -> dict[str, Any]:
    """What the training of a model would do and take: the document of `lect train --dry-run --json`.

    Raises:
        TooManyRequests: another dry run is under way.
        LimitExceeded: it took too long.
    """
    with _planning(), scratch(call.service) as folder:
        threads = {"LECT_THREADS": str(call.service.settings.threads), "MALLOC_ARENA_MAX": "1"}
        return foretell(call.storage, model, folder, timeout=PLAN_SECONDS, environment=threads)


@contextmanager
def _planning() -> Iterator[None]:
    if not _PLANS.acquire(blocking=False):
        raise TooManyRequests("another dry run is under way", hint="Wait for its end.", retry_after=10)
    try:
        yield
    finally:
        _PLANS.release()
