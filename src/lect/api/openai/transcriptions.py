"""Files to text: `/v1/audio/transcriptions`, and what is said of translations."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from lect.api.errors import answer_to, body_of
from lect.api.hearing import Hearing, begin, received, while_there
from lect.api.openai import answers
from lect.api.openai.errors import translated
from lect.api.openai.form import Asked, Format, read
from lect.api.schemas import openai as schemas
from lect.api.service import Principal, principal_of
from lect.core.errors import LectError, NotFound
from lect.serving.fast.spoken import Spoken

_FORM: dict[str, Any] = {
    "required": True,
    "content": {"multipart/form-data": {"schema": schemas.OpenAITranscriptionForm.model_json_schema()}},
}
_TEXTS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": schemas.OpenAITranscription | schemas.OpenAIVerboseTranscription,
        "description": "What was said. `X-Lect-Model` names the model that heard it.",
        "content": {"text/plain": {}, "application/x-subrip": {}, "text/vtt": {}, "text/event-stream": {}},
    }
}


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter()

    @routes.post(
        "/v1/audio/transcriptions",
        name="transcriptions_create",
        responses=_TEXTS,
        response_model=None,
        openapi_extra={"requestBody": _FORM},
    )
    async def transcribe(
        request: Request, principal: Annotated[Principal, Depends(principal_of)]
    ) -> Response:
        """What is said in a file, of any length, by the model that is named."""
        async with AsyncExitStack() as stack:
            try:
                form, path = await stack.enter_async_context(received(request, principal, file="file"))
                asked = await run_in_threadpool(read, form, path)
                hearing = await while_there(request, begin(request, principal, asked.file))
                stack.push_async_callback(hearing.close)
                if asked.is_streamed:
                    return await _streamed(request, hearing, stack)
                return _answer(asked, hearing, await while_there(request, hearing.whole()))
            except NotFound as error:
                raise NotFound(
                    error.message, hint=error.hint, target="model", detailed_code="model_not_found"
                ) from None
            except ClientDisconnect:
                return Response(status_code=HTTPStatus.BAD_REQUEST)  # nobody reads it

    @routes.post("/v1/audio/translations", name="translations_create", response_model=None)
    async def translate(principal: Annotated[Principal, Depends(principal_of)]) -> Response:
        """Not offered: always an error."""
        raise NotFound(
            "Translations are not offered: Lect writes what is said in the language in which it is said",
            hint="POST /v1/audio/transcriptions transcribes.",
            detailed_code="not_offered",
        )

    return routes


def _answer(asked: Asked, hearing: Hearing, phrases: list[Spoken]) -> Response:
    headers, seconds = {"X-Lect-Model": hearing.model}, hearing.seconds or 0.0
    match asked.form:
        case Format.JSON:
            return JSONResponse(answers.document(phrases, seconds), headers=headers)
        case Format.VERBOSE_JSON:
            told = answers.verbose(
                phrases, seconds, granularities=asked.granularities, temperature=asked.temperature
            )
            return JSONResponse(told, headers=headers)
        case _:
            text = answers.written(phrases, asked.form)
            return Response(text, headers=headers, media_type=answers.MEDIA_TYPES[asked.form])


async def _streamed(request: Request, hearing: Hearing, stack: AsyncExitStack) -> Response:
    """Events, once it is certain that there is something to hear; before that an error is an answer of its own."""
    phrases = hearing.phrases()

    async def first() -> Spoken | None:
        async for phrase in phrases:
            if phrase is not None:
                return phrase
        return None

    begun = await while_there(request, first())
    return _Stream(_events(begun, phrases), hearing.model, stack.pop_all())


async def _events(begun: Spoken | None, phrases: AsyncIterator[Spoken | None]) -> AsyncIterator[str]:
    said: list[Spoken] = [begun] if begun else []
    try:
        if begun:
            yield _delta(begun, is_first=True)
            async for phrase in phrases:
                if phrase is None:
                    yield ": still here\n\n"
                    continue
                said.append(phrase)
                yield _delta(phrase, is_first=False)
        yield answers.event(type="transcript.text.done", text=answers.text_of(said))
    except LectError as error:
        yield answers.event(**translated(answer_to(error).status, body_of(error)))


def _delta(phrase: Spoken, *, is_first: bool) -> str:
    return answers.event(type="transcript.text.delta", delta=answers.delta(phrase, is_first=is_first))


class _Stream(StreamingResponse):
    """Events as they go over the wire; at their end, or when nobody listens any more, all that they need is let go."""

    def __init__(self, events: AsyncIterator[str], model: str, stack: AsyncExitStack) -> None:
        super().__init__(events, media_type="text/event-stream", headers={"X-Lect-Model": model})
        self._events, self._stack = events, stack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._stack:
            await super().__call__(scope, receive, send)
