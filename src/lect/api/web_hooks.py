"""Routes of web hooks."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic.alias_generators import to_camel

from lect.api.making import answer_created, new
from lect.api.resources import RETRY_AFTER, TASK, Noun, Route, add_routes, common, find, show_error
from lect.api.schemas.shared import WebHook as Schema
from lect.api.schemas.shared import WebHookEvents
from lect.api.service import Call, caller, note
from lect.api.versions import Version
from lect.core.entities import WebHook
from lect.core.errors import AccessError
from lect.core.queries import Page
from lect.store import repositories
from lect.store.keys import Role
from lect.store.repositories import WORKED
from lect.web import hooks
from lect.web.addresses import read_url


def show(call: Call, connection: Any, hook: WebHook) -> Any:
    """A web hook as it goes over the wire; never its secret."""
    here = f"/webhooks/{hook.id}"
    return {
        **common(call, "webhooks", hook),
        "web_url": str(read_url(hook.web_url, credentials=True)),
        "events": dict.fromkeys(sorted(hook.events), True),
        "links": {"ping": call.links.to(f"{here}:ping"), "test": call.links.to(f"{here}:test")},
        "properties": {"api_version": hook.api_version, "error": show_error(hook.error)},
    }


def change(call: Call, connection: Any, hook: WebHook, body: Any) -> WebHook:
    """Change address, events and secret; a new address is challenged first."""
    given = body.model_fields_set
    if "events" in given and body.events is not None:
        hook = repositories.WEB_HOOKS.change(connection, hook.id, events=_events(body.events))
    if body.properties is not None and "secret" in body.properties.model_fields_set:
        hook = repositories.WEB_HOOKS.change(connection, hook.id, secret=body.properties.secret)
    if body.web_url is not None and body.web_url != hook.web_url:
        read_url(body.web_url, credentials=call.service.settings.fetch.credentials)
        hook = hooks.change_address(connection, hook.id, body.web_url)
    return hook


WEB_HOOKS = Noun(
    path="webhooks",
    repository=repositories.WEB_HOOKS,
    schema="WebHook",
    update="WebHookUpdate",
    show=show,
    delete=lambda connection, hook: repositories.WEB_HOOKS.delete(connection, hook.id),
    change=change,
    filters={name: field for name, field in TASK.items() if name != "locale"} | {"webUrl": "web_url"},
    tells=False,
    role=Role.OWNER,
)


def router(version: Version) -> APIRouter:
    """The routes in one version; who is told of everything sees everything, so only owners manage web hooks."""
    routes = APIRouter(route_class=Route)
    owner = caller(version, Role.OWNER)

    @routes.post("/webhooks", name="webhooks_create", status_code=201, response_model=Schema)
    def create(call: Annotated[Call, Depends(owner)], body: Schema, response: Response) -> Any:
        secret = body.properties.secret if body.properties else None
        with call.storage.database.begin() as connection:
            hook = make_hook(
                call, connection, body, web_url=body.web_url, events=_events(body.events), secret=secret
            )
            return answer_created(call, connection, WEB_HOOKS, hook, response)

    @routes.post("/webhooks/{id}:ping", name="webhooks_ping", status_code=202)
    def ping(call: Annotated[Call, Depends(owner)], id: str) -> Response:
        with call.storage.database.begin() as connection:
            hooks.ping(connection, find(call, connection, WEB_HOOKS, id))
        return Response(status_code=202, headers={"Retry-After": str(RETRY_AFTER)})

    @routes.post(
        "/webhooks/{id}:test",
        name="webhooks_test",
        status_code=202,
        responses={204: {"description": "There is nothing yet to tell of."}},
    )
    def test(call: Annotated[Call, Depends(owner)], id: str) -> Response:
        with call.storage.database.begin() as connection:
            hook = find(call, connection, WEB_HOOKS, id)
            told = [_tell_last(connection, hook, event) for event in sorted(hook.events)]
        if not any(told):
            return Response(status_code=204)
        return Response(status_code=202, headers={"Retry-After": str(RETRY_AFTER)})

    add_routes(routes, WEB_HOOKS, version)
    return routes


def make_hook(
    call: Call, connection: Any, given: Any, *, web_url: str, events: frozenset[str], secret: str | None
) -> WebHook:
    """Store a web hook, and ask its receiver whether it wants to be told.

    Args:
        given: its names

    Raises:
        AccessError: the caller sees one project only.
        InvalidAddress: there can be no receiver at this address.
        QuotaExceeded: there are as many as there may be.
    """
    if call.project is not None:
        raise AccessError(
            "this key is for one project, and a web hook hears of all",
            hint="Make web hooks with a key for all.",
        )
    read_url(web_url, credentials=call.service.settings.fetch.credentials)
    hook = new(
        call,
        connection,
        WebHook,
        given,
        web_url=web_url,
        events=events,
        secret=secret,
        api_version=call.version.name,
    )
    call.storage.add(connection, repositories.WEB_HOOKS, hook)
    hooks.challenge(connection, hook)
    note(call, connection, "create", f"webhooks/{hook.id}")
    return hook


def _tell_last(connection: Any, hook: WebHook, event: str) -> bool:
    """Tell of the last resource that an event may be about; whether there was any."""
    repository = next((each for each in WORKED if event.startswith(each.noun)), None)
    if repository is None:
        return False
    count = repository.count(connection)
    last = repository.page(connection, Page(skip=max(count - 1, 0), top=1))
    for resource in last[:1]:
        hooks.tell(connection, hook, event, resource.id)
    return bool(last)


def _events(events: WebHookEvents) -> frozenset[str]:
    return frozenset(to_camel(name) for name, wanted in events.model_dump(by_alias=False).items() if wanted)
