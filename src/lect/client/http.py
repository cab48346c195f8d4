"""Requests to the server: one place for keys, errors, retries and limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO, TypeVar
from urllib.parse import urlsplit

import httpx

from lect.core.closing import Closing
from lect.core.errors import (
    AccessError,
    Conflict,
    InvalidInput,
    LectError,
    NotFound,
    StoreError,
    TooManyRequests,
    Unauthenticated,
)

BLOCK = 1 << 20  # bytes read at a time
TRIES = 4  # for what may be asked again
MAX_WAIT = 30.0  # seconds between two tries, whatever the server asks for
_AGAIN = frozenset({429, 502, 503, 504})
_SAFE = frozenset({"GET", "PUT", "DELETE"})  # asking twice does the same as asking once
_ERRORS: Mapping[int, type[LectError]] = {
    400: InvalidInput,
    401: Unauthenticated,
    403: AccessError,
    404: NotFound,
    409: Conflict,
    413: InvalidInput,
    415: InvalidInput,
    422: InvalidInput,
    429: TooManyRequests,
}
_Answer = TypeVar("_Answer")


class Http(Closing):
    """Requests to one server with one key. What may be asked again is, with growing pauses."""

    def __init__(
        self,
        server: str,
        *,
        key: str | None = None,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the server's address and a key.

        Args:
            timeout: of the connection and between two pieces of an answer, seconds
            transport: for tests

        Raises:
            InvalidInput: it is no address of a server, or the key is none.
        """
        if "@" in server:
            raise InvalidInput("the server's address holds a password", hint="Give a key besides.")
        scheme, host, _ = _origin(server)
        if scheme not in {"http", "https"} or not host:
            raise InvalidInput(
                f"{server!r} is no address of a server", hint="Give one such as http://localhost:8080."
            )
        if key and not (key.isascii() and key.isprintable()):
            raise InvalidInput(
                "the key holds characters that no key has", hint="Was all of it copied, and no more?"
            )
        self.server = f"{scheme}://{urlsplit(server).netloc}"
        self._key = key
        self.sleep = sleep
        self._client = httpx.Client(
            headers={"Ocp-Apim-Subscription-Key": key} if key else {},
            timeout=timeout,
            transport=transport,
            follow_redirects=False,
        )

    def request(
        self, method: str, url: str, *, params: Mapping[str, Any] | None = None, **options: Any
    ) -> httpx.Response:
        """An answer that is no error.

        Args:
            url: an address of the server, or a path of it
            params: of its query, besides those it has

        Raises:
            LectError: the server refuses or cannot be reached.
        """
        address = httpx.URL(self.address(url)).copy_merge_params(params or {})  # the key goes nowhere else

        def ask() -> httpx.Response:
            response = self._client.request(method, address, **options)
            self._require_success(response)
            return response

        return self._tried(ask, TRIES if method in _SAFE else 1)

    def download(self, url: str, into: BinaryIO) -> int:
        """Write the bytes of a file; returns how many.

        The key goes to the server alone: files may lie elsewhere, with signed links.

        Args:
            into: what was written to it is written again if the connection breaks; where one cannot go back, it is asked once
        """
        address = self.server + url if url.startswith("/") else url
        headers = {} if self._is_ours(address) else {"Ocp-Apim-Subscription-Key": ""}
        start = into.tell() if into.seekable() else None

        def ask() -> int:
            written = 0
            if start is not None:
                into.seek(start)
                into.truncate()
            with self._client.stream("GET", address, headers=headers) as response:
                if response.is_error:
                    response.read()
                self._require_success(response)
                for block in response.iter_bytes(BLOCK):
                    written += into.write(block)
            return written

        return self._tried(ask, 1 if start is None else TRIES)

    def address(self, url: str) -> str:
        """The whole address of a path.

        Raises:
            InvalidInput: it is an address of another server.
        """
        if "://" not in url:
            return self.server + url
        if not self._is_ours(url):
            raise InvalidInput(f"{url} is not of {self.server}", hint="Name the server that it is of.")
        return url

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _tried(self, ask: Callable[[], _Answer], tries: int) -> _Answer:
        """What is asked for, if need be again and again: the server may be busy, or away for a moment."""
        tried = 0
        while True:
            tried += 1
            failure: LectError
            try:
                return ask()
            except httpx.HTTPError as error:
                failure = self._unreachable(error)
            except LectError as error:
                if error.details.get("status") not in _AGAIN:
                    raise
                failure = error
            if tried >= tries:
                raise failure from None
            self.sleep(_pause(tried, failure.details.get("retry_after")))

    def _is_ours(self, address: str) -> bool:
        return _origin(address) == _origin(self.server)

    def _unreachable(self, error: httpx.HTTPError) -> StoreError:
        return StoreError(
            f"{self.server} cannot be reached: {str(error) or type(error).__name__}",
            hint="Is `lect serve` running there, and is the address right?",
        )

    def _require_success(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        try:
            body = response.json()
        except ValueError:
            body = None
        body = body if isinstance(body, dict) else {}
        inner = body.get("innerError") or {}
        message = str(body.get("message") or f"HTTP {response.status_code}")
        if self._key:
            message = message.replace(self._key, "***")
        kind = _ERRORS.get(response.status_code, StoreError)
        has_no_key = response.status_code == httpx.codes.UNAUTHORIZED and not self._key
        raise kind(
            f"the server refuses: {message}",
            hint="Give one: `key=` in Python, `--key` or LECT_CLIENT_KEY of commands." if has_no_key else "",
            status=response.status_code,
            detailed_code=inner.get("code"),
            retry_after=response.headers.get("Retry-After"),
        )


def _pause(tried: int, asked: object = None) -> float:
    """Seconds until the next try: what the server asks for, or twice as long each time."""
    wanted = float(asked) if isinstance(asked, str) and asked.isdecimal() else 0.5 * 2 ** (tried - 1)
    return min(wanted, MAX_WAIT)


def _origin(address: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; nothing if it is no address."""
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
