"""The app: every version of the API behind what every request passes."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import Depends, FastAPI, Query, Request, Response
from starlette.routing import BaseRoute

import lect
from lect.api import (
    access,
    beyond,
    copies,
    datasets,
    docs_page,
    endpoints,
    evaluations,
    fast,
    files,
    hearing,
    measuring,
    models,
    projects,
    speech,
    transcriptions,
    web_hooks,
)
from lect.api.beyond.work import Streams
from lect.api.connections import Connections
from lect.api.errors import add_handlers, respond
from lect.api.measuring import Measured
from lect.api.middleware import LOOPBACK, BodyLimit, Hosts, RequestIds
from lect.api.openai import models as models_of_openai
from lect.api.openai import transcriptions as transcriptions_of_openai
from lect.api.openai.errors import OpenAIErrors
from lect.api.openapi import ERRORS, OPENAI_ERRORS, describe, operation_id
from lect.api.places import Places
from lect.api.rate import RateLimit
from lect.api.service import Service
from lect.api.versions import V2024, VERSIONS
from lect.core.errors import InvalidInput
from lect.datasets.uploads import BLOCK_BYTES
from lect.jobs.watching import Watch

_UPLOADS = re.compile(r"/(?:datasets/upload|models:(?:import|receive))$")  # written to disk as they come
_SOUND = re.compile(r"^/speech/recognition/|/recognise$")  # passed on as it comes
_FILES = re.compile(r"^/v1/audio/transcriptions$|/transcriptions:transcribe$")  # written to disk as they come
_BLOCKS = re.compile(r"/datasets/[^/]+/blocks(?:/[0-9]+)?$")  # each is held in memory


def create_app(service: Service, *, host: str = "127.0.0.1", first: Sequence[BaseRoute] = ()) -> FastAPI:
    """The app of a server.

    Args:
        host: the address that it listens on, which is one of its names
        first: routes that come before the speech door, which takes sockets of every path
    """
    app = FastAPI(
        title="Lect",
        version=lect.__version__,
        description="Custom speech recognition you own. Compatible with Speech to Text REST v3.1, v3.2 and 2024-11-15.",
        routes=list(first),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        responses=ERRORS,
        separate_input_output_schemas=False,
    )
    app.state.service = service
    app.state.places = Places(service.settings.server.files)
    app.state.connections = Connections(service.settings.live.connections_per_key)
    app.state.streams = Streams(Watch(service.storage.database))
    add_handlers(app)
    app.include_router(access.router(), tags=["server"])
    app.include_router(measuring.router(), tags=["server"])
    app.include_router(files.router(), tags=["server"])
    app.include_router(docs_page.router(), tags=["server"])
    app.include_router(beyond.router(), tags=["lect"])
    for door in (transcriptions_of_openai, models_of_openai):
        app.include_router(door.router(), tags=["openai"], responses=OPENAI_ERRORS)
    app.include_router(fast.router(), tags=[V2024.name, "transcriptions"])
    app.include_router(speech.router(), tags=["speech"])
    for version in VERSIONS:
        nouns = [datasets, copies, models, evaluations, endpoints, transcriptions, web_hooks]
        nouns += [projects] if version.is_v3 else []
        for noun in nouns:
            app.include_router(
                noun.router(version),
                prefix=version.prefix,
                tags=[version.name, noun.__name__.rpartition(".")[2]],
                dependencies=[] if version.is_v3 else [Depends(_name_version)],
            )
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    app.middleware("http")(_require_version)
    server = service.settings.server
    large = {
        _UPLOADS: server.upload_bytes,
        _BLOCKS: BLOCK_BYTES,
        _SOUND: speech.SHORT_AUDIO_BYTES,
        _FILES: server.file_bytes + hearing.FORM_BYTES,
    }
    app.add_middleware(BodyLimit, limits=large, small=server.body_bytes)
    if server.requests_per_second is not None:
        app.add_middleware(RateLimit, per_second=server.requests_per_second, burst=server.request_burst)
    app.add_middleware(Hosts, allowed=[*LOOPBACK, host, *server.hosts])
    app.add_middleware(Measured)
    app.add_middleware(RequestIds)
    app.add_middleware(OpenAIErrors)
    return app


def _name_version(version: Annotated[Literal["2024-11-15"], Query(alias="api-version")]) -> None:
    """What every call without a version in its path says."""


_UNVERSIONED = re.compile(r"/speechtotext/(?!v[0-9])")


async def _require_version(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    """Calls without a version in their path name it in their query."""
    if _UNVERSIONED.match(request.url.path):
        given = request.query_params.get("api-version")
        known = fast.VERSIONS if request.url.path == fast.PATH else {V2024.name}
        if given not in known:
            said = "is missing" if given is None else "is not known here"
            return respond(
                InvalidInput(
                    f"api-version {said}",
                    hint=f"Write ?api-version={V2024.name}, or a path such as /speechtotext/v3.2/datasets.",
                    detailed_code="InvalidParameterValue",
                    target="api-version",
                )
            )
    return await call_next(request)
