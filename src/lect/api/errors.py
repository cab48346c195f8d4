"""Errors over HTTP: one table from our errors to statuses and codes, in the shape that the API gives them.

    {"code": "InvalidRequest", "message": "...", "innerError": {"code": "InvalidLocale", "message": "..."}}

A message says what is wrong and what to do. What we did not foresee is a 500 with the request's id and nothing of the inside.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lect.api.openai.errors import is_here, translated
from lect.core import errors
from lect.core.errors import LectError
from lect.telemetry import get_log

MAX_MESSAGE = 2_000  # characters
_IS_JSON = re.compile(r"\s*application/(?:[\w.-]+\+)?json\b", re.IGNORECASE)
_SHOWN = 100  # characters of a header
RETRY_SECONDS = 5  # when storage failed, or too much is asked for at once

_log = get_log(__name__, action="answer")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How an error is told."""

    status: HTTPStatus
    code: str
    detailed_code: str | None = None  # of the inner error


# The nearest class counts. The API names 72 detailed codes and does not say when each is meant.
ANSWERS: dict[type[LectError], Answer] = {
    LectError: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="InternalServerError"),
    errors.InvalidInput: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidPayload"
    ),
    errors.InvalidAudio: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidPayload"
    ),
    errors.InvalidTranscript: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidDocument"
    ),
    errors.InvalidDataset: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidDataset"
    ),
    errors.InvalidAddress: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidParameterValue"
    ),
    errors.UnsupportedLocale: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="InvalidLocale"
    ),
    errors.NotFound: Answer(status=HTTPStatus.NOT_FOUND, code="NotFound"),
    errors.Conflict: Answer(status=HTTPStatus.CONFLICT, code="Conflict", detailed_code="InvalidPrerequisite"),
    errors.InUse: Answer(status=HTTPStatus.CONFLICT, code="Conflict", detailed_code="InUseViolation"),
    errors.AccessError: Answer(
        status=HTTPStatus.FORBIDDEN, code="Forbidden", detailed_code="InvalidPermissions"
    ),
    errors.Unauthenticated: Answer(
        status=HTTPStatus.UNAUTHORIZED, code="Unauthorized", detailed_code="InvalidSubscription"
    ),
    errors.LimitExceeded: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="QuotaViolation"
    ),
    errors.QuotaExceeded: Answer(
        status=HTTPStatus.BAD_REQUEST, code="InvalidRequest", detailed_code="QuotaViolation"
    ),
    errors.TooManyRequests: Answer(status=HTTPStatus.TOO_MANY_REQUESTS, code="TooManyRequests"),
    errors.EngineError: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.ModelLoadFailed: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.RecognitionFailed: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.TrainingDiverged: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.TrainingRefused: Answer(status=HTTPStatus.UNPROCESSABLE_ENTITY, code="UnprocessableEntity"),
    errors.JobError: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.JobCancelled: Answer(
        status=HTTPStatus.CONFLICT, code="Conflict", detailed_code="InvalidPrerequisite"
    ),
    errors.JobLost: Answer(status=HTTPStatus.INTERNAL_SERVER_ERROR, code="PipelineError"),
    errors.StoreError: Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, code="ServiceUnavailable"),
    errors.Unreachable: Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, code="ServiceUnavailable"),
    errors.MissingExtra: Answer(status=HTTPStatus.SERVICE_UNAVAILABLE, code="ServiceUnavailable"),
}
_BY_STATUS = {
    HTTPStatus.BAD_REQUEST: "InvalidRequest",
    HTTPStatus.UNAUTHORIZED: "Unauthorized",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.NOT_FOUND: "NotFound",
    HTTPStatus.METHOD_NOT_ALLOWED: "NotAllowed",
    HTTPStatus.CONFLICT: "Conflict",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "UnsupportedMediaType",
    HTTPStatus.UNPROCESSABLE_ENTITY: "UnprocessableEntity",
    HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
}


def answer_to(error: LectError) -> Answer:
    """How an error is told: the entry of its class, or of the nearest class above it."""
    return next(ANSWERS[cls] for cls in type(error).__mro__ if cls in ANSWERS)


