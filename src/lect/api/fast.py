"""Fast transcription: a file in, what is said in it out, in one request (`/speechtotext/transcriptions:transcribe`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from lect.api.datasets import BYTES
from lect.api.hearing import begin, received, while_there
from lect.api.references import model_of
from lect.api.schemas.fast import TranscribeDefinition, TranscribeResult
from lect.api.schemas.shared import MAX_SPEAKERS
from lect.api.service import Call, Principal, call_of, principal_of
from lect.api.transcription_options import PROFANITY, PUNCTUATION, require_dictation
from lect.api.uploads import Form
from lect.api.versions import V2024
from lect.core.errors import InvalidInput
from lect.core.locale import blank_of, canonicalise_known
from lect.serving.fast.asking import FileRequest
from lect.serving.fast.spoken import Spoken

PATH = "/speechtotext/transcriptions:transcribe"
EARLIEST = "2024-05-15-preview"  # whose answers call times otherwise
VERSIONS = frozenset({EARLIEST, V2024.name, "2025-10-15"})
_RENAMED = {"offsetMilliseconds": "offset", "durationMilliseconds": "duration"}
_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["audio"],
                "properties": {
                    "definition": {"type": "string", "description": "A `TranscribeDefinition` as JSON."},
                    "audio": BYTES["schema"] | {"description": "The file."},
                },
            }
        }
    },
}


def router() -> APIRouter:
    """The route."""
    routes = APIRouter()

    @routes.post(
        PATH,
        name="transcriptions_transcribe",
        response_model=TranscribeResult,
        openapi_extra={"requestBody": _FORM},
    )
    async def transcribe(
        request: Request,
        principal: Annotated[Principal, Depends(principal_of)],
        version: Annotated[str, Query(alias="api-version")],
    ) -> Response:
        """What is said in a file. `X-Lect-Model` names the model that heard it, of several languages that of the first."""
        try:
            async with received(request, principal, file="audio") as (form, path):
                asked = await run_in_threadpool(_read, call_of(request, V2024, principal), form, path)
                hearing = await while_there(request, begin(request, principal, asked))
                try:
                    phrases = await while_there(request, hearing.whole())
                finally:
                    await hearing.close()
        except ClientDisconnect:
            return Response(status_code=400)  # nobody reads it
        told = _told(phrases, asked, hearing.seconds or 0.0)
        document = renamed(told) if version == EARLIEST else told
        return JSONResponse(document, headers={"X-Lect-Model": hearing.model})

    return routes


def _read(call: Call, form: Form, path: Path) -> FileRequest:
    """What a form asks of the file at a path.

    Raises:
        InvalidInput: something is asked for that cannot be meant, or that Lect cannot do.
        NotFound: a model is not there.
    """
    asked = _definition(form.text("definition"))
    if asked.audio_url:
        raise _refused(
            "audioUrl", "files are not fetched here", "Send the file as audio, or transcribe in batch."
        )
    if asked.enhanced_mode and asked.enhanced_mode.get("enabled", True):
        raise _refused("enhancedMode", "there is none", "Leave it out.")
    is_diarized = asked.diarization is not None and asked.diarization.enabled is not False
    if is_diarized and asked.channels:
        raise _refused(
            "diarization", "channels are heard one by one, or speakers told apart", "Leave one out."
        )
    locales = tuple(dict.fromkeys(map(canonicalise_known, asked.locales)))
    punctuation = PUNCTUATION[asked.punctuation_mode]
    require_dictation(punctuation, locales, target="definition.punctuationMode")
    return FileRequest(
        path=str(path),
        locales=locales,
        models=_models(call, asked.models, locales),
        phrases=tuple(asked.phrase_list.phrases) if asked.phrase_list else (),
        strength=_strength(asked),
        profanity=PROFANITY[asked.profanity_filter_mode],
        punctuation=punctuation,
        words=True,
        channels=tuple(sorted(set(asked.channels))),
        speakers=_speakers(asked) if is_diarized else None,
    )


def _definition(text: str) -> TranscribeDefinition:
    try:
        return TranscribeDefinition.model_validate_json(text or "{}")
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(["definition", *map(str, problem["loc"])])
        raise InvalidInput(
            f"{place}: {problem['msg']}", detailed_code="InvalidRequestBodyFormat", target=place
        ) from None


def _models(call: Call, given: Mapping[str, str], locales: tuple[str, ...]) -> dict[str, str]:
    named = {canonicalise_known(locale): address for locale, address in given.items()}
    if stray := sorted(set(named) - set(locales)):
        raise _refused("models", f"there is one for {stray[0]}", "It is none of the locales.")
    with call.storage.database.read() as connection:
        found = {
            locale: model_of(call, connection, {"self": address}, target="definition.models")
            for locale, address in named.items()
        }
    return {locale: str(model) for locale, model in found.items()}


def _strength(asked: TranscribeDefinition) -> float:
    given = asked.phrase_list.biasing_weight if asked.phrase_list else None
    return 1.0 if given is None else given


def _speakers(asked: TranscribeDefinition) -> int:
    return (asked.diarization and asked.diarization.max_speakers) or MAX_SPEAKERS


def _told(phrases: Iterable[Spoken], asked: FileRequest, seconds: float) -> dict[str, Any]:
    phrases = list(phrases)
    by_channel = {channel: list(said) for channel, said in groupby(phrases, key=lambda each: each.channel)}
    channels: tuple[int | None, ...] = asked.channels or (None,)
    return {
        "durationMilliseconds": _milliseconds(seconds),
        "combinedPhrases": [
            _known({"channel": channel, "text": _text(by_channel.get(channel, []))}) for channel in channels
        ],
        "phrases": [_phrase(each) for each in phrases],
    }


def _phrase(said: Spoken) -> dict[str, Any]:
    return _known(
        {
            "channel": said.channel,
            "speaker": said.speaker,
            "offsetMilliseconds": _milliseconds(said.offset),
            "durationMilliseconds": _milliseconds(said.duration),
            "text": said.text,
            "words": [
                {
                    "text": word.word,
                    "offsetMilliseconds": _milliseconds(word.offset),
                    "durationMilliseconds": _milliseconds(word.duration),
                }
                for word in said.words
            ],
            "locale": said.locale,
            "confidence": said.confidence,
        }
    )


def _text(phrases: Iterable[Spoken]) -> str:
    text = ""
    for said in phrases:
        text += (blank_of(said.locale) if text else "") + said.text
    return text


def renamed(document: Any) -> Any:
    """An answer as the earliest version calls its times."""
    if isinstance(document, list):
        return [renamed(each) for each in document]
    if isinstance(document, dict):
        return {_RENAMED.get(name, name): renamed(value) for name, value in document.items()}
    return document


def _known(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if value is not None}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _refused(target: str, message: str, hint: str) -> InvalidInput:
    where = f"definition.{target}"
    return InvalidInput(f"{where}: {message}", hint=hint, detailed_code="InvalidParameterValue", target=where)
