"""Web hooks: who is told of what happens, and what became of each thing that they were told."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response

from lect.api.resources import delete_one, find
from lect.api.service import note
from lect.api.web_hooks import WEB_HOOKS, make_hook
from lect.core.errors import InvalidInput, LectError
from lect.store import deliveries
from lect.studio.forms import NOTHING, Given, Ids, Name, Told, told
from lect.studio.lists import Number, newest, turned
from lect.studio.pages import lead, show
from lect.studio.visits import Owner, Visit
from lect.web import hooks, messages
from lect.web.addresses import read_url

MAX_SECRET = 1024  # characters
Url = Annotated[str, Form(max_length=8192)]


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/operate/webhooks")
    def list_all(visit: Owner, page: Number = 1) -> Response:
        return _list(visit, page=page)

    @pages.post("/operate/webhooks")
    def create(
        visit: Owner,
        name: Name = "Web hook",
        url: Url = "",
        event: Ids = NOTHING,
        secret: Annotated[str, Form(max_length=MAX_SECRET)] = "",
    ) -> Response:
        call = visit.call
        try:
            events = frozenset(event) & frozenset(messages.EVENTS)
            if not events:
                raise InvalidInput("choose what it is told of", hint="One event at least.")
            with call.storage.database.begin() as connection:
                given = Given(display_name=name)
                hook = make_hook(
                    call, connection, given, web_url=url.strip(), events=events, secret=secret or None
                )
        except LectError as error:
            return _list(visit, problem=told(error), name=name, url=url, chosen=event)
        return lead(visit, f"/operate/webhooks/{hook.id}")

    @pages.get("/operate/webhooks/{id}")
    def show_one(visit: Owner, id: str, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            hook = find(visit.call, connection, WEB_HOOKS, id)
            part = turned(lambda skip, top: deliveries.newest(connection, hook.id, skip=skip, top=top), page)
        return show(visit, "web_hook", hook=hook, url=_shown(hook.web_url), part=part)

    @pages.post("/operate/webhooks/{id}/ping")
    def ping(visit: Owner, id: str) -> Response:
        with visit.call.storage.database.begin() as connection:
            hooks.ping(connection, find(visit.call, connection, WEB_HOOKS, id))
        return lead(visit, f"/operate/webhooks/{id}")

    @pages.post("/operate/webhooks/{id}/ask")
    def ask_again(visit: Owner, id: str) -> Response:
        with visit.call.storage.database.begin() as connection:
            hook = find(visit.call, connection, WEB_HOOKS, id)
            hooks.change_address(connection, hook.id, hook.web_url)
            note(visit.call, connection, "update", f"webhooks/{hook.id}")
        return lead(visit, f"/operate/webhooks/{id}")

    @pages.post("/operate/webhooks/{id}/delete")
    def delete(visit: Owner, id: str) -> Response:
        delete_one(visit.call, WEB_HOOKS, id)
        return lead(visit, "/operate/webhooks")


def _list(
    visit: Visit,
    *,
    page: int = 1,
    problem: Told | None = None,
    name: str = "",
    url: str = "",
    chosen: list[str] = NOTHING,
) -> Response:
    with visit.call.storage.database.read() as connection:
        part = newest(visit, connection, WEB_HOOKS.repository, page)
    return show(
        visit,
        "web_hooks",
        status=HTTPStatus.BAD_REQUEST if problem else HTTPStatus.OK,
        part=part,
        urls={hook.id: _shown(hook.web_url) for hook in part.rows},
        nouns=messages.NOUNS,
        phases=messages.PHASES,
        problem=problem,
        name=name,
        url=url,
        chosen=chosen,
    )


def _shown(url: str) -> str:
    """An address without its secrets."""
    return str(read_url(url, credentials=True))