def document(
    code: str,
    message: str,
    *,
    detailed_code: str | None = None,
    target: str | None = None,
    details: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The body of an error."""
    message = message[:MAX_MESSAGE]
    body: dict[str, Any] = {"code": code, "message": message}
    if target:
        body["target"] = target
    if detailed_code:
        inner: dict[str, Any] = {"code": detailed_code, "message": message}
        if details:
            inner["details"] = dict(details)
        body["innerError"] = inner
    return body


def body_of(error: LectError) -> dict[str, Any]:
    """The body that tells an error."""
    answer = answer_to(error)
    detailed = error.details.get("detailed_code", answer.detailed_code)
    target = error.details.get("target")
    return document(
        answer.code,
        str(error),
        detailed_code=str(detailed) if detailed else None,
        target=str(target) if target else None,
    )


def respond(error: LectError) -> JSONResponse:
    """The response that tells an error."""
    return JSONResponse(body_of(error), answer_to(error).status, headers_of(error))


def headers_of(error: LectError) -> dict[str, str]:
    """What the response that tells an error says to programs: how to sign in, when to ask again."""
    match answer_to(error).status:
        case HTTPStatus.UNAUTHORIZED:
            return {"WWW-Authenticate": "Bearer"}
        case HTTPStatus.SERVICE_UNAVAILABLE | HTTPStatus.TOO_MANY_REQUESTS:
            return {"Retry-After": str(error.details.get("retry_after", RETRY_SECONDS))}
        case _:
            return {}


def add_handlers(app: FastAPI) -> None:
    """Tell every error of an app in this shape."""

    @app.exception_handler(LectError)
    async def _known(_request: Request, error: LectError) -> JSONResponse:
        if answer_to(error).status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("A request failed.", code=error.code)
        return respond(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        if any(problem["loc"] == ("body",) and problem["input"] for problem in error.errors()):
            given = request.headers.get("Content-Type", "")
            if not _IS_JSON.match(given):
                return JSONResponse(_other_type(given), HTTPStatus.BAD_REQUEST)
        return JSONResponse(_invalid_body(error), HTTPStatus.BAD_REQUEST)

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        status = HTTPStatus(error.status_code)
        code = _BY_STATUS.get(
            status, "InvalidRequest" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "InternalServerError"
        )
        return JSONResponse(document(code, _said(request, error, status)), status, error.headers)

    @app.exception_handler(Exception)
    async def _unforeseen(request: Request, _error: Exception) -> JSONResponse:
        request_id = getattr(request.state, "request_id", "")
        message = f"An error that we did not foresee. The log has more under the id {request_id}."
        return JSONResponse(unforeseen(request.url.path, message), HTTPStatus.INTERNAL_SERVER_ERROR)


def _said(request: Request, error: HTTPException, status: HTTPStatus) -> str:
    """What the router or the reader of bodies says, with what to do where it says no more than the status."""
    if error.detail != status.phrase:
        return str(error.detail)
    match status:
        case HTTPStatus.NOT_FOUND:
            return "there is nothing at this address\n/docs of this server lists what there is."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return f"{request.method} is not answered here\n/docs of this server lists what is."
        case _:
            return status.phrase


def unforeseen(path: str, message: str) -> dict[str, Any]:
    """The body that tells of what we did not foresee. Nothing translates it: it is told outside of all else."""
    body = document("InternalServerError", message, detailed_code="UnexpectedError")
    return translated(HTTPStatus.INTERNAL_SERVER_ERROR, body) if is_here(path) else body


def _other_type(given: str) -> dict[str, Any]:
    """The body that tells that a body was not read as JSON, as its type says nothing of it."""
    was = f"its Content-Type is {given[:_SHOWN]}" if given else "it has no Content-Type"
    return document(
        "InvalidRequest",
        f"the body is not read as JSON: {was}\nSend it with Content-Type: application/json.",
        detailed_code="InvalidRequestBodyFormat",
        target="body",
    )


def _invalid_body(error: RequestValidationError) -> dict[str, Any]:
    """All that is wrong with a request, each with its place; never the values, which may be secret."""
    problems = error.errors()
    places = [
        ".".join(str(part) for part in problem["loc"][1:]) or str(problem["loc"][0]) for problem in problems
    ]
    messages = [f"{place}: {problem['msg']}" for place, problem in zip(places, problems, strict=True)]
    in_body = any(problem["loc"][0] == "body" for problem in problems)
    is_empty = in_body and any(
        problem["loc"] == ("body",) and problem["type"] == "missing" for problem in problems
    )
    detailed = (
        "EmptyRequest" if is_empty else "InvalidRequestBodyFormat" if in_body else "InvalidParameterValue"
    )
    return document("InvalidRequest", "\n".join(messages), detailed_code=detailed, target=places[0])
