"""Routes of transcriptions in batch."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.making import make, new, read_time_to_live, refuse_time_to_live
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
    duration,
    reference,
    show_error,
)
from lect.api.schemas.shared import ProfanityFilterMode, PunctuationMode
from lect.api.schemas.v2024 import TranscriptionLocales
from lect.api.service import Call, caller
from lect.api.versions import Version
from lect.core.durations import iso8601
from lect.core.entities import Transcription
from lect.core.errors import InvalidInput
from lect.models import customs
from lect.serving import batches
from lect.speech.text.display import ProfanityMode
from lect.store import repositories
from lect.store.keys import Role

PROFANITY = {
    ProfanityFilterMode.NONE: ProfanityMode.RAW,
    ProfanityFilterMode.REMOVED: ProfanityMode.REMOVED,
    ProfanityFilterMode.TAGS: ProfanityMode.TAGGED,
    ProfanityFilterMode.MASKED: ProfanityMode.MASKED,
}
_WIRE_PROFANITY = {str(ours): theirs for theirs, ours in PROFANITY.items()}
MIN_HOURS, MAX_HOURS = 6, 744  # that a transcription of 2024-11-15 stays after its end


def show(call: Call, connection: Any, transcription: Transcription) -> Any:
    """A transcription as it goes over the wire; never the addresses of its files or of its destination."""
    options = transcription.options
    properties = {
        "word_level_timestamps_enabled": options.get("words", False),
        "display_form_word_level_timestamps_enabled": options.get("display_words", False),
        "channels": options.get("channels"),
        "punctuation_mode": PunctuationMode.AUTOMATIC
        if options.get("is_punctuated", True)
        else PunctuationMode.NONE,
        "profanity_filter_mode": _WIRE_PROFANITY[options.get("profanity", ProfanityMode.MASKED)],
        "error": show_error(transcription.error),
        **duration(call, transcription.duration or 0.0),
    }
    if not call.version.is_v3:
        properties["time_to_live_hours"] = round((transcription.time_to_live or 0.0) / 3600)
    elif transcription.time_to_live is not None:
        properties["time_to_live"] = iso8601(transcription.time_to_live)
    return {
        **common(call, "transcriptions", transcription),
        "locale": transcription.locale,
        "model": show_reference(call, connection, transcription.model),
        "dataset": reference(call, "datasets", transcription.dataset),
        "links": {"files": call.links.to(f"/transcriptions/{transcription.id}/files")},
        "properties": properties,
    }


TRANSCRIPTIONS = Noun(
    path="transcriptions",
    repository=repositories.TRANSCRIPTIONS,
    schema="Transcription",
    update="TranscriptionUpdate",
    show=show,
    delete=batches.delete,
    filters=TASK,
)


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    schema = version.schemas.Transcription
    writer = caller(version, Role.CONTRIBUTOR)
    if version.is_v3:
        add_locales(routes, "transcriptions", version, customs.locales)
    else:
        add_locales(routes, "transcriptions", version, _locales, TranscriptionLocales)
    path = "/transcriptions" if version.is_v3 else "/transcriptions:submit"

    @routes.post(path, name="transcriptions_create", status_code=201, response_model=schema)
    def create(call: Annotated[Call, Depends(writer)], body: schema, response: Response) -> Any:  # type: ignore[valid-type]
        given: Any = body
        with call.storage.database.begin() as connection:
            transcription = new(
                call,
                connection,
                Transcription,
                given,
                locale=given.locale,
                model=model_of(call, connection, given.model),
                dataset=dataset_of(call, connection, given.dataset),
                content_urls=tuple(given.content_urls or ()),
                container_url=given.content_container_url,
                options=_options(given.properties) if given.properties else {},
                time_to_live=_time_to_live(given.properties) if given.properties else None,
            )
            return make(call, connection, TRANSCRIPTIONS, batches.create, transcription, response)

    add_routes(routes, TRANSCRIPTIONS, version)
    add_file_routes(routes, TRANSCRIPTIONS, version)
    return routes


def _locales(connection: Any) -> Any:
    return {"Transcribe": [], "Submit": customs.locales(connection)}  # nothing is answered at once yet


def _options(properties: Any) -> dict[str, Any]:
    """How files are to be transcribed.

    Raises:
        InvalidInput: something is asked for that Lect cannot do.
    """
    _refuse_what_is_missing(properties)
    options: dict[str, Any] = {
        "words": bool(properties.word_level_timestamps_enabled),
        "display_words": bool(properties.display_form_word_level_timestamps_enabled),
        "is_punctuated": properties.punctuation_mode is not PunctuationMode.NONE,
        "profanity": str(PROFANITY[properties.profanity_filter_mode or ProfanityFilterMode.MASKED]),
    }
    if properties.channels is not None:
        options["channels"] = properties.channels
    if properties.destination_container_url:
        options["destination"] = properties.destination_container_url
    return options


def _refuse_what_is_missing(properties: Any) -> None:
    diarization = properties.diarization
    is_enabled = getattr(diarization, "enabled", getattr(properties, "diarization_enabled", None))
    if is_enabled or (diarization is not None and is_enabled is not False):
        raise _missing("diarization", "speakers are not told apart yet", "Leave diarization out.")
    if properties.language_identification is not None:
        raise _missing(
            "languageIdentification",
            "languages are not told apart yet",
            "Leave it out, and make a transcription for each locale.",
        )
    if properties.punctuation_mode is PunctuationMode.DICTATED:
        raise _missing(
            "punctuationMode", "dictated punctuation is not understood yet", "Take Automatic or None."
        )
    if properties.channels is not None and 0 not in properties.channels:
        raise _missing(
            "channels",
            "one channel of several cannot be heard alone yet",
            "Leave channels out: all of a file are heard together then.",
            "InvalidChannels",
        )


def _missing(target: str, message: str, hint: str, code: str = "InvalidParameterValue") -> InvalidInput:
    where = f"properties.{target}"
    return InvalidInput(f"{where}: {message}", hint=hint, detailed_code=code, target=where)


def _time_to_live(properties: Any) -> float | None:
    """Seconds that a transcription stays after its end; None: for ever.

    Raises:
        InvalidInput: they are too few or too many, or cannot be read.
    """
    hours = getattr(properties, "time_to_live_hours", None)
    if hours is None:
        return read_time_to_live(getattr(properties, "time_to_live", None))
    if not MIN_HOURS <= hours <= MAX_HOURS:
        raise refuse_time_to_live("timeToLiveHours", f"it is {hours}", f"It is {MIN_HOURS} to {MAX_HOURS}.")
    return float(hours * 3600)
