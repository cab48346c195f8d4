"""Where other servers send models to: the bundle in a form, by an authorisation that was given here."""

import re
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Request, Response
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile

from lect.api.beyond.addresses import SPOKEN
from lect.api.making import announcing
from lect.api.models import MODELS, show
from lect.api.resources import Route
from lect.api.schemas.shared import Description, DisplayName, Uri
from lect.api.scratch import scratch
from lect.api.service import Call, Principal, Service, call_of, service_of
from lect.core.errors import InvalidInput, Unauthenticated
from lect.core.files import BLOCK
from lect.models import arrivals
from lect.models.arrivals import Authorisation, Sent
from lect.store import keys
from lect.store.keys import Role

_BEARER = re.compile(r"bearer +([A-Za-z0-9._-]{1,16384})", re.IGNORECASE)
_FIELDS: dict[str, TypeAdapter[Any]] = {
    "source": TypeAdapter(Uri),
    "sha256": TypeAdapter(Annotated[str, Field(pattern="^[0-9a-f]{64}$")]),
    "displayName": TypeAdapter(DisplayName),
    "description": TypeAdapter(Description | None),
}
_BODY: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["source", "sha256", "displayName", "data"],
                "properties": {
                    "source": {"type": "string", "description": "Address of the model at its server."},
                    "sha256": {"type": "string", "description": "Of the bundle, in hexadecimal."},
                    "displayName": {"type": "string"},
                    "description": {"type": "string"},
                    "data": {"type": "string", "format": "binary", "description": "The bundle."},
                },
            }
        }
    },
}


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["models"])

    @routes.post(
        "/models:receive",
        name="models_receive",
        status_code=201,
        response_model=SPOKEN.schemas.CustomModel,
        openapi_extra={"requestBody": _BODY},
    )
    async def receive(request: Request, response: Response) -> Any:
        """Take a model that another server sends; `Authorization: Bearer` holds the `id` of the authorisation.

        Nothing of the body is read before the authorisation is found good. The same model sent again is the same model.
        """
        service = service_of(request)
        authorisation = await run_in_threadpool(_authorisation, service, request)
        async with request.form(max_files=1, max_fields=len(_FIELDS)) as form:
            shown = await run_in_threadpool(
                _receive, call_of(request, SPOKEN, _principal(authorisation)), authorisation, form
            )
        response.headers["Location"] = shown["self"]
        return shown

    return routes


def _authorisation(service: Service, request: Request) -> Authorisation:
    """What allows this request.

    Raises:
        Unauthenticated: nothing does, or whoever allowed it may not any more.
    """
    found = _BEARER.fullmatch(request.headers.get("Authorization", ""))
    if found is None:
        raise Unauthenticated(
            "a model arrives by an authorisation",
            hint="POST /models:authorizecopy gives one; its id is the token of Authorization: Bearer.",
        )
    authorisation = service.signer.read_authorisation(found[1])
    with service.storage.database.read() as connection:
        key = keys.get(connection, authorisation.key) if authorisation.key else None
        is_open = authorisation.key is None and not keys.exist(connection)
    if not is_open and (key is None or not key.role.includes(Role.CONTRIBUTOR)):
        raise Unauthenticated(
            "whoever gave this authorisation may not do so any more",
            hint="Ask for another with POST /models:authorizecopy.",
        )
    return authorisation


def _principal(authorisation: Authorisation) -> Principal:
    return Principal(key=authorisation.key, role=Role.CONTRIBUTOR, project=authorisation.project)


def _receive(call: Call, authorisation: Authorisation, form: FormData) -> Any:
    sent, file = _read(form)
    limit = call.service.settings.limits.archive_bytes
    bundle = call.storage.blobs.put(iter(lambda: file.read(BLOCK), b""), limit=limit)
    with scratch(call.service) as folder:
        emit = announcing(call, MODELS, action="receive")
        model = arrivals.receive(call.storage, authorisation, sent, bundle, folder, emit=emit)
    with call.storage.database.read() as connection:
        return show(call, connection, model)


def _read(form: FormData) -> tuple[Sent, BinaryIO]:
    """What the form says, and the bundle in it.

    Raises:
        InvalidInput: something is missing or wrong.
    """
    data = form.get("data")
    if not isinstance(data, UploadFile):
        raise InvalidInput(
            "data: there is no file", hint="Send the bundle as the file `data` of a form.", target="data"
        )
    given = {name: _field(name, form) for name in _FIELDS}
    sent = Sent(
        source=given["source"],
        sha256=given["sha256"],
        display_name=given["displayName"],
        description=given["description"],
    )
    return sent, data.file


def _field(name: str, form: FormData) -> Any:
    try:
        return _FIELDS[name].validate_python(form.get(name))
    except ValidationError as error:
        raise InvalidInput(f"{name}: {error.errors()[0]['msg']}", target=name) from None
