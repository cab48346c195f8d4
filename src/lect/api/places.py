"""How many files are taken and heard at once, and whose: each takes a place on the disk and a thread.

Clients get places in turn. One that has some already leaves a quarter of all to others, so that whoever comes with a single file
need not wait for the many of somebody else; and when one becomes free, it is for whoever has the fewest.
"""

from __future__ import annotations

import asyncio
import math
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from lect.core.errors import TooManyRequests

PATIENCE = 5.0  # seconds that a client waits for a place before it is told to come back
RETRY = 10  # seconds after which a client that was refused may try again


class Places:
    """The places. For one event loop."""

    def __init__(self, most: int, *, patience: float = PATIENCE) -> None:
        """
        Args:
            most: files at once
            patience: seconds
        """
        self._most, self._patience = most, patience
        self._spare = min(most - 1, math.ceil(most / 4))  # for clients that have none
        self._held = Counter[str]()  # by client
        self._line: dict[str, deque[asyncio.Future[None]]] = {}  # who was served longest ago is the first

    @property
    def taken(self) -> int:
        """How many are."""
        return self._held.total()

    @asynccontextmanager
    async def place(self, client: str) -> AsyncIterator[None]:
        """One of them, at once or after a while.

        Args:
            client: whose the file is

        Raises:
            TooManyRequests: there is none for this client.
        """
        await self._take(client)
        try:
            yield
        finally:
            self._leave(client)

    async def _take(self, client: str) -> None:
        waiting = self._line.setdefault(client, deque())
        if len(waiting) >= self._most:
            raise self._refusal(client)
        place = asyncio.get_running_loop().create_future()
        waiting.append(place)
        self._give()
        is_taken = False
        try:
            async with asyncio.timeout(self._patience):
                await place
            is_taken = True
        except TimeoutError:
            raise self._refusal(client) from None
        finally:
            if not is_taken and not place.cancelled():  # it was given in the same moment
                self._leave(client)
            with suppress(ValueError):  # it was given
                waiting.remove(place)
            if not waiting and self._line.get(client) is waiting:
                del self._line[client]

    def _give(self) -> None:
        """Give what is free to those who wait."""
        while entitled := [client for client, line in self._line.items() if line and self._may_have(client)]:
            client = min(entitled, key=self._held.__getitem__)
            line = self._line.pop(client)
            self._line[client] = line  # behind all others
            place = line.popleft()
            if not place.done():
                self._held[client] += 1
                place.set_result(None)

    def _may_have(self, client: str) -> bool:
        return self._most - self.taken > (self._spare if self._held[client] else 0)

    def _leave(self, client: str) -> None:
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        self._give()

    def _refusal(self, client: str) -> TooManyRequests:
        own = self._held[client]
        return TooManyRequests(
            f"{self.taken} files are being recognised, {own} of them yours, and you may have no more at once",
            hint=f"Try again in {RETRY} s, or make a batch transcription, which waits for its turn.",
            retry_after=RETRY,
        )
