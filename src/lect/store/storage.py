"""Rows and blobs together: what the features keep everything in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Connection

from lect.core.entities import File, FileKind
from lect.core.files import read_blocks
from lect.settings import Quotas
from lect.store import quotas
from lect.store.blobs import Blob, Blobs
from lect.store.database import Database
from lect.store.resources import Entity, Repository


@dataclass(frozen=True, kw_only=True)
class Storage:
    """A database and the blobs that its rows refer to."""

    database: Database
    blobs: Blobs
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    quotas: Quotas = field(default_factory=Quotas)
    key: str | None = None  # id of the key that asks; None: the server itself, or nobody had to show one

    def add(
        self, connection: Connection, repository: Repository[Entity], entity: Entity, *, size: int = 0
    ) -> None:
        """Store a new resource, if there is room for it.

        Args:
            size: what comes with it, bytes

        Raises:
            QuotaExceeded: there is no room.
            Conflict: there is one of this id already, or what it refers to is gone.
        """
        quotas.require_room(connection, self.quotas, repository, at=self.clock(), size=size)
        repository.add(connection, entity)

    def require_bytes(self, connection: Connection, size: int) -> None:
        """Make sure that there is room for so many more bytes.

        Raises:
            QuotaExceeded: there is not.
        """
        quotas.require_bytes(connection, self.quotas, size, at=self.clock())

    def require_turn(self, connection: Connection, project: str | None) -> None:
        """Make sure that whoever asks may have another job for a project.

        Raises:
            TooManyRequests: too many of theirs are not over yet.
        """
        quotas.require_turn(connection, self.quotas, key=self.key, project=project)

    def new_file(
        self,
        owner: str,
        kind: FileKind,
        name: str,
        blob: Blob,
        *,
        media_type: str = "application/json",
        duration: float | None = None,
    ) -> File:
        """A file of a resource, to be put with its row."""
        return File(
            id=str(uuid4()),
            owner=owner,
            kind=kind,
            name=name,
            blob=blob.sha256,
            size=blob.size,
            created=self.clock(),
            media_type=media_type,
            duration=duration,
        )

    def place(self, blob: str, path: Path) -> Path:
        """Let a blob be found at a path, for work on files; its bytes were compared with their hash.

        Raises:
            NotFound, StoreError: it is gone, or damaged.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(self.blobs.local(blob).absolute())
        return path

    def put_path(self, path: Path) -> Blob:
        """Store a file."""
        return self.blobs.put(read_blocks(path))
