"""One request and its answer, with bounds on both: of time in `network`, of size here."""

from __future__ import annotations

import ssl
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import httpcore

from lect import __version__
from lect.core.errors import InvalidAddress, LimitExceeded, Unreachable
from lect.web.addresses import Url
from lect.web.network import Deadline, explain

BLOCK = 1 << 16  # bytes unpacked at a time
GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS
USER_AGENT = f"lect/{__version__}"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked."""

    url: Url
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = field(default=b"", repr=False)


class Answer:
    """What came back: its head, and its body in blocks as they are read."""

    def __init__(self, response: httpcore.Response) -> None:
        self.status = response.status
        self.headers = {_text(name).lower(): _text(value) for name, value in response.headers}
        self._response = response

    @property
    def media_type(self) -> str:
        """Such as `audio/wav`; empty if it is not said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def reason(self) -> str:
        """The status in words."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    @property
    def size(self) -> int | None:
        """Of the unpacked body, bytes; None: it is not said."""
        declared = self.headers.get("content-length", "")
        return int(declared) if declared.isdecimal() and "content-encoding" not in self.headers else None

    def blocks(self, limit: int) -> Iterator[bytes]:
        """The body, unpacked; neither what is sent nor what comes out of it is longer than `limit` bytes.

        Raises:
            LimitExceeded: it is longer.
            InvalidAddress: it is packed in a way that was not asked for.
            Unreachable: it is damaged.
        """
        declared = self.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) > limit:
            raise _too_long(limit)
        size = 0
        for block in self._unpacked(_bounded(self._response.iter_stream(), limit)):
            size += len(block)
            if size > limit:
                raise _too_long(limit)
            yield block

    def start(self, limit: int) -> bytes:
        """The first `limit` bytes of the body as they were sent; the rest is not read."""
        start = b""
        for block in self._response.iter_stream():
            start += block
            if len(start) >= limit:
                break
        return start[:limit]

    def _unpacked(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in {"", "identity"}:
            yield from blocks
        elif encoding in {"gzip", "x-gzip", "deflate"}:
            yield from unpack(blocks)
        else:
            raise InvalidAddress(f"it sends the content encoding {encoding!r}, which was not asked for")


@contextmanager
def exchange(
    request: Request,
    *,
    network: httpcore.NetworkBackend,
    deadline: Deadline,
    idle_seconds: float,
    trust: ssl.SSLContext | None,
) -> Iterator[Answer]:
    """Ask, and yield the answer while its body is read.

    Raises:
        InvalidAddress: the address may not be asked, or its certificate is not good.
        Unreachable: no answer came, or not all of it.
    """
    waits = dict.fromkeys(("connect", "read", "write", "pool"), idle_seconds)
    url = httpcore.URL(
        scheme=request.url.scheme.encode(),
        host=request.url.host.encode(),
        port=request.url.port,
        target=request.url.target.encode(),
    )
    try:
        with (
            httpcore.ConnectionPool(ssl_context=trust, network_backend=network, max_connections=1) as pool,
            pool.stream(
                request.method,
                url,
                headers=_headers(request),
                content=request.body,
                extensions={"timeout": waits},
            ) as response,
        ):
            yield Answer(response)
    except Exception as error:
        raise _named(error, request.url, deadline) from None


def unpack(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """What gzip or zlib packed, at most `BLOCK` bytes at a time, however much a block holds.

    Raises:
        Unreachable: it is damaged or ends too early.
    """
    packed, is_begun = zlib.decompressobj(GZIP_OR_ZLIB), False
    try:
        for block in blocks:
            while block:
                if packed.eof:  # gzip may hold several members
                    packed = zlib.decompressobj(GZIP_OR_ZLIB)
                is_begun = True
                yield packed.decompress(block, BLOCK)
                block = packed.unused_data if packed.eof else packed.unconsumed_tail
        while is_begun and not packed.eof:
            rest = packed.decompress(packed.unconsumed_tail, BLOCK)
            if not rest:
                raise Unreachable("its packed content ends too early")
            yield rest
    except zlib.error:
        raise Unreachable("its packed content is damaged") from None


def _text(header: bytes) -> str:
    try:
        return header.decode()
    except UnicodeDecodeError:
        return header.decode("latin-1")


def _bounded(blocks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    for block in blocks:
        size += len(block)
        if size > limit:
            raise _too_long(limit)
        yield block


def _headers(request: Request) -> list[tuple[bytes, bytes]]:
    named = {
        "Host": request.url.authority,
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if request.url.authorization:
        named["Authorization"] = request.url.authorization
    if isinstance(request.body, bytes) and (request.body or request.method in {"POST", "PUT"}):
        named["Content-Length"] = str(len(request.body))
    return [(name.encode(), value.encode("latin-1")) for name, value in {**named, **request.headers}.items()]


def _named(error: Exception, url: Url, deadline: Deadline) -> Exception:
    """The error as one of ours that names the address."""
    if unverified := _certificate_error(error):
        return InvalidAddress(
            f"{url}: its certificate is not trusted: {unverified.verify_message}",
            hint="LECT_FETCH_CERTIFICATES names a file of more authorities to trust.",
        )
    told = explain(error, deadline) or error
    if not isinstance(told, InvalidAddress | LimitExceeded | Unreachable) or str(url) in told.message:
        return told
    return type(told)(f"{url}: {told.message}", hint=told.hint, **told.details)


def _certificate_error(error: BaseException | None) -> ssl.SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _too_long(limit: int) -> LimitExceeded:
    return LimitExceeded(f"it sends more than the {limit} bytes that are allowed")
