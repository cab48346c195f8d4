"""Blobs in a folder: `FOLDER/ab/abcdef...`, written beside, brought to disk, then renamed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from lect.core import files
from lect.store.blobs import Blobs, Stored, Writer, damaged, is_sha256, missing

_REMEMBERED = 1 << 16  # files whose hash was compared


class FolderBlobs(Blobs):
    """Blobs as files of one folder, which several processes may share.

    Renaming and deleting are done under one lock, so that a blob that is put again while the old one is being cleaned away
    stays.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # A file is read again when it is another one, or was changed. What rots on the disk without a change of its times is
        # found when the blob is read as a whole, or by the next process.
        self._compare = lru_cache(maxsize=_REMEMBERED)(_compare)

    @contextmanager
    def writing(self, *, limit: int | None = None) -> Iterator[Writer]:
        """Store what is written in the block; see `Blobs.writing`."""
        with ExitStack() as until_renamed:

            def name() -> Path:
                until_renamed.enter_context(self._locked())
                return self.path(writer.blob.sha256)

            with files.write_then_name(self.folder, name) as file:
                writer = Writer(file, limit)
                yield writer

    def local(self, sha256: str) -> Path:
        """The file itself."""
        path = self._existing(sha256)
        try:
            status = path.stat()
            self._compare(path, sha256, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))
        except FileNotFoundError:  # deleted meanwhile
            raise missing(sha256) from None
        return path

    def exists(self, sha256: str) -> bool:
        """Whether there is such a blob."""
        return is_sha256(sha256) and self.path(sha256).is_file()

    def delete(self, sha256: str, *, before: datetime | None = None) -> bool:
        """Delete a blob, or leave it if it was put again at `before` or later. Whether it was deleted."""
        if not self.exists(sha256):
            return False
        path = self.path(sha256)
        with self._locked():
            try:
                if before is not None and _modified(path) >= before:
                    return False
                path.unlink()
            except FileNotFoundError:
                return False
        return True

    def list(self) -> Iterator[Stored]:
        """All blobs, in any order."""
        for path in self.folder.glob("??/*"):
            if is_sha256(path.name):
                try:
                    status = path.stat()
                except FileNotFoundError:  # deleted meanwhile
                    continue
                yield Stored(
                    sha256=path.name,
                    size=status.st_size,
                    modified=datetime.fromtimestamp(status.st_mtime, UTC),
                )

    def drop_leftovers(self, before: datetime) -> None:
        """Remove what processes that were killed had begun to write before a time."""
        for path in self.folder.glob(f"{files.TEMPORARY}*"):
            try:
                if _modified(path) < before:
                    path.unlink()
            except FileNotFoundError:  # it was finished meanwhile
                continue

    def path(self, sha256: str) -> Path:
        """Where a blob is, or would be."""
        return self.folder / sha256[:2] / sha256

    def _blocks(self, sha256: str) -> Iterator[bytes]:
        return files.read_blocks(self._existing(sha256))

    def _existing(self, sha256: str) -> Path:
        if not self.exists(sha256):
            raise missing(sha256)
        return self.path(sha256)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with files.locked(self.folder / ".lock"):
            yield


def _compare(path: Path, sha256: str, _state: tuple[int, ...]) -> None:
    if files.sha256(path) != sha256:
        raise damaged(sha256)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
