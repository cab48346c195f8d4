"""Audit: who did what."""

from __future__ import annotations

from fastapi import APIRouter, Response

from lect.store import audit
from lect.studio.lists import Number, turned
from lect.studio.pages import show
from lect.studio.visits import Owner


def add_pages(pages: APIRouter) -> None:
    """The page."""

    @pages.get("/operate/audit")
    def list_all(visit: Owner, page: Number = 1) -> Response:
        with visit.call.storage.database.read() as connection:
            part = turned(lambda skip, top: audit.newest(connection, skip=skip, top=top), page)
        return show(visit, "audit", part=part)
