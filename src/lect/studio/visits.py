"""Who looks at a page: the session of a browser, and what its key may do.

A browser signs in with a key and gets a cookie in its place, which no script can read. Where no key exists, it needs none. Forms are
taken only with the token of the session that they were made for, so that no other page can send them.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from lect.api.service import Call, Principal, Service, call_of, service_of
from lect.api.signing import SESSION_SECONDS, Session
from lect.api.versions import V3_2
from lect.core.errors import AccessError, Unauthenticated
from lect.store import keys
from lect.store.keys import Role

SESSION = "lect_session"  # names of cookies
THEME = "lect_theme"
TOKEN = "token"  # name of the field that every form has  # noqa: S105
TOKEN_HEADER = "X-Form-Token"  # in place of it, where a script sends  # noqa: S105
THEMES = ("auto", "light", "dark")


@dataclass(frozen=True)
class Visit:
    """One request of a browser."""

    request: Request
    session: Session
    principal: Principal | None  # None: who must sign in first
    is_new: bool = False  # the browser does not have the session yet

    @property
    def service(self) -> Service:
        """The parts of the server."""
        return service_of(self.request)

    @cached_property
    def call(self) -> Call:
        """The request as the use cases know requests.

        Raises:
            Unauthenticated: nobody signed in.
        """
        if self.principal is None:
            raise Unauthenticated("sign in first")
        return call_of(self.request, V3_2, self.principal)

    @property
    def token(self) -> str:
        """What its forms send along."""
        return self.service.signer.form_token(self.session)

    @property
    def theme(self) -> str:
        """How its pages look; `auto` is as the system does."""
        chosen = self.request.cookies.get(THEME, "")
        return chosen if chosen in THEMES else THEMES[0]

    @property
    def may_change(self) -> bool:
        """Whether it may do more than look."""
        return self.principal is not None and self.principal.role.includes(Role.CONTRIBUTOR)

    @property
    def sees_all(self) -> bool:
        """Whether it sees more than one project."""
        return self.principal is not None and self.principal.project is None

    @property
    def may_manage(self) -> bool:
        """Whether the server itself is its own: keys, web hooks, settings."""
        return self.sees_all and self.principal is not None and self.principal.role.includes(Role.OWNER)

    @property
    def is_signed_in(self) -> bool:
        """Whether there is anything to sign out of."""
        return self.session.key is not None and self.principal is not None

    @property
    def is_fragment(self) -> bool:
        """Whether a part of a page is asked for, which takes the place of an older one."""
        return "HX-Request" in self.request.headers

    def keep(self, response: Response, session: Session | None = None) -> None:
        """Let the browser keep its session, or begin another one."""
        if session is None and not self.is_new:
            return
        response.set_cookie(
            SESSION,
            self.service.signer.sign_session(session or self.session),
            max_age=SESSION_SECONDS,
            secure=self.request.url.scheme == "https",
            httponly=True,
            samesite="lax",
        )


def visit_of(request: Request) -> Visit:
    """Who looks; found out once a request."""
    if not hasattr(request.state, "visit"):
        kept = _kept_session(request)
        session = kept or new_session()
        request.state.visit = Visit(request, session, _principal(request, session), is_new=kept is None)
    found: Visit = request.state.visit
    return found


def listener_of(socket: HTTPConnection) -> Principal:
    """Who opens a WebSocket from a page.

    Raises:
        Unauthenticated: nobody signed in, or that was long ago.
    """
    principal = _principal(socket, _kept_session(socket) or new_session())
    if principal is None:
        raise Unauthenticated("You are signed out. Load the page again and sign in.")
    return principal


def new_session(key: str | None = None) -> Session:
    """A session that begins."""
    return Session(id=str(uuid4()), key=key)


def _kept_session(connection: HTTPConnection) -> Session | None:
    """The session that the browser has; None: it has none that is good."""
    text = connection.cookies.get(SESSION)
    try:
        return service_of(connection).signer.read_session(text) if text else None
    except Unauthenticated:
        return None


def _principal(connection: HTTPConnection, session: Session) -> Principal | None:
    service = service_of(connection)
    with service.storage.database.read() as database:
        if session.key is None:
            return Principal(key=None) if service.is_private and not keys.exist(database) else None
        key = keys.get(database, session.key)
    if key is None:
        return None
    connection.state.key = key.id
    return Principal(key=key.id, role=key.role, project=key.project)


class PageRoute(APIRoute):
    """A route of the studio. What a form sends is read once it is known who sends it, and taken only with the session's token."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **(options | {"include_in_schema": False}))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        answer = super().get_route_handler()

        async def answer_ours(request: Request) -> Response:
            visit = await run_in_threadpool(visit_of, request)
            if request.method not in SAFE:
                if self.path not in OPEN:
                    _ = visit.call
                await _require_token(request, visit)
            return await answer(request)

        return answer_ours


SAFE = frozenset({"GET", "HEAD"})  # methods that change nothing
OPEN = frozenset({"/sign-in", "/sign-out", "/theme"})  # forms for whoever has not signed in


async def _require_token(request: Request, visit: Visit) -> None:
    sent = request.headers.get(TOKEN_HEADER) or (await request.form()).get(TOKEN)
    if not isinstance(sent, str) or not hmac.compare_digest(sent.encode(), visit.token.encode()):
        raise AccessError(
            "this form is of another session, or too old",
            hint="Go back, load the page again, and send it once more.",
        )


def visitor(role: Role) -> Callable[[Request], Visit]:
    """The dependency of pages that need a role."""

    def find(request: Request) -> Visit:
        visit = visit_of(request)
        visit.call.principal.require(role)
        return visit

    return find


def manager(request: Request) -> Visit:
    """The dependency of pages about the server itself.

    Raises:
        AccessError: the visitor is no owner, or one of a single project.
    """
    visit = visit_of(request)
    visit.call.principal.require(Role.OWNER)
    if not visit.may_manage:
        raise AccessError(
            "this page is about all projects, and this key is for one", hint="Sign in with a key for all."
        )
    return visit


Reader = Annotated[Visit, Depends(visitor(Role.READER))]
Writer = Annotated[Visit, Depends(visitor(Role.CONTRIBUTOR))]
Owner = Annotated[Visit, Depends(manager)]
Anyone = Annotated[Visit, Depends(visit_of)]
