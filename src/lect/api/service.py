"""What routes work with: the parts of the server, and one request's view of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Protocol

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from lect.api.links import Links
from lect.api.openai.errors import is_here
from lect.api.signing import Signer
from lect.api.versions import Version
from lect.core.errors import AccessError, Unauthenticated, Unreachable
from lect.jobs.following import Emit, tell_nobody
from lect.metrics import ApiMetrics
from lect.settings import Settings
from lect.store import audit, keys
from lect.store.keys import Role
from lect.store.storage import Storage
from lect.tracing import Tracer

KEY_HEADER = "Ocp-Apim-Subscription-Key"


class RecogniserDoor(Protocol):
    """The process that hears live sound."""

    async def socket(self) -> Path:
        """The Unix socket that it listens on; it is started if it does not run.

        Raises:
            Unreachable: it cannot be started.
        """
        ...


class NoRecogniser:
    """Stands where no process hears."""

    async def socket(self) -> Path:
        """None."""
        raise Unreachable("this server recognises nothing live")


@dataclass(frozen=True, kw_only=True)
class Service:
    """The parts of the server."""

    storage: Storage
    signer: Signer
    settings: Settings
    emit: Emit = tell_nobody
    recogniser: RecogniserDoor = field(default_factory=NoRecogniser)
    is_private: bool = True  # this machine alone can reach it; else it never answers without a key
    metrics: ApiMetrics = field(default_factory=ApiMetrics)
    tracer: Tracer = field(default_factory=Tracer)
    recogniser_metrics: Callable[[], bytes] | None = (
        None  # of the process that recognises live; OSError: it is not there
    )


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Who asks."""

    key: str | None  # its id; None: no key exists, so none is needed
    role: Role = Role.OWNER
    project: str | None = None  # the only one that it sees; None: all

    def require(self, role: Role) -> None:
        """Make sure that it may do what a role may.

        Raises:
            AccessError: it may not.
        """
        if not self.role.includes(role):
            raise AccessError(
                f"the role of this key is {self.role}; this needs {role}",
                hint="Ask an owner for another key.",
            )


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request: who asks, what for, and in which version of the API."""

    service: Service
    principal: Principal
    links: Links
    found: dict[str, Any] = field(default_factory=dict)  # what is asked of the database once a request

    @property
    def version(self) -> Version:
        """The version of the API that is spoken."""
        return self.links.version

    @property
    def storage(self) -> Storage:
        """Rows and blobs, asked for the caller's key."""
        return replace(self.service.storage, key=self.principal.key)

    @property
    def project(self) -> str | None:
        """The only project that is seen; None: all."""
        return self.principal.project


def service_of(connection: HTTPConnection) -> Service:
    """The parts of the server that a request came to."""
    service: Service = connection.app.state.service
    return service


def recogniser_of(connection: HTTPConnection) -> RecogniserDoor:
    """What hears live sound."""
    return service_of(connection).recogniser


def principal_of(connection: HTTPConnection) -> Principal:
    """Who asks, by key or token; looked up once a request.

    Raises:
        Unauthenticated: a key is needed, and there is none or a wrong one.
    """
    if not hasattr(connection.state, "principal"):
        connection.state.principal = _look_up(connection)
    found: Principal = connection.state.principal
    return found


def _sent(connection: HTTPConnection, name: str) -> str:
    """A header; of a WebSocket also a parameter of the query, as browsers cannot set headers there."""
    sent = connection.headers.get(name)
    if not sent and connection.scope["type"] == "websocket":
        sent = connection.query_params.get(name)
    return sent or ""


def _look_up(connection: HTTPConnection) -> Principal:
    service = service_of(connection)
    text = _sent(connection, KEY_HEADER)
    scheme, _, token = _sent(connection, "Authorization").partition(" ")
    with service.storage.database.read() as database:
        is_open = service.is_private and not keys.exist(database)
        if is_open and is_here(connection.scope["path"]):
            return Principal(key=None)  # clients of OpenAI send a key in any case
        if text:
            key = keys.find(database, text)
        elif scheme.lower() == "bearer" and token:
            key = keys.find(database, token) or keys.get(database, service.signer.key_of_token(token.strip()))
        elif is_open:
            return Principal(key=None)
        else:
            raise Unauthenticated(
                "this server wants a key",
                hint=f"Send it as {KEY_HEADER}, or a token as Authorization: Bearer.",
            )
    if key is None:
        raise Unauthenticated(
            "this key is not known here, or was revoked", hint="`lect keys create` makes one."
        )
    connection.state.key = key.id
    return Principal(key=key.id, role=key.role, project=key.project)


def manager(version: Version) -> Callable[[Request, Principal], Call]:
    """The dependency of routes about the server itself: an owner of all projects asks."""

    def call(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Call:
        principal.require(Role.OWNER)
        if principal.project is not None:
            raise AccessError(
                "this is about all projects, and this key is for one", hint="Ask with a key for all."
            )
        return call_of(request, version, principal)

    return call


def caller(version: Version, role: Role) -> Callable[[Request, Principal], Call]:
    """The dependency of routes that need a role."""

    def call(request: Request, principal: Annotated[Principal, Depends(principal_of)]) -> Call:
        principal.require(role)
        return call_of(request, version, principal)

    return call


def call_of(request: Request, version: Version, principal: Principal) -> Call:
    """A request of somebody who may ask it."""
    service = service_of(request)
    base = service.settings.server.address or str(request.base_url)
    return Call(service=service, principal=principal, links=Links(base=base.rstrip("/"), version=version))


def note(call: Call, connection: Any, action: str, resource: str) -> None:
    """Write down who did what."""
    audit.note(connection, key=call.principal.key, action=action, resource=resource, at=call.storage.clock())
