"""Pages from templates: every text escaped, no script and no style but our own files."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

import lect
from lect.core.status import Status
from lect.datasets.archive import MEDIA_TYPES
from lect.studio import words
from lect.studio.assets import assets
from lect.studio.charts import curve, pieces, scale
from lect.studio.visits import THEMES, TOKEN, Visit

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("lect.studio"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= words.FILTERS
    environment.globals |= {
        "asset": assets().address,
        "has_htmx": "vendor/htmx.js" in assets(),
        "has_waves": "vendor/wavesurfer.js" in assets(),
        "version": lect.__version__,
        "themes": THEMES,
        "token_field": TOKEN,
        "Status": Status,
        "pieces": pieces,
        "curve": curve,
        "scale": scale,
        "media_type": lambda file: MEDIA_TYPES.get(PurePosixPath(file).suffix.lower()),
        "query": lambda **parameters: urlencode({k: v for k, v in parameters.items() if v not in (None, "")}),
    }
    return environment


def show(visit: Visit, template: str, *, status: int = HTTPStatus.OK, **context: Any) -> HTMLResponse:
    """A page, or a part of one.

    Args:
        template: name of its file, without the ending
    """
    nonce = secrets.token_urlsafe(16)
    text = (
        _environment()
        .get_template(f"{template}.html")
        .render(visit=visit, nonce=nonce, now=datetime.now(UTC), **context)
    )
    headers = {
        "Content-Security-Policy": _POLICY.format(nonce=nonce),
        "Referrer-Policy": "same-origin",  # without any, browsers send forms with no Origin, which is refused
        "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Vary": "HX-Request",
    }
    response = HTMLResponse(text, status, headers)
    visit.keep(response)
    return response


def lead(visit: Visit, path: str) -> Response:
    """Lead the browser to a page once what a form asked for is done."""
    if visit.is_fragment:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


def own_path(path: str) -> str:
    """A path of this server that a page was asked to lead to afterwards; of any other address, the first page."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if is_ours else "/"
