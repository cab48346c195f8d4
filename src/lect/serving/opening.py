"""Models of rows, opened: a bundle is put in place once, and the pool has it loaded."""

from __future__ import annotations

from pathlib import Path

from lect.core.entities import Model as ModelRow
from lect.core.locks import Locks
from lect.models import customs
from lect.serving.pool import Model, Pool
from lect.store.storage import Storage


class Opener:
    """Opens. Safe to share between threads, and to be shared by all that open models in one folder."""

    def __init__(self, storage: Storage, pool: Pool, *, folder: Path) -> None:
        """
        Args:
            folder: of this process alone, where bundles are put
        """
        self._storage, self._pool, self._folder = storage, pool, folder
        self._placing = Locks[str]()

    def open(self, row: ModelRow) -> Model:
        """The model of a row, ready to recognise.

        Raises:
            Conflict: it is not trained yet.
            EngineError, StoreError: it cannot be opened.
        """
        return self._pool.open(self._place(row))

    def _place(self, row: ModelRow) -> str:
        """What the pool calls a model; its bundle is put in place once, which compares its bytes with their hash."""
        path = self._folder / f"{row.id}.lect"
        with self._placing[row.id]:
            is_there = not row.is_base and path.exists()
            return str(path) if is_there else customs.place(self._storage, row, self._folder)
