"""Blobs in object storage (S3, Google Cloud Storage, Azure Blob), with local copies in a bounded cache.

What is put is written to the cache first, where it gets its name, and is then uploaded under that name: an object appears
when its upload is complete, so nothing has to be copied or renamed in the store, and the work that comes next finds the
bytes on the disk already.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from lect.core.errors import NotFound, StoreError
from lect.core.files import BLOCK
from lect.store.blobs import Blobs, Stored, Writer, damaged, is_sha256, missing
from lect.store.folder_blobs import FolderBlobs

IN_USE_SECONDS = 3600.0  # since its last use, in which a local copy stays even if the cache is full


def open_store(url: str) -> Any:
    """The object store of a URL.

    Raises:
        StoreError: it cannot be opened as it is configured.
    """
    from obstore.store import from_url

    with _explained():
        return from_url(url, retry_config={"max_retries": 4})


class ObjectBlobs(Blobs):
    """Blobs as objects `PREFIX/ab/abcdef...` of an `obstore` store.

    To delete "unless it was put again" takes two requests here, and stores have no condition for the second one: a blob that
    nobody used for the whole grace period of `cleaning`, and that is put again in the milliseconds between them, is lost.
    """

    def __init__(self, store: Any, *, cache: Path, cache_bytes: int) -> None:
        """
        Args:
            cache: folder for local copies
            cache_bytes: what these may take together; those not used for longest go first
        """
        self._store = store
        self._cache = FolderBlobs(cache)
        self._cache_bytes = cache_bytes

    @contextmanager
    def writing(self, *, limit: int | None = None) -> Iterator[Writer]:
        """Store what is written in the block; see `Blobs.writing`."""
        import obstore

        with self._cache.writing(limit=limit) as writer:
            yield writer
        sha256 = writer.blob.sha256
        try:
            with _explained():
                obstore.put(self._store, _key(sha256), self._cache.path(sha256))
        except BaseException:
            self._cache.delete(sha256)  # a copy of nothing
            raise
        self._trim()

    def local(self, sha256: str) -> Path:
        """A local copy, fetched if there is none."""
        if self._cache.exists(sha256):
            try:
                return self._used(self._cache.local(sha256))
            except StoreError:  # the copy is damaged; what is stored may be sound
                self._cache.delete(sha256)
        fetched = self._cache.put(self._blocks(sha256))
        if fetched.sha256 != sha256:
            self._cache.delete(fetched.sha256)
            raise damaged(sha256)
        self._trim()
        return self._used(self._cache.local(sha256))

    def exists(self, sha256: str) -> bool:
        """Whether there is such a blob."""
        return self._head(sha256) is not None

    def delete(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Delete a blob, or leave it if it was put again at `before` or later. Whether it was deleted."""
        import obstore

        found = self._head(sha256)
        if found is None or (before is not None and found["last_modified"] >= before):
            return False
        with _explained():
            obstore.delete(self._store, _key(sha256))
        self._cache.delete(sha256)
        return True

    def list(self) -> Iterator[Stored]:
        """All blobs, in any order."""
        import obstore

        with _explained():
            for batch in obstore.list(self._store):
                for found in batch:
                    name = found["path"].rpartition("/")[2]
                    if found["path"] == _key(name) and is_sha256(name):
                        yield Stored(sha256=name, size=found["size"], modified=found["last_modified"])

    def drop_leftovers(self, before: datetime) -> None:
        """Remove what killed processes left in the cache; half uploads are the bucket's to expire (a life-cycle rule)."""
        self._cache.drop_leftovers(before)

    def _blocks(self, sha256: str) -> Iterator[bytes]:
        import obstore

        if not is_sha256(sha256):
            raise missing(sha256)
        with _explained(sha256):
            return _stream(obstore.get(self._store, _key(sha256)))

    def _head(self, sha256: str) -> Any:
        import obstore

        if not is_sha256(sha256):
            return None
        try:
            with _explained(sha256):
                return obstore.head(self._store, _key(sha256))
        except NotFound:
            return None

    def _used(self, path: Path) -> Path:
        """Note that a copy is in use. Only the time of access: another time of change would have it compared again."""
        os.utime(path, ns=(time.time_ns(), path.stat().st_mtime_ns))
        return path

    def _trim(self) -> None:
        """Let copies go, those not used for longest first, until the cache is within its bound."""
        copies = []
        for stored in self._cache.list():
            with suppress(FileNotFoundError):  # another process let it go meanwhile
                used = self._cache.path(stored.sha256).stat().st_atime
                copies.append((used, stored.size, stored.sha256))
        taken = sum(size for _, size, _ in copies)
        for used, size, sha256 in sorted(copies):
            if taken <= self._cache_bytes or used > time.time() - IN_USE_SECONDS:
                return
            self._cache.delete(sha256)
            taken -= size


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _stream(found: Any) -> Iterator[bytes]:
    with _explained():
        for block in found.stream(min_chunk_size=BLOCK):
            yield bytes(block)


@contextmanager
def _explained(wanted: str | None = None) -> Iterator[None]:
    """Turn what the library raises into a StoreError of one line, without the query of a URL, which may hold a secret.

    Args:
        wanted: the blob that is asked for, if that there is none is an answer; else the bucket is missing
    """
    from obstore.exceptions import BaseError

    try:
        yield
    except (BaseError, FileNotFoundError) as error:
        if wanted and isinstance(error, FileNotFoundError):
            raise missing(wanted) from None
        first = re.sub(r"\?\S*", "?...", str(error).partition("\n")[0])
        raise StoreError(f"the object storage failed: {first}") from None
