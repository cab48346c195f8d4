"""SHA-256 of large files, computed once: a file whose size and times did not change is not read again."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from lect.core.errors import StoreError
from lect.core.files import json_bytes, sha256, write_bytes


class KnownHashes:
    """Remembers hashes of files in a cache folder, so that a later start need not read the weights."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "hashes"

    def sha256(self, path: Path, *, fresh: bool = False) -> str:
        """The SHA-256 of a file.

        Args:
            path: the file.
            fresh: read it even if its hash is known.
        """
        path = path.resolve()
        state = state_of(path)
        if not fresh and (known := self._recall(path, state)):
            return known
        digest = sha256(path)
        with contextlib.suppress(StoreError):  # a cache that cannot be written to costs time, no more
            write_bytes(self._record(path), json_bytes({"path": str(path), "state": state, "sha256": digest}))
        return digest

    def folders(self, weights_sha256: str) -> Iterator[Path]:
        """Folders in which a file with this hash was seen, or shards, whose hash is made of several; still unchanged."""
        for record in sorted(self._folder.glob("*.json")):
            with contextlib.suppress(
                OSError, ValueError, KeyError, TypeError
            ):  # damaged, or the file is gone
                known = json.loads(record.read_bytes())
                path = Path(known["path"])
                is_wanted = known["sha256"] == weights_sha256 or path.match("model-*.safetensors")
                if is_wanted and known["state"] == state_of(path):
                    yield path.parent

    def _recall(self, path: Path, state: list[int]) -> str | None:
        try:
            record = json.loads(self._record(path).read_bytes())
            return str(record["sha256"]) if record["state"] == state else None
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or damaged: compute it again
            return None

    def _record(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(bytes(path)).hexdigest()[:32]}.json"


def state_of(path: Path) -> list[int]:
    """What changes when somebody writes to the file or puts another one in its place."""
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]
