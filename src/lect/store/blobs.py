"""Blobs: bytes that are stored under their SHA-256, in a folder or in object storage.

    blobs = open_blobs(location, cache=..., cache_bytes=...)
    blob = blobs.put(blocks, limit=...)          # or `with blobs.writing(limit=...) as writer: writer.write(block)`
    for block in blobs.read(blob.sha256): ...    # checked on the way
    path = blobs.local(blob.sha256)              # a checked file, for heavy work

A blob is whole or absent, and never changes: the same bytes are the same blob, however often they are put. What is read is
compared with the hash; damage is a `StoreError`, never silent. A blob that no row refers to is removed by `cleaning`.
"""

from __future__ import annotations

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from lect.core.errors import InvalidInput, LimitExceeded, NotFound, StoreError
from lect.core.files import read_blocks

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCHEMES = ("s3", "gs", "az")


@dataclass(frozen=True, kw_only=True)
class Blob:
    """What was stored."""

    sha256: str  # lower-case hexadecimal; the name of it
    size: int  # bytes

    def to_json(self) -> dict[str, Any]:
        """It as the result of a step, which keeps it from being cleaned away."""
        return {"sha256": self.sha256, "size": self.size}

    @staticmethod
    def from_json(document: Mapping[str, Any]) -> Blob:
        """What `to_json` gave; other fields may stand beside it."""
        return Blob(sha256=document["sha256"], size=document["size"])


@dataclass(frozen=True, kw_only=True)
class Stored(Blob):
    """A blob of a list."""

    modified: datetime  # when it was last put


class Writer:
    """Takes the bytes of one blob and counts and hashes them on the way."""

    def __init__(self, file: BinaryIO, limit: int | None) -> None:
        self._file = file
        self._limit = limit
        self._hash = hashlib.sha256()
        self._size = 0

    def write(self, block: bytes) -> None:
        """Take the next bytes.

        Raises:
            LimitExceeded: they are too many; nothing is stored.
        """
        self._size += len(block)
        if self._limit is not None and self._size > self._limit:
            raise LimitExceeded(f"there are more than the {self._limit:,} bytes allowed")
        self._hash.update(block)
        self._file.write(block)

    @property
    def blob(self) -> Blob:
        """What was written so far; it is stored once the `writing` block has ended."""
        return Blob(sha256=self._hash.hexdigest(), size=self._size)


class Blobs(ABC):
    """A place for blobs; safe to share between threads and processes."""

    @abstractmethod
    def writing(self, *, limit: int | None = None) -> AbstractContextManager[Writer]:
        """Store what is written in the block, all of it when the block ends; nothing if the block raises.

        Args:
            limit: the most that may be written, bytes

        Raises:
            StoreError: it cannot be stored.
        """

    def put(self, blocks: Iterable[bytes], *, limit: int | None = None) -> Blob:
        """Store bytes.

        Raises:
            LimitExceeded: they are more than `limit`; no more of them are asked for.
            StoreError: they cannot be stored.
        """
        with self.writing(limit=limit) as writer:
            for block in blocks:
                writer.write(block)
        return writer.blob

    def read(self, sha256: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes of a blob, or `length` of them from `offset` on, a block at a time.

        If they are damaged, the last block never comes. A part is only given once the whole was compared.

        Raises:
            NotFound: there is no such blob.
            StoreError: it is damaged, or cannot be reached.
        """
        if offset == 0 and length is None:
            return _compared(self._blocks(sha256), sha256)
        return read_blocks(self.local(sha256), offset=offset, length=length)

    @abstractmethod
    def local(self, sha256: str) -> Path:
        """A file with the bytes of a blob, compared with its hash. It belongs to the store: read it only.

        Raises:
            NotFound: there is no such blob.
            StoreError: it is damaged, or cannot be reached.
        """

    @abstractmethod
    def exists(self, sha256: str) -> bool:
        """Whether there is such a blob."""

    @abstractmethod
    def delete(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Delete a blob, or leave it if it was put again at `before` or later. Whether it was deleted."""

    @abstractmethod
    def list(self) -> Iterator[Stored]:
        """All blobs, in any order."""

    @abstractmethod
    def drop_leftovers(self, before: datetime) -> None:
        """Remove what processes that were killed had begun to write before a time."""

    @abstractmethod
    def _blocks(self, sha256: str) -> Iterator[bytes]:
        """The bytes, not compared yet.

        Raises:
            NotFound: there is no such blob; it is raised at once.
        """


def open_blobs(location: str, *, cache: Path, cache_bytes: int) -> Blobs:
    """The blobs of a place.

    Args:
        location: a folder, as path or `file://` URL, or `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX`,
            `az://ACCOUNT/CONTAINER/PREFIX`. Access to object storage is configured as its own tools have it, such as by
            `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION` and `AWS_ENDPOINT_URL`.
        cache: folder for local copies of what is in object storage
        cache_bytes: what these may take

    Raises:
        InvalidInput: there is no such kind of place.
    """
    scheme, separator, rest = location.partition("://")
    if not separator or scheme == "file":
        from lect.store.folder_blobs import FolderBlobs

        return FolderBlobs(Path(rest if separator else location))
    if scheme not in _SCHEMES:
        kinds = ", ".join(f"{known}://" for known in _SCHEMES)
        raise InvalidInput(f"{scheme}:// is no place for blobs", hint=f"Give a folder, or one of {kinds}.")
    from lect.store.object_blobs import ObjectBlobs, open_store

    return ObjectBlobs(open_store(location), cache=cache, cache_bytes=cache_bytes)


def is_sha256(text: str) -> bool:
    """Whether it can be the name of a blob; nothing else ever becomes part of a path."""
    return _SHA256.fullmatch(text) is not None


def missing(sha256: str) -> NotFound:
    """The error that there is no such blob."""
    return NotFound(f"there is no blob {sha256[:64]}")


def damaged(sha256: str) -> StoreError:
    """The error that the bytes of a blob are not those that were put."""
    return StoreError(
        f"blob {sha256}: its bytes are not those that were stored",
        hint="The disk or the object storage may be failing. To put the same bytes again repairs it; so does a backup.",
    )


def _compared(blocks: Iterator[bytes], sha256: str) -> Iterator[bytes]:
    digest, held = hashlib.sha256(), b""
    for block in blocks:
        if held:
            yield held
        digest.update(block)
        held = block
    if digest.hexdigest() != sha256:
        raise damaged(sha256)
    if held:
        yield held
