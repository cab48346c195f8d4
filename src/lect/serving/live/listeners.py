"""The model of each turn: found by the endpoint or the language that was asked for, opened, and put to work. Never another one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lect.core.entities import Model as ModelRow
from lect.core.errors import InvalidInput
from lect.core.locks import Locks
from lect.engines.contract import go_on
from lect.models import customs
from lect.serving import endpoints
from lect.serving.live.events import LiveOptions
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.requests import TurnRequest
from lect.serving.live.turn import Listener, Recognition
from lect.serving.phrases import PhraseLists
from lect.serving.pool import Model, Pool
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection


class Begin(Protocol):
    """Puts a model to work on one stream."""

    def __call__(self, model: Model, options: LiveOptions, *, on_step: Callable[[], None]) -> Recognition:
        """What listens.

        Args:
            on_step: called often while it works; what it raises ends the work
        """
        ...


class Listeners:
    """Finds, opens and starts. Safe to share between threads.

    A model is looked up at the beginning of each turn, so a turn goes on with the model that it began with.
    """

    def __init__(self, storage: Storage, pool: Pool, *, folder: Path, begin: Begin | None = None) -> None:
        """
        Args:
            folder: of this process alone, where bundles are put
            begin: by default a recognition that works by itself, without regard to others
        """
        self._storage, self._pool, self._folder = storage, pool, folder
        self._begin = begin or Alone()
        self._placing = Locks[str]()

    def listen(
        self, request: TurnRequest, *, project: str | None = None, on_step: Callable[[], None] = go_on
    ) -> Listener:
        """Begin to listen as a turn asks.

        Args:
            project: the only one whose endpoints the client sees; None: all

        Raises:
            NotFound, Conflict: there is no such endpoint, or it is not ready.
            InvalidInput, UnsupportedLocale: no model is offered in the language, or the endpoint's does not know it.
            EngineError, StoreError: the model cannot be opened.
        """
        with self._storage.database.read() as connection:
            row = _model_of(connection, request, project)
        model = self._pool.open(self._place(row))
        return Listener(recognition=self._begin(model, request.options, on_step=on_step), model=row.id)

    def _place(self, row: ModelRow) -> str:
        """What the pool calls a model; its bundle is put in place once, which compares its bytes with their hash."""
        path = self._folder / f"{row.id}.lect"
        with self._placing[row.id]:
            is_there = not row.is_base and path.exists()
            return str(path) if is_there else customs.place(self._storage, row, self._folder)


class Alone:
    """Recognitions that work each by itself."""

    def __init__(self) -> None:
        self._phrase_lists = PhraseLists()

    def __call__(self, model: Model, options: LiveOptions, *, on_step: Callable[[], None]) -> Recognition:
        """One more."""
        return LiveRecognition(model, options, phrase_lists=self._phrase_lists, on_step=on_step)


def _model_of(connection: Connection, request: TurnRequest, project: str | None) -> ModelRow:
    if request.custom_models:
        raise InvalidInput("endpoints for languages to choose from cannot be used yet")
    spoken = request.locale or next(iter(request.languages), None)
    _, model = endpoints.answering(connection, cid=request.endpoint_id, locale=spoken, project=project)
    return model
