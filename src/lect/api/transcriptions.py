"""Routes of transcriptions in batch."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from lect.api.making import make, new, read_time_to_live, readable_url, refuse_time_to_live
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
from lect.api.schemas.v2024 import TranscriptionLocales
from lect.api.service import Call, caller
from lect.api.transcription_options import read_options, show_options
from lect.api.versions import Version
from lect.core.durations import iso8601
from lect.core.entities import Transcription
from lect.models import customs
from lect.serving import batches
from lect.store import repositories
from lect.store.keys import Role

MIN_HOURS, MAX_HOURS = 6, 744  # that a transcription of 2024-11-15 stays after its end


def show(call: Call, connection: Any, transcription: Transcription) -> Any:
    """A transcription as it goes over the wire; never the addresses of its files or of its destination."""
    properties = {
        **show_options(call, connection, transcription.options),
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
                container_url=readable_url(call, given.content_container_url, target="contentContainerUrl"),
                options=read_options(call, connection, given.properties, locale=given.locale)
                if given.properties
                else {},
                time_to_live=_time_to_live(given.properties) if given.properties else None,
            )
            return make(call, connection, TRANSCRIPTIONS, batches.create, transcription, response)

    add_routes(routes, TRANSCRIPTIONS, version)
    add_file_routes(routes, TRANSCRIPTIONS, version)
    return routes


def _locales(connection: Any) -> Any:
    known = customs.locales(connection)
    return {"Transcribe": known, "Submit": known}


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
