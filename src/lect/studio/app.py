"""Puts the studio on the API's app: its pages, its files, and errors as pages for browsers."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from lect.studio import (
    assets,
    audit,
    corrections,
    datasets,
    endpoints,
    evaluations,
    failures,
    keys,
    live,
    logs,
    models,
    operate,
    sending,
    sign_in,
    start,
    web_hooks,
    work,
)
from lect.studio.visits import PageRoute


def add_studio(app: FastAPI) -> FastAPI:
    """Let an app of the API answer browsers, too."""
    pages = APIRouter(route_class=PageRoute)
    for noun in (
        start,
        sign_in,
        datasets,
        sending,
        corrections,
        evaluations,
        models,
        endpoints,
        logs,
        work,
        operate,
        keys,
        audit,
        web_hooks,
    ):
        noun.add_pages(pages)
    app.include_router(assets.router(), tags=["studio"])
    app.include_router(pages, tags=["studio"])
    app.router.routes[:0] = live.routes()
    failures.add_handlers(app)
    return app
