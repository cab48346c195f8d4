"""Evaluations of up to ten models, with every score and what every two of them differ by."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.evaluations import EVALUATIONS
from lect.api.making import make, new
from lect.api.models import show_reference
from lect.api.references import dataset_of, model_of
from lect.api.resources import Route, common, find, reference, show_error
from lect.api.schemas import beyond as schemas
from lect.api.service import Call, caller
from lect.core.entities import Evaluation
from lect.core.errors import InvalidInput
from lect.evaluations import requests
from lect.store import repositories
from lect.store.keys import Role


def show(call: Call, connection: Any, evaluation: Evaluation) -> Any:
    """An evaluation as it goes over the wire, with all its models."""
    references = [show_reference(call, connection, model) for model in evaluation.models]
    models = [repositories.MODELS.get(connection, model) for model in evaluation.models]
    scores = evaluation.scores or (None,) * len(models)
    return {
        **common(call, "evaluations", evaluation),
        "self": link(call, f"/evaluations/{evaluation.id}"),
        "locale": evaluation.locale,
        "dataset": reference(call, "datasets", evaluation.dataset),
        "models": [
            {"model": each, "display_name": model.display_name, "score": score}
            for each, model, score in zip(references, models, scores, strict=True)
        ],
        "comparisons": [
            {**comparison, "a": references[comparison["a"]], "b": references[place]}
            for place, score in enumerate(evaluation.scores)
            for comparison in score.get("comparisons", ())
        ],
        "links": {"files": call.links.to(f"/evaluations/{evaluation.id}/files")},
        "error": show_error(evaluation.error),
    }


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["evaluations"])
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.post(
        "/evaluations", name="evaluations_create", status_code=201, response_model=schemas.Evaluation
    )
    def create(
        call: Annotated[Call, Depends(writer)], body: schemas.NewEvaluation, response: Response
    ) -> Any:
        """Run up to ten models on a dataset, score them and compare every two."""
        with call.storage.database.begin() as connection:
            models = [
                str(model_of(call, connection, model, target=f"models[{number}]"))
                for number, model in enumerate(body.models)
            ]
            require_different(models)
            evaluation = new(
                call,
                connection,
                Evaluation,
                body,
                locale=body.locale,
                dataset=str(dataset_of(call, connection, body.dataset)),
                models=tuple(models),
            )
            return make(call, connection, EVALUATIONS, requests.create, evaluation, response, show=show)

    @routes.get("/evaluations/{id}", name="evaluations_get", response_model=schemas.Evaluation)
    def get(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        """An evaluation with all scores, comparisons and verdicts; those made elsewhere, too."""
        with call.storage.database.read() as connection:
            return show(call, connection, find(call, connection, EVALUATIONS, id))

    return routes


def require_different(models: list[str]) -> None:
    """Make sure that no model is named twice.

    Raises:
        InvalidInput: one is.
    """
    if len(set(models)) < len(models):
        raise InvalidInput(
            "a model is named twice", hint="Name each once.", detailed_code="InvalidModel", target="models"
        )
