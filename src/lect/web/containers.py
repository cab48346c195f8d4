"""Containers of blobs, as Azure and those who speak its protocol serve them: what is in one, and how to write to one.

An address with a signature (SAS) is taken as it is: what signs the container signs its blobs.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO
from urllib.parse import quote, unquote
from xml.parsers import expat

from lect.core.errors import InvalidAddress, LimitExceeded, Unreachable
from lect.core.files import BLOCK
from lect.web.addresses import Url
from lect.web.fetching import Fetcher
from lect.web.network import Check, go_on

MAX_BLOBS = 10_000
PAGE_BYTES = 32 << 20  # of a page of the list: up to 5,000 blobs
MAX_PAGES = 100  # empty ones included, of which a server may send any number
MAX_DEPTH = 16  # of elements in a page
PUT_SECONDS = 3600.0
VERSION = "2019-12-12"  # of the protocol; a signature may name another one


@dataclass(frozen=True, kw_only=True)
class Blob:
    """One of a container."""

    name: str  # may hold slashes
    url: str  # with the container's signature: for requests, never for messages
    size: int | None = None  # bytes, as the list says


@dataclass(frozen=True, kw_only=True)
class _Page:
    blobs: tuple[tuple[str, int | None], ...]  # names and sizes
    marker: str  # of the next page; empty on the last


def list_container(fetcher: Fetcher, url: str, *, limit: int = MAX_BLOBS, check: Check = go_on) -> list[Blob]:
    """The blobs of a container in the order of its list; folders are none.

    Args:
        check: is called several times a second; what it raises ends the listing

    Raises:
        InvalidAddress: the address may not be asked, or is none of a container.
        LimitExceeded: there are more blobs than `limit`.
        Unreachable: it did not answer as it should.
    """
    container = fetcher.read_url(url)
    blobs: list[Blob] = []
    for page in _pages(fetcher, container, check):
        blobs += [Blob(name=name, url=_blob(container, name).whole(), size=size) for name, size in page.blobs]
        if len(blobs) > limit:
            raise LimitExceeded(
                f"{container}: it holds more than the {limit} files that are allowed",
                hint="Divide them among several containers.",
            )
    return blobs


def put_blob(
    fetcher: Fetcher,
    url: str,
    name: str,
    file: BinaryIO,
    *,
    size: int,
    media_type: str = "application/octet-stream",
    check: Check = go_on,
) -> None:
    """Write a blob of a container, or replace it.

    Args:
        url: of the container, with a signature that allows it
        file: is read from where it stands
        size: bytes that it has left
        check: is called several times a second; what it raises ends the writing

    Raises:
        InvalidAddress: the container does not take it.
        Unreachable: it did not answer as it should.
    """
    container = fetcher.read_url(url)
    reply = fetcher.send(
        "PUT",
        _blob(container, name).whole(),
        headers={
            "x-ms-blob-type": "BlockBlob",
            "x-ms-version": VERSION,
            "Content-Type": media_type,
            "Content-Length": str(size),
        },
        body=iter(lambda: file.read(BLOCK), b""),
        seconds=PUT_SECONDS,
        check=check,
    )
    if reply.is_success:
        return
    kind = Unreachable if reply.status == 429 or reply.status >= 500 else InvalidAddress
    raise kind(
        f"{container}: it does not take {name}: {reply.reason}",
        hint="Is the address one of a container, and may whoever has it write?",
    )


def read_page(document: bytes) -> _Page:
    """The blobs of one page of a list, and where the next one begins.

    A document type is refused, and with it every entity: nothing in a page is expanded or fetched.

    Raises:
        InvalidAddress: it is no such page.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(document, True)
    except (expat.ExpatError, ValueError) as error:
        raise InvalidAddress(f"it holds no list of blobs: {error}", hint=_HINT) from None
    if not reader.is_list:
        raise InvalidAddress("it holds no list of blobs", hint=_HINT)
    return _Page(blobs=tuple(reader.blobs), marker=reader.marker)


class _Reader:
    """Collects what a page says, element by element."""

    def __init__(self) -> None:
        self.blobs: list[tuple[str, int | None]] = []
        self.marker = ""
        self.is_list = False
        self._path: list[str] = []
        self._text = ""
        self._blob: dict[str, str] = {}
        self._is_encoded = False
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _refuse(self, *_: object) -> None:
        raise ValueError("it declares a document type")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) == MAX_DEPTH:
            raise ValueError("its elements are too deep")
        self._path.append(name)
        self._text = ""
        self.is_list = self.is_list or self._path == ["EnumerationResults"]
        if self._path == _BLOB:
            self._blob = {}
        elif self._path == [*_BLOB, "Name"]:
            self._is_encoded = attributes.get("Encoded", "").lower() == "true"

    def _characters(self, text: str) -> None:
        self._text += text

    def _end(self, name: str) -> None:
        if self._path == ["EnumerationResults", "NextMarker"]:
            self.marker = self._text
        elif self._path == [*_BLOB, "Name"]:
            self._blob["Name"] = unquote(self._text) if self._is_encoded else self._text
        elif self._path[:-1] == [*_BLOB, "Properties"]:
            self._blob[name] = self._text
        elif self._path == _BLOB:
            self._add()
        self._path.pop()

    def _add(self) -> None:
        size = self._blob.get("Content-Length", "")
        if self._blob.get("Name") and self._blob.get("ResourceType", "").lower() != "directory":
            self.blobs.append((self._blob["Name"], int(size) if size.isdecimal() else None))


def _pages(fetcher: Fetcher, container: Url, check: Check) -> Iterator[_Page]:
    marker, seen = "", set[str]()
    while len(seen) < MAX_PAGES:
        seen.add(marker)
        file = io.BytesIO()
        fetcher.fetch(_list(container, marker).whole(), file, limit=PAGE_BYTES, check=check)
        try:
            page = read_page(file.getvalue())
        except InvalidAddress as error:
            raise InvalidAddress(f"{container}: {error.message}", hint=error.hint) from None
        yield page
        marker = page.marker
        if not marker:
            return
        if marker in seen:
            raise InvalidAddress(f"{container}: its list leads back to where it was")
    raise LimitExceeded(f"{container}: its list has more than {MAX_PAGES} pages")


def _list(container: Url, marker: str) -> Url:
    asked = ["restype=container", "comp=list", *([f"marker={quote(marker, safe='')}"] if marker else [])]
    return replace(container, query="&".join([*asked, *([container.query] if container.query else [])]))


def _blob(container: Url, name: str) -> Url:
    return replace(container, path=f"{container.path.rstrip('/')}/{quote(name)}")


_BLOB = ["EnumerationResults", "Blobs", "Blob"]
_HINT = "Give the address of a container with a signature (SAS) that allows to list and to read."
