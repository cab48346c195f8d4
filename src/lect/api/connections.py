"""How many WebSockets a caller has open, whether anything is said on them or not: each takes memory and open files here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import HTTPConnection

from lect.api.rate import network_of
from lect.api.service import Principal
from lect.core.errors import TooManyRequests

RETRY = 10  # seconds after which a client that was refused may try again


class Connections:
    """Those of one event loop, by caller."""

    def __init__(self, most: int) -> None:
        """`most`: of one caller at once."""
        self._most = most
        self._open = Counter[str]()

    @property
    def callers(self) -> int:
        """How many have any."""
        return len(self._open)

    @contextmanager
    def one(self, caller: str) -> Iterator[None]:
        """One more, for as long as it is open.

        Raises:
            TooManyRequests: its caller has as many as it may have.
        """
        if self._open[caller] >= self._most:
            raise TooManyRequests(
                f"{self._most} connections of this caller are open, and no more may be at once",
                hint="Close those that are not needed, or have LECT_LIVE_CONNECTIONS_PER_KEY raised.",
                retry_after=RETRY,
            )
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1
            if not self._open[caller]:
                del self._open[caller]


def caller_of(connection: HTTPConnection, principal: Principal) -> str:
    """Whose connection it is: a key's, with all its tokens, or an address's where no key is needed."""
    if principal.key is not None:
        return f"key {principal.key}"
    return f"address {network_of(connection.client.host if connection.client else '')}"
