"""Signing in with a key, signing out, and how pages look."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form, Response

from lect.store import keys
from lect.studio.pages import lead, own_path, show
from lect.studio.visits import SESSION, THEME, THEMES, Anyone, new_session

_YEAR = 365 * 24 * 3600  # seconds


def add_pages(pages: APIRouter) -> None:
    """The pages and what their forms do."""

    @pages.get("/sign-in")
    def ask(visit: Anyone, next: str = "/") -> Response:
        return show(visit, "sign_in", next=own_path(next), problem=None)

    @pages.post("/sign-in")
    def sign_in(
        visit: Anyone, key: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
    ) -> Response:
        with visit.service.storage.database.read() as connection:
            found = keys.find(connection, key.strip())
        if found is None:
            problem = (
                "This key is not known here, or was revoked.",
                "An owner makes one with: lect keys create",
            )
            return show(
                visit, "sign_in", status=HTTPStatus.UNAUTHORIZED, next=own_path(next), problem=problem
            )
        response = lead(visit, own_path(next))
        visit.keep(response, new_session(found.id))
        return response

    @pages.post("/sign-out")
    def sign_out(visit: Anyone) -> Response:
        response = lead(visit, "/sign-in")
        response.delete_cookie(SESSION, httponly=True, samesite="lax")
        return response

    @pages.post("/theme")
    def set_theme(
        visit: Anyone, theme: Annotated[str, Form()] = "", next: Annotated[str, Form()] = "/"
    ) -> Response:
        response = lead(visit, own_path(next))
        chosen = theme if theme in THEMES else THEMES[0]
        response.set_cookie(THEME, chosen, max_age=_YEAR, httponly=True, samesite="lax")
        return response
