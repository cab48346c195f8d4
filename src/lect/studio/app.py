"""The API's app with the studio on it: its pages, its files, and errors as pages for browsers."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from lect.api import app as api
from lect.api.service import Service
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


def create_app(service: Service, *, host: str = "127.0.0.1") -> FastAPI:
    """The app of a server that answers browsers, too.

    Args:
        host: as of the API's app
    """
    app = api.create_app(service, host=host, first=live.routes())
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
    failures.add_handlers(app)
    return app
