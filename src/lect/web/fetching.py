"""Fetches what a client gave the address of: the one way in which the server asks other servers.

    with open("audio.zip", "w+b") as file:
        fetched = fetcher.fetch("https://files.example/audio.zip?sig=...", file, limit=2 << 30)

An address is not asked before `addresses` lets it pass, and so each one it redirects to. The size, the whole time and each wait
are bounded; what may pass by itself (429, 5xx, a connection that breaks) is asked again. Messages and logs name host and path,
never the query, which may be a secret.
"""

from __future__ import annotations

import logging
import random
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO

import certifi

from lect.core.errors import InvalidAddress, InvalidInput, Unreachable
from lect.settings import Fetch
from lect.telemetry import get_log
from lect.web.addresses import Guard, Url, follow, read_url
from lect.web.exchange import Answer, Request, exchange
from lect.web.network import SLICE, Check, Clock, Deadline, GuardedNetwork, go_on

REDIRECTS = 5
TRIES = 4
PAUSE = 1.0  # before the second try, seconds; then twice as long each time
LONGEST_PAUSE = 60.0  # seconds, whatever the other server asks for
REPLY_BYTES = 1 << 16  # of an answer to `send` that are read
SEND_SECONDS = 60.0

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
LATER = frozenset({408, 425, 429, 500, 502, 503, 504})  # worth another try
_VAGUE = frozenset({"", "application/octet-stream", "binary/octet-stream"})  # types that say nothing

Progress = Callable[[int, int | None], None]  # bytes so far, and of how many

_log = get_log(__name__, action="fetch")


def _tell_nobody(_done: int, _size: int | None) -> None:
    """Nobody waits for it."""


