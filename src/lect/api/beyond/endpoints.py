"""Endpoints: back to the model before, which models were deployed there, what they are asked, and datasets of what was said to them."""

from functools import partial
from math import isinf
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.datasets import DATASETS
from lect.api.endpoints import ENDPOINTS, show
from lect.api.logs import find_base
from lect.api.making import announcing, answer_created, new
from lect.api.models import show_reference
from lect.api.resources import Route, Skip, Top, find, paginate, read_page, show_error
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import Page
from lect.api.service import Call, caller, note
from lect.core.entities import Dataset, DatasetKind, Deployment, LogOwner
from lect.metrics import Latency
from lect.serving import endpoints, logged_data
from lect.serving.endpoint_metrics import MOST_HOURS, MetricsHour, metrics_of
from lect.store import deployments
from lect.store.keys import Role

Hours = Annotated[int, Query(ge=1, le=MOST_HOURS, description="How many, with the one that is not over.")]


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["endpoints"])
    reader, writer = caller(SPOKEN, Role.READER), caller(SPOKEN, Role.CONTRIBUTOR)

    @routes.post(
        "/endpoints/{id}:rollback", name="endpoints_rollback", response_model=SPOKEN.schemas.Endpoint
    )
    def roll_back(call: Annotated[Call, Depends(writer)], id: str) -> Any:
        """Deploy the model that was served before; one that passed its self-test answers from the next turn on."""
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            endpoint = endpoints.roll_back(call.storage, connection, endpoint, emit=call.service.emit)
            note(call, connection, "rollback", f"endpoints/{endpoint.id}")
            return show(call, connection, endpoint)

    @routes.get(
        "/endpoints/{id}/deployments",
        name="endpoints_deployments",
        response_model=Page[schemas.Deployment],
    )
    def list_deployments(
        call: Annotated[Call, Depends(reader)], id: str, skip: Skip = None, top: Top = None
    ) -> Any:
        """Which models were deployed there, when, why and by whom; the oldest first."""
        page = read_page(skip, top, None, {})
        with call.storage.database.read() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            found = deployments.page(connection, endpoint.id, page)
            shown = [_show_deployment(call, connection, each) for each in found]
        return paginate(partial(link, call, f"/endpoints/{endpoint.id}/deployments"), page, shown)

    @routes.get("/endpoints/{id}/metrics", name="endpoints_metrics", response_model=schemas.EndpointMetrics)
    def tell_metrics(call: Annotated[Call, Depends(reader)], id: str, hours: Hours = 24) -> Any:
        """What became of the requests of the last hours, and how long results took."""
        with call.storage.database.read() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            found = metrics_of(connection, endpoint.id, hours=hours, now=call.storage.clock())
        return {
            "since": found.since,
            "begin": found.begin,
            "values": [_show_hour(each) for each in found.hours],
        }

    @routes.post(
        "/endpoints/{id}/logs:dataset",
        name="endpoints_logs_dataset",
        status_code=201,
        response_model=SPOKEN.schemas.Dataset,
    )
    def make_dataset(
        call: Annotated[Call, Depends(writer)],
        id: str,
        body: schemas.NewLoggedDataset,
        response: Response,
    ) -> Any:
        """Make a dataset of the logs of an endpoint."""
        with call.storage.database.begin() as connection:
            endpoint = find(call, connection, ENDPOINTS, id)
            owner = LogOwner(endpoint=endpoint.id)
            dataset = _gather(call, connection, owner, endpoint.locale, body)
            return answer_created(call, connection, DATASETS, dataset, response)

    @routes.post(
        "/endpoints/base/{locale}/logs:dataset",
        name="endpoints_base_logs_dataset",
        status_code=201,
        response_model=SPOKEN.schemas.Dataset,
    )
    def make_base_dataset(
        call: Annotated[Call, Depends(writer)],
        locale: str,
        body: schemas.NewLoggedDataset,
        response: Response,
    ) -> Any:
        """Make a dataset of the logs of the base models of a locale."""
        with call.storage.database.begin() as connection:
            owner = find_base(call, connection, locale)
            dataset = _gather(call, connection, owner, str(owner.locale), body)
            return answer_created(call, connection, DATASETS, dataset, response)

    return routes


def _gather(
    call: Call, connection: Any, owner: LogOwner, locale: str, body: schemas.NewLoggedDataset
) -> Dataset:
    kind = DatasetKind.AUDIO if body.kind == "AudioFiles" else DatasetKind.ACOUSTIC
    return logged_data.create(
        call.storage,
        connection,
        owner,
        new(call, connection, Dataset, body, locale=locale, kind=kind),
        since=body.since,
        until=body.until,
        emit=announcing(call, DATASETS),
    )


def _show_deployment(call: Call, connection: Any, deployment: Deployment) -> Any:
    return {
        "id": deployment.id,
        "model": show_reference(call, connection, deployment.model),
        "reason": deployment.reason,
        "key": deployment.key,
        "status": deployment.status,
        "created_date_time": deployment.created,
        "finished_date_time": deployment.finished,
        "error": show_error(deployment.error),
    }


def _show_hour(hour: MetricsHour) -> Any:
    return {
        "hour": hour.hour,
        "requests": hour.requests,
        "outcomes": hour.outcomes,
        "final": _show_latency(hour.final),
        "first_partial": _show_latency(hour.first_partial),
    }


def _show_latency(latency: Latency) -> Any:
    def within(share: float) -> float | None:
        bound = latency.within(share)
        return None if bound is None or isinf(bound) else bound

    return {"count": sum(latency.counts), "p50_seconds": within(0.5), "p95_seconds": within(0.95)}
