"""Routes of evaluations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.making import make, new
from lect.api.models import show_reference
from lect.api.references import dataset_of, model_of
from lect.api.resources import (
    TASK,
    Noun,
    Route,
    add_file_routes,
    add_locales,
    add_routes,
    common,
    reference,
    show_error,
)
from lect.api.service import Call, caller
from lect.api.versions import Version
from lect.core.entities import Evaluation
from lect.evaluations import requests
from lect.models import customs
from lect.store import repositories
from lect.store.keys import Role

_CLASSES = {  # the API's names of error classes, and ours
    "punctuation": "punctuation",
    "capitalization": "capitalization",
    "inverse_text_normalization": "itn",
    "lexical": "lexical",
    "others": "others",
}


def show(call: Call, connection: Any, evaluation: Evaluation) -> Any:
    """An evaluation as it goes over the wire: of more than two models, the first two."""
    shown = [*evaluation.models[:2], evaluation.models[0]][:2]
    properties: dict[str, Any] = {"error": show_error(evaluation.error)}
    for number in (1, 2):
        place = min(number, len(evaluation.models)) - 1
        score = evaluation.scores[place] if place < len(evaluation.scores) else None
        properties |= {f"{name}{number}": value for name, value in _properties(score).items()}
    return {
        **common(call, "evaluations", evaluation),
        "locale": evaluation.locale,
        "dataset": reference(call, "datasets", evaluation.dataset),
        "model1": show_reference(call, connection, shown[0]),
        "model2": show_reference(call, connection, shown[1]),
        "links": {"files": call.links.to(f"/evaluations/{evaluation.id}/files")},
        "properties": properties,
    }


def _properties(score: Any) -> dict[str, Any]:
    """Rates and counts of one model; -1 until there are any."""
    if score is None:
        names = """word_error_rate sentence_error_rate token_error_rate sentence_count word_count correct_word_count
        word_substitution_count word_deletion_count word_insertion_count token_count correct_token_count
        token_substitution_count token_deletion_count token_insertion_count"""
        return dict.fromkeys(names.split(), -1)
    tokens, classes = score.get("tokens") or {}, score.get("token_errors") or {}
    return {
        "word_error_rate": _rate(score["wer"]),
        "sentence_error_rate": _rate(score["ser"]),
        "token_error_rate": _rate(score["ter"]),
        "sentence_count": score.get("sentences", -1),
        "word_count": score["words"],
        "correct_word_count": score["correct"],
        "word_substitution_count": score["substitutions"],
        "word_deletion_count": score["deletions"],
        "word_insertion_count": score["insertions"],
        "token_count": tokens.get("tokens", -1),
        "correct_token_count": tokens.get("correct", -1),
        "token_substitution_count": tokens.get("substitutions", -1),
        "token_deletion_count": tokens.get("deletions", -1),
        "token_insertion_count": tokens.get("insertions", -1),
        "token_errors": {
            theirs: {
                "number_of_edits": classes[ours]["edits"],
                "percentage_of_all_edits": round(100 * (classes[ours]["share"] or 0.0), 4),
            }
            for theirs, ours in _CLASSES.items()
            if ours in classes
        },
    }


def _rate(value: float | None) -> float:
    """A ratio; -1 where nothing was said, so that there is none."""
    return -1.0 if value is None else value


EVALUATIONS = Noun(
    path="evaluations",
    repository=repositories.EVALUATIONS,
    schema="Evaluation",
    update="EvaluationUpdate",
    show=show,
    delete=requests.delete,
    filters=TASK,
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    schema = version.schemas.Evaluation
    writer = caller(version, Role.CONTRIBUTOR)

    add_locales(routes, "evaluations", version, customs.locales)

    @routes.post("/evaluations", name="evaluations_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        given: Any = body
        with call.storage.database.begin() as connection:
            evaluation = new(
                call,
                connection,
                Evaluation,
                given,
                locale=given.locale,
                dataset=str(dataset_of(call, connection, given.dataset)),
                models=tuple(
                    str(model_of(call, connection, model, target=f"model{number}"))
                    for number, model in enumerate((given.model1, given.model2), start=1)
                ),
            )
            return make(call, connection, EVALUATIONS, requests.create, evaluation, response)

    add_routes(routes, EVALUATIONS, version)
    add_file_routes(routes, EVALUATIONS, version)
    return routes
