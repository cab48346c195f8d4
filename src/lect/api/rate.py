"""How many requests a caller may make: a bucket of tokens each, which fills as time goes by.

A caller is a key, whatever tokens were issued for it, or the address that asks where no key was accepted: without keys, with a
wrong one, and the first time that one is seen. So whoever makes up keys gets no fresh bucket for each.

A bucket is one number, the moment at which it will be full. One that is full is forgotten, as if nobody had asked. If more callers
than are remembered have asked within that time, those who come next share one bucket: memory stays bounded, and no bucket that is
in use is forgotten.
"""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections import OrderedDict
from collections.abc import Callable
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from itertools import islice

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lect.api.errors import respond
from lect.core.errors import TooManyRequests

CALLERS = 10_000  # that are remembered
EXEMPT = re.compile(r"/(livez|readyz|speechtotext/v3\.1/healthstatus|files/.*)")  # health, and signed links
_OTHERS = "others"  # the bucket of those who cannot be remembered


class Buckets:
    """The buckets of all callers. Time is in seconds, from anywhere."""

    def __init__(self, *, per_second: float, burst: int, most: int = CALLERS) -> None:
        self._interval = 1 / per_second
        self._full_in = burst * self._interval  # seconds in which an empty bucket is full
        self._most = most
        self._full_at: OrderedDict[str, float] = OrderedDict()  # the one that was used last is the last

    def __len__(self) -> int:
        return len(self._full_at)

    def take(self, caller: str, now: float) -> float:
        """Take a token; 0, or the seconds until there is one."""
        self._forget(now)
        if caller not in self._full_at and len(self._full_at) >= self._most:
            caller = _OTHERS
        full_at = max(self._full_at.get(caller, now), now) + self._interval
        if full_at - now > self._full_in + 1e-9:
            return full_at - now - self._full_in
        self._full_at[caller] = full_at
        self._full_at.move_to_end(caller)
        return 0.0

    def _forget(self, now: float) -> None:
        """Forget full buckets among those that were not used for longest: a few each time, so that no request pays for all."""
        for caller in list(islice(self._full_at, 2)):
            if self._full_at[caller] <= now:
                del self._full_at[caller]


class RateLimit:
    """Refuses what a caller asks beyond its rate."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        per_second: float,
        burst: int,
        most: int = CALLERS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the rate.

        Args:
            burst: requests at once by a caller that was quiet
            most: callers that are remembered
        """
        self._app = app
        self._buckets = Buckets(per_second=per_second, burst=burst, most=most)
        self._most = most
        self._clock = clock
        self._keys: OrderedDict[bytes, str] = OrderedDict()  # ids of keys by what was sent and accepted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or EXEMPT.fullmatch(scope["path"]):
            await self._app(scope, receive, send)
            return
        sent = _credentials(Headers(scope=scope))
        wait = self._buckets.take(self._caller(scope, sent), self._clock())
        if wait:
            await _refuse(wait)(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def send_noted(message: Message) -> None:
            if sent and message["type"] == "http.response.start":
                self._note(sent, state.get("key"), is_refused=message["status"] == HTTPStatus.UNAUTHORIZED)
            await send(message)

        await self._app(scope, receive, send_noted)

    def _caller(self, scope: Scope, sent: bytes | None) -> str:
        if sent and (key := self._keys.get(sent)):
            self._keys.move_to_end(sent)
            return f"key {key}"
        return f"address {network_of((scope.get('client') or ('',))[0])}"

    def _note(self, sent: bytes, key: str | None, *, is_refused: bool) -> None:
        """Remember which key was sent, if the route wanted one and it is good; forget one that is good no more."""
        if is_refused:
            self._keys.pop(sent, None)
        elif key is not None:
            self._keys[sent] = key
            if len(self._keys) > self._most:
                self._keys.popitem(last=False)


def network_of(address: str) -> str:
    """Whom an address stands for: of IPv6 a /64, in which one machine has as many as it likes."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address  # a socket that is a file
    if found.version == 4:
        return address
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))


def _credentials(headers: Headers) -> bytes | None:
    """A fingerprint of the key or token of a request: no key is kept in memory."""
    sent = headers.get("Ocp-Apim-Subscription-Key") or headers.get("Authorization")
    return hashlib.sha256(sent.encode()).digest() if sent else None


def _refuse(wait: float) -> JSONResponse:
    seconds = math.ceil(wait)
    return respond(
        TooManyRequests(
            "more requests than this server takes from one caller",
            hint=f"Ask again in {seconds} s.",
            retry_after=seconds,
        )
    )
