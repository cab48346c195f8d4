"""Endpoints as resources: a model is deployed once it passed its self-test, and which model answers is never left to chance.

A model that passed before is deployed at once, in the unit of work that asks for it. Any other one is tested first, by a job;
until it passed the endpoint goes on with the model that it had. If it does not pass, the endpoint has failed and says why, and
what answered before still answers: `model` always names it. Another model is never put in its place.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

from lect import __version__
from lect.core.entities import Deployment, Endpoint, Model
from lect.core.errors import Conflict, InvalidInput, NotFound
from lect.core.jobs import Job, Json
from lect.core.locale import canonicalise_known, language_of
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import STATUSES, Emit, follow, problem_of, tell_nobody
from lect.models import customs
from lect.store import deployments
from lect.store.repositories import ENDPOINTS, MODELS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

DEPLOY = "deploy"  # name of the job's kind
KEPT = 20  # earlier models that an endpoint can go back to, and that are kept for it


def answering(
    connection: Connection,
    *,
    cid: str | None,
    locale: str | None,
    project: str | None = None,
    pinned: str | None = None,
    now: datetime | None = None,
) -> tuple[Endpoint | None, Model]:
    """The model that answers a turn, and the endpoint it is asked at; asked anew for each turn, so that a change is seen.

    Args:
        cid: id of an endpoint; None: the base that the locale begins with
        locale: BCP-47, what is spoken; None at an endpoint is its own
        project: the only one that whoever asks sees; None: all
        pinned: id of the model that a session goes on with while its endpoint changes: the one that answers, or one of those
            before that the endpoint can still go back to

    Raises:
        NotFound: there is no such endpoint, or none that whoever asks may see, or its time is over.
        Conflict: no model answers there yet; or the pinned one is none that does or did.
        InvalidInput: the endpoint speaks another language, or no base is offered in the locale.
        UnsupportedLocale: it is no locale.
    """
    if cid is None:
        if not locale:
            raise InvalidInput(
                "what language is spoken is not said",
                hint="Name it with `language`, or an endpoint with `cid`.",
                detailed_code="InvalidLocale",
            )
        base = customs.default_base(connection, canonicalise_known(locale))
        _require_served(pinned, (base.id,))
        return None, base
    endpoint = ENDPOINTS.get(connection, cid.lower(), project=project)
    if endpoint.expires is not None and endpoint.expires <= (now or datetime.now(UTC)):
        raise NotFound(f"there is no endpoint {cid}")
    if endpoint.deployed is None:
        raise _not_ready(endpoint)
    if locale and language_of(canonicalise_known(locale)) != language_of(endpoint.locale):
        raise InvalidInput(
            f"endpoint {endpoint.id} is for {endpoint.locale}, the speech is said to be {locale}",
            hint=f"Set the language of the request to {endpoint.locale}.",
            detailed_code="InvalidLocale",
        )
    _require_served(pinned, (endpoint.model, *endpoint.previous_models))
    return endpoint, MODELS.get(connection, (pinned or endpoint.model).lower())


def _require_served(pinned: str | None, served: tuple[str, ...]) -> None:
    if pinned is not None and pinned.lower() not in served:
        raise Conflict(
            f"model {pinned} does not answer here",
            hint=f"The model that answers is {served[0]}. Deploy the other one first.",
        )


def _not_ready(endpoint: Endpoint) -> Conflict:
    if endpoint.error is not None:
        return Conflict(
            f"endpoint {endpoint.id} has no model that answers: {endpoint.error.message}",
            hint="Deploy another model there, or this one again.",
        )
    return Conflict(
        f"endpoint {endpoint.id} is {endpoint.status}: its model is not deployed yet",
        hint="Wait until its status is Succeeded.",
    )


def create(
    storage: Storage, connection: Connection, endpoint: Endpoint, *, emit: Emit = tell_nobody
) -> Endpoint:
    """Store an endpoint, and deploy its model or store the job that does.

    Raises:
        InvalidInput: the model does not fit.
        NotFound: it is not there.
    """
    endpoint = replace(endpoint, locale=canonicalise_known(endpoint.locale))
    if not endpoint.model:
        endpoint = replace(endpoint, model=customs.default_base(connection, endpoint.locale).id)
    _require_model(model := MODELS.get(connection, endpoint.model), endpoint)
    storage.add(connection, ENDPOINTS, endpoint)
    emit(connection, "endpointCreation", endpoint.id)
    return _deploy(storage, connection, endpoint, model, "creation", emit)


def delete(connection: Connection, endpoint: Endpoint) -> None:
    """Delete an endpoint.

    Raises:
        Conflict: it is being deployed.
    """
    ENDPOINTS.require_over(endpoint)
    ENDPOINTS.delete(connection, endpoint.id)


def has(connection: Connection, endpoint: Endpoint, model: str) -> bool:
    """Whether an endpoint answers with a model, or will as soon as the deployment is over that is under way."""
    if not endpoint.status.is_final:
        return deployments.under_way(connection, endpoint.id) == model
    return endpoint.status is Status.SUCCEEDED and endpoint.model == model


def change_model(
    storage: Storage,
    connection: Connection,
    endpoint: Endpoint,
    model: Model,
    *,
    reason: str = "change",
    emit: Emit = tell_nobody,
) -> Endpoint:
    """Deploy another model to an endpoint.

    Args:
        reason: what the history of the endpoint says of it

    Raises:
        Conflict: a deployment is under way.
        InvalidInput: the model does not fit.
    """
    _require_model(model, endpoint)
    fresh = ENDPOINTS.restart(connection, endpoint.id, at=storage.clock())
    return _deploy(storage, connection, fresh, model, reason, emit)


def roll_back(
    storage: Storage, connection: Connection, endpoint: Endpoint, *, emit: Emit = tell_nobody
) -> Endpoint:
    """Go back to the model that was served before; done twice, it is where it began.

    Raises:
        Conflict: there was none before.
    """
    if not endpoint.previous_models:
        raise Conflict(f"endpoint {endpoint.id} had no other model before")
    model = MODELS.get(connection, endpoint.previous_models[-1])
    return change_model(storage, connection, endpoint, model, reason="rollback", emit=emit)


def deploy_kind(storage: Storage, *, emit: Emit = tell_nobody, at_once: int = 2) -> JobKind:
    """How deployments of models run that have not passed their self-test yet."""
    deploying = _Deploying(storage, emit)
    return JobKind(
        name=DEPLOY,
        steps=(Step(name="open", run=deploying.test, apply=deploying.switch),),
        functions=frozenset({"lect.tasks:self_test"}),
        on_change=deploying.follow,
        at_once=at_once,
        niceness=0,
        environment={"LECT_THREADS": "1"},
    )


class _Deploying:
    """The steps of a deployment."""

    def __init__(self, storage: Storage, emit: Emit) -> None:
        self._storage = storage
        self._follow_endpoint = follow(ENDPOINTS, emit=emit)

    def test(self, work: Work) -> Json:
        """Let the model recognise something, as requests will."""
        with self._storage.database.read() as connection:
            endpoint = ENDPOINTS.get(connection, str(work.job.resource))
            model = MODELS.get(connection, work.job.arguments["model"])
        name = customs.place(self._storage, model, work.attempt)
        work.child("lect.tasks:self_test", {"model": name, "locale": endpoint.locale})
        return {}

    def switch(self, connection: Connection, job: Job, result: Json) -> None:
        model = job.arguments["model"]
        MODELS.change(connection, model, tested=__version__)
        _switch(connection, str(job.resource), model, at=self._storage.clock())

    def follow(self, connection: Connection, job: Job) -> None:
        """The endpoint and the entry of its history are as far as the job is."""
        self._follow_endpoint(connection, job)
        if to := STATUSES.get(job.state):
            error = problem_of(job) if to is Status.FAILED else None
            deployments.move(connection, job.id, to, at=self._storage.clock(), error=error)


def _deploy(
    storage: Storage, connection: Connection, endpoint: Endpoint, model: Model, reason: str, emit: Emit
) -> Endpoint:
    """Deploy a model at once if it passed its self-test before and is still there; else store the job that does."""
    now = storage.clock()
    deployment = Deployment(
        id=str(uuid4()), endpoint=endpoint.id, model=model.id, reason=reason, key=storage.key, created=now
    )
    deployments.add(connection, deployment)
    if model.tested != __version__ or (model.bundle and not storage.blobs.exists(model.bundle)):
        queue.add_for(storage, connection, endpoint, DEPLOY, {"model": model.id}, job_id=deployment.id)
        return endpoint
    _switch(connection, endpoint.id, model.id, at=now)
    deployments.move(connection, deployment.id, Status.SUCCEEDED, at=now)
    done = ENDPOINTS.move(connection, endpoint.id, Status.SUCCEEDED, at=now)
    emit(connection, "endpointCompletion", endpoint.id)
    return done


def _switch(connection: Connection, id: str, model: str, *, at: datetime) -> None:
    """Let an endpoint answer with a model from the next turn on."""
    endpoint = ENDPOINTS.get(connection, id, held=True)
    earlier = endpoint.previous_models
    if model != endpoint.model and endpoint.deployed is not None:  # else the one before never answered
        earlier = (*earlier, endpoint.model)[-KEPT:]
    ENDPOINTS.change(connection, id, model=model, previous_models=earlier, deployed=at)


def _require_model(model: Model, endpoint: Endpoint) -> None:
    code = "DeployingFailedModel" if model.status is Status.FAILED else "ModelNotDeployable"
    customs.require_fit(model, endpoint, code=code)
