"""Routes of copies: a model of one server is sent to another, which allows it beforehand."""

from datetime import timedelta
from typing import Annotated, Any
from urllib.parse import urlsplit
from uuid import uuid4

from fastapi import APIRouter, Depends, Response

from lect.api.models import MODELS, show
from lect.api.resources import RETRY_AFTER, Route, find, require_id, show_error
from lect.api.schemas.shared import ModelCopyAuthorization, ModelCopyAuthorizationDefinition, Operation
from lect.api.schemas.v3 import ModelCopy
from lect.api.service import Call, caller, note
from lect.api.versions import V3_1, Version
from lect.core import entities
from lect.core.errors import InvalidInput
from lect.models import copying
from lect.models.arrivals import Authorisation
from lect.store import audit, keys, repositories
from lect.store.keys import Role

AUTHORISED_FOR = timedelta(days=1)  # whoever copies the model may be somebody else, elsewhere
_REGION = "self-hosted"


def router(version: Version) -> APIRouter:
    """The routes in one version."""
    routes = APIRouter(route_class=Route)
    if version is V3_1:
        _add_copy_by_key(routes, version)
    else:
        _add_copy_by_authorisation(routes, version)
    return routes


def _add_copy_by_authorisation(routes: APIRouter, version: Version) -> None:
    writer, reader = caller(version, Role.CONTRIBUTOR), caller(version, Role.READER)

    @routes.post("/models:authorizecopy", name="models_authorize_copy", response_model=ModelCopyAuthorization)
    def authorise(call: Annotated[Call, Depends(writer)], body: ModelCopyAuthorizationDefinition) -> Any:
        source = _require_source(body.source_resource_id)
        authorisation = Authorisation(
            id=str(uuid4()),
            source=source,
            expires=(call.storage.clock() + AUTHORISED_FOR).replace(microsecond=0),
            project=call.project,
            key=call.principal.key,
        )
        with call.storage.database.begin() as connection:
            note(call, connection, "authorise copy", f"models/{authorisation.id}")
        return {
            "target_resource_region": _REGION,
            "target_resource_id": call.links.base,
            "target_resource_endpoint": call.links.base,
            "source_resource_id": source,
            "expiration_date_time": authorisation.expires,
            "id": call.service.signer.sign_authorisation(authorisation),
        }

    @routes.post("/models/{id}:copy", name="models_copy", status_code=202, response_model=Operation)
    def copy(
        call: Annotated[Call, Depends(writer)], id: str, body: ModelCopyAuthorization, response: Response
    ) -> Any:
        _require_current(call, body)
        with call.storage.database.begin() as connection:
            model = find(call, connection, MODELS, id)
            here = call.links.to(f"/models/{model.id}").partition("?")[0]
            _require_covered(body.source_resource_id, here)
            begun = copying.begin(
                connection, call.storage, model, here=here, there=body.target_resource_endpoint, by=body.id
            )
            note(call, connection, "copy", f"models/{model.id}")
        shown = show_operation(call, begun)
        response.headers["Operation-Location"] = shown["self"]
        response.headers["Retry-After"] = str(RETRY_AFTER)
        return shown

    @routes.get("/operations/models/copy/{id}", name="operations_model_copy", response_model=Operation)
    def get_operation(call: Annotated[Call, Depends(reader)], id: str, response: Response) -> Any:
        with call.storage.database.read() as connection:
            found = repositories.MODEL_COPIES.get(connection, require_id(id, "operation"))
            repositories.MODELS.get(
                connection, found.model, project=call.project
            )  # who sees one sees the other
        if not found.status.is_final:
            response.headers["Retry-After"] = str(RETRY_AFTER)
        return show_operation(call, found)


def _add_copy_by_key(routes: APIRouter, version: Version) -> None:
    writer = caller(version, Role.CONTRIBUTOR)

    @routes.post(
        "/models/{id}:copyto",
        name="models_copy_to",
        status_code=201,
        response_model=version.schemas.CustomModel,
    )
    def copy_to(call: Annotated[Call, Depends(writer)], id: str, body: ModelCopy, response: Response) -> Any:
        """Copy a model to the project of another key of this server."""
        with call.storage.database.begin() as connection:
            model = find(call, connection, MODELS, id)
            target = _target_key(connection, body.target_subscription_key)
            made = copying.copy_here(call.storage, connection, model, target.project, emit=call.service.emit)
            audit.note(
                connection,
                key=target.id,
                action="copy",
                resource=f"models/{made.id}",
                at=call.storage.clock(),
            )
            note(call, connection, "copy", f"models/{model.id}")
            shown = show(call, connection, made)
        response.headers["Location"] = shown["self"]
        return shown


def show_operation(call: Call, copy: entities.ModelCopy) -> dict[str, Any]:
    """A copy as it goes over the wire: work with a result elsewhere."""
    return {
        "id": copy.id,
        "self": call.links.to(f"/operations/models/copy/{copy.id}"),
        "created_date_time": copy.created,
        "last_action_date_time": copy.last_action,
        "status": copy.status,
        "result": {"link": copy.result} if copy.result else None,
        "error": show_error(copy.error),
    }


def _require_source(given: str) -> str:
    """The address of a model or a server that may send something here.

    Raises:
        InvalidInput: it is none.
    """
    try:
        parts = urlsplit(given)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address:
        raise InvalidInput(
            "sourceResourceId is no address of a model or a server",
            hint="Give the `self` of the model on the other server, or the address of that server.",
            detailed_code="InvalidSourceAzureResourceId",
            target="sourceResourceId",
        )
    return given


def _require_covered(allowed: str, here: str) -> None:
    if not copying.covers(allowed, here):
        raise InvalidInput(
            f"the authorisation is for {allowed}, and this model is {here}",
            hint="Ask the other server for one with the `self` of this model as sourceResourceId.",
            detailed_code="InvalidSourceAzureResourceId",
            target="sourceResourceId",
        )


def _require_current(call: Call, given: ModelCopyAuthorization) -> None:
    if given.expiration_date_time <= call.storage.clock():
        raise InvalidInput(
            "this authorisation has expired",
            hint="Ask the other server for another: POST /models:authorizecopy.",
            detailed_code="ModelCopyAuthorizationExpired",
            target="expirationDateTime",
        )


def _target_key(connection: Any, text: str) -> keys.Key:
    key = keys.find(connection, text)
    if key is None or not key.role.includes(Role.CONTRIBUTOR):
        raise InvalidInput(
            "targetSubscriptionKey is no key of this server that may make models",
            hint="A key tells no address. To copy to another server, use v3.2: ask it for an authorisation, then POST models/{id}:copy.",
            detailed_code="InvalidSubscription",
            target="targetSubscriptionKey",
        )
    return key
