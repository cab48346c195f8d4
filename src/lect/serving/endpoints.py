"""Endpoints as resources: a model is deployed by a job that opens it first, so that what answers is known to work.

A change of model takes effect when the new one was opened; until then the endpoint goes on with the old one. If it cannot be
opened, the endpoint has failed and says why, and another model is never put in its place.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

from lect.core.entities import Endpoint, Model
from lect.core.errors import Conflict, InvalidInput
from lect.core.jobs import Job, Json
from lect.core.locale import canonicalise_known
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.models import customs
from lect.store.repositories import ENDPOINTS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

DEPLOY = "deploy"  # name of the job's kind
KEPT = 20  # earlier models that an endpoint remembers


def create(storage: Storage, endpoint: Endpoint, *, emit: Emit = tell_nobody) -> Endpoint:
    """Store an endpoint, and the job that deploys its model.

    Raises:
        InvalidInput: the model does not fit.
        NotFound: it is not there.
    """
    endpoint = replace(endpoint, locale=canonicalise_known(endpoint.locale))
    with storage.database.begin() as connection:
        if not endpoint.model:
            endpoint = replace(endpoint, model=customs.default_base(connection, endpoint.locale).id)
        _require_model(MODELS.get(connection, endpoint.model), endpoint)
        storage.add(connection, ENDPOINTS, endpoint)
        _deploy(storage, connection, endpoint, endpoint.model)
        emit(connection, "endpointCreation", endpoint.id)
    return endpoint


def delete(connection: Connection, endpoint: Endpoint) -> None:
    """Delete an endpoint.

    Raises:
        Conflict: it is being deployed.
    """
    ENDPOINTS.require_over(endpoint)
    ENDPOINTS.delete(connection, endpoint.id)


def change_model(storage: Storage, connection: Connection, endpoint: Endpoint, model: Model) -> Endpoint:
    """Deploy another model to an endpoint.

    Raises:
        Conflict: a deployment is under way.
        InvalidInput: the model does not fit.
    """
    _require_model(model, endpoint)
    fresh = ENDPOINTS.restart(connection, endpoint.id)
    _deploy(storage, connection, fresh, model.id)
    return fresh


def roll_back(storage: Storage, connection: Connection, endpoint: Endpoint) -> Endpoint:
    """Go back to the model that was served before.

    Raises:
        Conflict: there was none before.
    """
    if not endpoint.previous_models:
        raise Conflict(f"endpoint {endpoint.id} had no other model before")
    model = MODELS.get(connection, endpoint.previous_models[-1])
    return change_model(storage, connection, endpoint, model)


def answering(
    connection: Connection, *, cid: str | None, locale: str | None, project: str | None = None
) -> tuple[Endpoint | None, Model]:
    """The model that answers a turn, and the endpoint it is asked at; asked anew for each turn.

    Args:
        cid: id of an endpoint; None: the base that the locale begins with
        locale: BCP-47, what is spoken; None at an endpoint is its own
        project: the only one that whoever asks sees; None: all

    Raises:
        NotFound: there is no such endpoint, or none that whoever asks may see.
        Conflict: it is not ready, or its deployment failed.
        InvalidInput: no base model is offered in the locale.
    """
    if cid is None:
        if not locale:
            raise InvalidInput(
                "the language is missing", hint="Name a locale, such as en-US, or an endpoint."
            )
        return None, customs.default_base(connection, canonicalise_known(locale))
    endpoint = ENDPOINTS.get(connection, cid, project=project)
    if endpoint.status is Status.FAILED:
        raise Conflict(f"endpoint {cid} has failed: its model could not be deployed")
    if endpoint.status is not Status.SUCCEEDED and not endpoint.previous_models:
        raise Conflict(f"endpoint {cid} is not ready yet: its model is being deployed")
    return endpoint, MODELS.get(connection, endpoint.model)


def deploy_kind(storage: Storage, *, emit: Emit = tell_nobody, at_once: int = 2) -> JobKind:
    """How deployments run."""
    deploying = _Deploying(storage)
    return JobKind(
        name=DEPLOY,
        steps=(Step(name="open", run=deploying.open, apply=deploying.switch),),
        functions=frozenset({"lect.tasks:probe"}),
        on_change=follow(ENDPOINTS, emit=emit),
        at_once=at_once,
        niceness=0,
        environment={"LECT_THREADS": "1"},
    )


class _Deploying:
    """The steps of a deployment."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def open(self, work: Work) -> Json:
        """Open the model as requests would."""
        with self._storage.database.read() as connection:
            endpoint = ENDPOINTS.get(connection, str(work.job.resource))
            model = MODELS.get(connection, work.job.arguments["model"])
        name = customs.place(self._storage, model, work.attempt)
        work.child("lect.tasks:probe", {"model": name, "locale": endpoint.locale})
        return {}

    def switch(self, connection: Connection, job: Job, result: Json) -> None:
        endpoint = ENDPOINTS.get(connection, str(job.resource))
        model = job.arguments["model"]
        if model != endpoint.model:
            earlier = (*endpoint.previous_models, endpoint.model)[-KEPT:]
            ENDPOINTS.change(connection, endpoint.id, model=model, previous_models=earlier)


def _deploy(storage: Storage, connection: Connection, endpoint: Endpoint, model: str) -> None:
    queue.add_for(storage, connection, endpoint, DEPLOY, {"model": model}, job_id=str(uuid4()))


def _require_model(model: Model, endpoint: Endpoint) -> None:
    code = "DeployingFailedModel" if model.status is Status.FAILED else "ModelNotDeployable"
    customs.require_fit(model, endpoint, code=code)
