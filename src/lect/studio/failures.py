"""Errors as pages: what is wrong, what to do about it, and a way on.

Programs go on to get the API's JSON. A browser gets a page where a page was asked for, or where nothing is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from lect.api.errors import answer_to, headers_of
from lect.core.errors import LectError, Unauthenticated
from lect.studio.pages import show
from lect.studio.visits import PageRoute, visit_of

Handler = Callable[[Request, Any], Awaitable[Response]]


def add_handlers(app: FastAPI) -> None:
    """Tell errors to browsers as pages, and to all others as before."""
    for kind, tell in ((LectError, _known), (RequestValidationError, _invalid), (HTTPException, _http)):
        app.add_exception_handler(kind, _for_browsers(tell, app.exception_handlers[kind]))
    app.add_exception_handler(Exception, _for_browsers(_unforeseen, app.exception_handlers[Exception]))


def _for_browsers(page: Handler, plain: Any) -> Handler:
    async def answer(request: Request, error: Exception) -> Response:
        if _wants_page(request):
            return await page(request, error)
        told: Response = await plain(request, error)
        return told

    return answer


def _wants_page(request: Request) -> bool:
    route = request.scope.get("route")
    if isinstance(route, PageRoute):
        return True
    return route is None and "text/html" in request.headers.get("Accept", "")


async def _known(request: Request, error: LectError) -> Response:
    if isinstance(error, Unauthenticated):
        return _to_sign_in(request)
    page = await _page(request, answer_to(error).status, error.message, error.hint)
    page.headers.update(headers_of(error))
    return page


async def _invalid(request: Request, error: RequestValidationError) -> Response:
    problems = [f"{problem['loc'][-1]}: {problem['msg']}" for problem in error.errors()]
    return await _page(request, HTTPStatus.BAD_REQUEST, "; ".join(problems))


async def _http(request: Request, error: HTTPException) -> Response:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return await _page(
            request, HTTPStatus.NOT_FOUND, "There is no such page.", "Go on from the start page."
        )
    return await _page(request, HTTPStatus(error.status_code), str(error.detail))


async def _unforeseen(request: Request, _error: Exception) -> Response:
    id = getattr(request.state, "request_id", "")
    return await _page(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Something went wrong that we did not foresee.",
        f"The log of the server has more under the id {id}.",
    )


def _to_sign_in(request: Request) -> Response:
    """The way to the sign-in page, and from there back; a form that was sent is not sent again."""
    here = request.url.path if request.method == "GET" else "/"
    path = f"/sign-in?{urlencode({'next': here})}"
    if "HX-Request" in request.headers:
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"HX-Redirect": path})
    return RedirectResponse(path, HTTPStatus.SEE_OTHER)


async def _page(request: Request, status: HTTPStatus, message: str, hint: str = "") -> Response:
    visit = await run_in_threadpool(visit_of, request)
    template = "parts/problem" if visit.is_fragment else "error"
    return show(
        visit, template, status=status, heading=_HEADINGS.get(status, status.phrase), problem=(message, hint)
    )


_HEADINGS = {
    HTTPStatus.NOT_FOUND: "Not found",
    HTTPStatus.BAD_REQUEST: "That did not work",
    HTTPStatus.CONFLICT: "Not now",
    HTTPStatus.FORBIDDEN: "Not allowed",
    HTTPStatus.UNPROCESSABLE_ENTITY: "That did not work",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Our mistake",
    HTTPStatus.SERVICE_UNAVAILABLE: "Not available right now",
}