def rest(seconds: float, check: Check) -> None:
    """Pause in slices, with the question before each whether that is still wanted."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        check()
        time.sleep(min(left, SLICE))


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """What was fetched, and from where after all redirects."""

    url: Url
    size: int  # bytes
    media_type: str  # such as `audio/wav`; empty if it was not said


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What another server said to a request."""

    status: int
    reason: str  # the status in words
    headers: Mapping[str, str]  # names in lower case
    body: bytes  # its start, as it was sent

    @property
    def is_success(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def retry_after(self) -> float | None:
        """Seconds after which to ask again, if it says so."""
        return retry_after(self.headers, datetime.now(UTC))


class Fetcher:
    """Asks other servers; safe to share between threads."""

    def __init__(
        self,
        options: Fetch,
        *,
        guard: Guard | None = None,
        sleep: Callable[[float, Check], None] = rest,
        clock: Clock = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Take the settings of the group `fetch`.

        Args:
            guard: what may be asked; by default the public internet and what the settings allow. A server gives one
                that knows the ports it listens on
            sleep: pauses for so many seconds, unless what it is to call now and then raises
            jitter: numbers in 0..1, by which pauses differ
        """
        self._options = options
        self._guard = guard or Guard.allowing(options.private_addresses)
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        logging.getLogger("httpcore").setLevel(
            logging.INFO
        )  # below, it writes headers, which may hold secrets

    def read_url(self, text: str) -> Url:
        """An address as these settings let it be written; it is not asked and not looked up.

        Raises:
            InvalidAddress: it cannot be read, or may not be asked.
        """
        return read_url(text, credentials=self._options.credentials)

    def fetch(
        self,
        url: str,
        into: BinaryIO,
        *,
        limit: int,
        types: Collection[str] = (),
        seconds: float | None = None,
        progress: Progress = _tell_nobody,
        check: Check = go_on,
    ) -> Fetched:
        """Write what an address holds.

        Args:
            into: a file that can be cut: what a try that broke off has left is overwritten
            limit: the most bytes to take, sent and unpacked
            types: beginnings of the media types to take, such as `audio/`; a type that says nothing is taken, too
            seconds: that all of it may take; the setting, if not given
            progress: is told how many bytes there are, and of how many if that is known; what it raises ends the fetching
            check: is called several times a second, while nothing comes as well; what it raises ends the fetching

        Raises:
            InvalidAddress: it may not be asked, or holds nothing of use.
            LimitExceeded: it holds more.
            Unreachable: it did not answer as it should, as often as it was asked.
        """
        first, start = self.read_url(url), into.tell()
        deadline = Deadline(seconds or self._options.seconds, clock=self._clock, check=check)

        def try_once() -> Fetched:
            into.seek(start)
            into.truncate()
            return self._follow(first, into, limit=limit, types=types, deadline=deadline, progress=progress)

        fetched = self._repeat(try_once, deadline)
        _log.info(
            "Fetched.", address=fetched.url, bytes=fetched.size, seconds=deadline.seconds - deadline.left
        )
        return fetched

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterator[bytes] = b"",
        limit: int = REPLY_BYTES,
        seconds: float = SEND_SECONDS,
        check: Check = go_on,
    ) -> Reply:
        """Send one request and read the start of the reply; nothing is followed or tried again.

        Args:
            check: as in `fetch`

        Raises:
            InvalidAddress: the address may not be asked.
            Unreachable: no reply came in time.
        """
        request = Request(url=self.read_url(url), method=method, headers=headers or {}, body=body)
        with self._ask(request, Deadline(seconds, clock=self._clock, check=check)) as answer:
            return Reply(
                status=answer.status, reason=answer.reason, headers=answer.headers, body=answer.start(limit)
            )

    def _follow(
        self,
        url: Url,
        into: BinaryIO,
        *,
        limit: int,
        types: Collection[str],
        deadline: Deadline,
        progress: Progress,
    ) -> Fetched:
        for _ in range(REDIRECTS + 1):
            with self._ask(Request(url=url), deadline) as answer:
                if answer.status not in _REDIRECTS:
                    _require_content(answer, url, types)
                    return _save(answer, url, into, limit=limit, progress=progress)
                url = self._redirected(url, answer)
        raise InvalidAddress(f"{url}: more than {REDIRECTS} redirects led to it")

    def _redirected(self, url: Url, answer: Answer) -> Url:
        location = answer.headers.get("location")
        if not location:
            raise InvalidAddress(f"{url}: it redirects to nowhere")
        return follow(url, location, credentials=self._options.credentials)

    def _repeat(self, try_once: Callable[[], Fetched], deadline: Deadline) -> Fetched:
        for tried in range(1, TRIES):
            try:
                return try_once()
            except Unreachable as error:
                pause = self._pause(tried, error)
                if error.details.get("is_late") or pause >= deadline.left:
                    raise
                _log.info("Asking again.", reason=error.message, pause=pause)
                self._sleep(pause, deadline.check)
        return try_once()

    def _pause(self, tried: int, error: Unreachable) -> float:
        asked = error.details.get("retry_after")
        if isinstance(asked, float):
            return min(asked, LONGEST_PAUSE)
        return float(PAUSE * 2 ** (tried - 1) * (0.5 + self._jitter() / 2))

    @contextmanager
    def _ask(self, request: Request, deadline: Deadline) -> Iterator[Answer]:
        with exchange(
            request,
            network=GuardedNetwork(self._guard, deadline),
            deadline=deadline,
            idle_seconds=self._options.idle_seconds,
            trust=self._trust if request.url.scheme == "https" else None,
        ) as answer:
            yield answer

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        return trusting(self._options.certificates)


def trusting(certificates: Path | None) -> ssl.SSLContext:
    """Trust in the authorities that the system trusts (where it knows of none, in Mozilla's), and in those of a file.

    Raises:
        InvalidInput: the file cannot be read, or holds none.
    """
    context, paths = ssl.create_default_context(), ssl.get_default_verify_paths()
    if not (paths.cafile or paths.capath):
        context.load_verify_locations(certifi.where())
    if certificates is not None:
        try:
            context.load_verify_locations(certificates)
        except (OSError, ssl.SSLError) as error:
            raise InvalidInput(
                f"LECT_FETCH_CERTIFICATES: {certificates} cannot be read: {error}",
                hint="Name a file of certificates in PEM.",
            ) from None
    return context


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for, as a number or a date; None: it does not."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now.timestamp(), 0.0)


def _require_content(answer: Answer, url: Url, types: Collection[str]) -> None:
    if answer.status in LATER:
        raise Unreachable(
            f"{url}: it answers {answer.reason}",
            hint="Try again later.",
            retry_after=retry_after(answer.headers, datetime.now(UTC)),
        )
    if answer.status != HTTPStatus.OK:
        raise InvalidAddress(f"{url}: it answers {answer.reason}", hint=_HINTS.get(answer.status, ""))
    if types and answer.media_type not in _VAGUE and not answer.media_type.startswith(tuple(types)):
        raise InvalidAddress(
            f"{url}: it holds {answer.media_type}, not {' or '.join(sorted(types))}",
            hint="Is it the address of the file itself, and not of a page about it?",
        )


def _save(answer: Answer, url: Url, into: BinaryIO, *, limit: int, progress: Progress) -> Fetched:
    size = 0
    for block in answer.blocks(limit):
        size += into.write(block)
        progress(size, answer.size)
    return Fetched(url=url, size=size, media_type=answer.media_type)


_EXPIRED = "Is the address whole, with all that signs it, and has it not expired?"
_HINTS = {401: _EXPIRED, 403: _EXPIRED, 404: "Is the address right, and is the file still there?"}
