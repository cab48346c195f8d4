"""Trainings and evaluations once more: another resource that asks for the same, as after a failure that has passed."""

from dataclasses import replace
from typing import Annotated, Any, TypeVar
from uuid import uuid4

from fastapi import APIRouter, Depends, Response

from lect.api.beyond.addresses import SPOKEN
from lect.api.beyond.evaluations import show
from lect.api.beyond.work import find_work
from lect.api.evaluations import EVALUATIONS
from lect.api.making import announcing, answer_created
from lect.api.models import MODELS
from lect.api.resources import Route, find
from lect.api.schemas import beyond as schemas
from lect.api.service import Call, caller
from lect.core.entities import Evaluation, Model, Task
from lect.core.errors import Conflict
from lect.core.jobs import Job
from lect.core.status import Status
from lect.evaluations import requests
from lect.models import customs
from lect.store.keys import Role

Work = TypeVar("Work", bound=Task)


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route)
    writer = caller(SPOKEN, Role.CONTRIBUTOR)

    @routes.post(
        "/models/{id}:retry",
        name="models_retry",
        status_code=201,
        response_model=SPOKEN.schemas.CustomModel,
        tags=["models"],
    )
    def retry_training(call: Annotated[Call, Depends(writer)], id: str, response: Response) -> Any:
        """Train another model on the same data in the same way. The one before stays as it is."""
        with call.storage.database.begin() as connection:
            return answer_created(call, connection, MODELS, retry_model(call, connection, id), response)

    @routes.post(
        "/evaluations/{id}:retry",
        name="evaluations_retry",
        status_code=201,
        response_model=schemas.Evaluation,
        tags=["evaluations"],
    )
    def retry_measuring(call: Annotated[Call, Depends(writer)], id: str, response: Response) -> Any:
        """Measure the same models on the same dataset as another evaluation. The one before stays as it is."""
        with call.storage.database.begin() as connection:
            evaluation = retry_evaluation(call, connection, id)
            return answer_created(call, connection, EVALUATIONS, evaluation, response, show=show)

    return routes


def retry_model(call: Call, connection: Any, id: str) -> Model:
    """Store a model that is trained as another was to be.

    Raises:
        NotFound: there is no such custom model.
        Conflict: it works still.
    """
    before: Model = find(call, connection, MODELS, id)
    _require_over(*find_work(call, connection, "models", id))
    before = customs.without_idle(connection, before)  # which earlier releases took
    model = _again(call, before, bundle=None, bundle_size=None, tested=None, properties={})
    return customs.create(call.storage, connection, model, emit=announcing(call, MODELS))


def retry_evaluation(call: Call, connection: Any, id: str) -> Evaluation:
    """Store an evaluation that measures what another was to measure.

    Raises:
        NotFound: there is no such evaluation.
        Conflict: it works still.
    """
    before: Evaluation = find(call, connection, EVALUATIONS, id)
    _require_over(*find_work(call, connection, "evaluations", id))
    evaluation = _again(call, before, scores=())
    return requests.create(call.storage, connection, evaluation, emit=announcing(call, EVALUATIONS))


def _require_over(task: Task, job: Job | None) -> None:
    if not (task.status.is_final or (job and job.state.is_final)):
        raise Conflict(f"it is {task.status}", hint="Wait until its work is over, or cancel it first.")


def _again(call: Call, task: Work, **made: Any) -> Work:
    """A new resource that asks for the same as another.

    Args:
        made: what the work on the other made, as it is before
    """
    now = call.storage.clock()
    begun: dict[str, Any] = {"status": Status.NOT_STARTED, "error": None, "created": now, "last_action": now}
    return replace(task, id=str(uuid4()), **begun, **made)
