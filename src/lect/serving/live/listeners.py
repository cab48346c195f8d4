"""The model of each turn: found by the endpoint or the language that was asked for, opened, and put to work. Never another one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from lect.core.errors import InvalidInput, LectError
from lect.engines.contract import go_on
from lect.serving import endpoints
from lect.serving.live.batching import Batcher
from lect.serving.live.events import LiveOptions
from lect.serving.live.languages import LanguageChoice
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.requests import TurnRequest
from lect.serving.live.speakers import Guests
from lect.serving.live.turn import Listener, Recognition
from lect.serving.live.watching import Answering, Caller, TurnFacts, Watch
from lect.serving.opening import Opener
from lect.serving.phrases import PhraseLists
from lect.serving.pool import Model
from lect.serving.voices import VoiceEncoder
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a turn needs to be begun, once its models are opened."""

    model: Model  # unless there are languages to choose from
    model_id: str = ""  # what it is called in results; empty: by an id of its own
    options: LiveOptions
    languages: LanguageChoice | None = None
    is_diarized: bool = False
    on_step: Callable[[], None] = go_on  # called often; what it raises ends the work


class Begin(Protocol):
    """Puts models to work on one stream."""

    def __call__(self, prepare: Callable[[], Work], client: str) -> Recognition:
        """What listens, and is to be closed.

        Args:
            prepare: opens the models; not called unless there is room, for to open one may load it and push out others
            client: who asks

        Raises:
            TooManyRequests: there is no room for another stream.
        """
        ...


class Listeners:
    """Finds, opens and starts. Safe to share between threads.

    A model is looked up at the beginning of each turn, so a turn goes on with the model that it began with.
    """

    def __init__(
        self,
        storage: Storage,
        opener: Opener,
        *,
        begin: Begin,
        watches: Sequence[Watch] = (),
        on_refused: Callable[[TurnRequest, Caller, LectError], None] = lambda request, caller, error: None,
    ) -> None:
        """
        Args:
            opener: opens the models that are found
            watches: who looks on
            on_refused: told of each turn that is not begun, and why
        """
        self._storage, self._opener, self._begin = storage, opener, begin
        self._watches, self._on_refused = watches, on_refused

    def listen(
        self,
        request: TurnRequest,
        caller: Caller = Caller(),
        *,
        on_step: Callable[[], None] = go_on,
    ) -> Listener:
        """Begin to listen as a turn asks.

        Args:
            on_step: called often while it works; what it raises ends the work

        Raises:
            NotFound, Conflict: there is no such endpoint, it is not ready, or the pinned model does not answer there.
            InvalidInput, UnsupportedLocale: no model is offered in the language, or the endpoint's does not know it.
            TooManyRequests: there is no room for another stream.
            EngineError, StoreError: the model cannot be opened.
        """
        try:
            return self._listen(request, caller, on_step)
        except LectError as error:
            self.refused(request, caller, error)
            raise

    def refused(self, request: TurnRequest, caller: Caller, error: LectError) -> None:
        """A turn is not begun: by `listen`, or by a door because what it asks for cannot be done."""
        self._on_refused(request, caller, error)

    def _listen(self, request: TurnRequest, caller: Caller, on_step: Callable[[], None]) -> Listener:
        with self._storage.database.read() as connection:
            found = _answering(connection, request, caller.project)
        facts = TurnFacts(request=request, caller=caller, answering=found)
        recognition = self._begin(lambda: self._prepare(facts, on_step), caller.key)
        return Listener(recognition=self._watched(recognition, facts), model=facts.model.id)

    def _prepare(self, facts: TurnFacts, on_step: Callable[[], None]) -> Work:
        """Open the models of a turn for which there is room."""
        request, found = facts.request, facts.answering
        models = {locale: self._opener.open(row) for locale, (_, row) in found.items()}
        ids = {locale: row.id for locale, (_, row) in found.items()}
        languages = (
            LanguageChoice(models, ids=ids, is_continuous=request.is_language_continuous)
            if request.languages
            else None
        )
        return Work(
            model=models[facts.locale],
            model_id=facts.model.id,
            options=request.options if request.languages else replace(request.options, locale=facts.locale),
            languages=languages,
            is_diarized=request.is_diarized,
            on_step=on_step,
        )

    def _watched(self, recognition: Recognition, facts: TurnFacts) -> Recognition:
        for watch in self._watches:
            recognition = watch(recognition, facts)
        return recognition


class Together:
    """Recognitions that share engine calls."""

    def __init__(self, batcher: Batcher, *, voices: Callable[[], VoiceEncoder | None]) -> None:
        """
        Args:
            voices: loads what tells speakers apart, when that is first asked for; None: they cannot be told
        """
        self._batcher, self._phrase_lists = batcher, PhraseLists()
        self._voices = cache(voices)
        self._loading = Lock()

    def __call__(self, prepare: Callable[[], Work], client: str = "") -> Recognition:
        """One more."""
        stream = self._batcher.admit(client)
        try:
            work = prepare()
            speakers = self._guests() if work.is_diarized else None
            return LiveRecognition(
                work.model,
                work.options,
                model_id=work.model_id,
                languages=work.languages,
                speakers=speakers,
                phrase_lists=self._phrase_lists,
                hearing=stream,
                on_step=work.on_step,
            )
        except BaseException:
            stream.close()
            raise

    def _guests(self) -> Guests | None:
        with self._loading:
            encoder = self._voices()
        return Guests(encoder) if encoder else None


def _answering(connection: Connection, request: TurnRequest, project: str | None) -> dict[str, Answering]:
    """The endpoint and the model of each language to choose from by its locale, or those there are."""

    def answering(cid: str | None, locale: str | None) -> Answering:
        return endpoints.answering(
            connection, cid=cid, locale=locale, project=project, pinned=request.pinned_model
        )

    if not request.languages:
        endpoint, model = answering(request.endpoint_id, request.locale)
        return {request.locale or (endpoint or model).locale: (endpoint, model)}
    if request.pinned_model:
        raise InvalidInput("A model cannot be pinned where there are languages to choose from")
    return {locale: answering(request.endpoint_of(locale), locale) for locale in request.languages}
