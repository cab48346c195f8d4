"""A recognition that is measured: what came in, what came out, how long after its sound, and why it ended.

Metrics count it. Each turn leaves a line in the log, and a span where traces are sent. Neither holds what was said.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError
from dataclasses import dataclass, field
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from lect.core.errors import Conflict, EngineError, LectError, TooManyRequests
from lect.serving.live.closing import Gone
from lect.serving.live.events import Ended, Final, Identified, LiveEvent, Partial, Silence
from lect.serving.live.requests import TurnRequest
from lect.serving.live.turn import Recognition
from lect.serving.live.watching import Caller, TurnFacts
from lect.speech.audio.waveform import SAMPLE_RATE
from lect.telemetry import bound, get_log
from lect.tracing import Tracer

if TYPE_CHECKING:
    from lect.speech.audio.waveform import Samples

_REMEMBERED = 120.0  # seconds of sound whose coming is remembered; events are about the latest
_APART = 0.02  # seconds of sound of which one time is remembered, however small the pieces in which it came
_LONGEST = 64  # characters of what a client sent that are logged

_AFTER_ALL = (Conflict, EngineError, TooManyRequests)  # refuse whoever may ask at an endpoint that is there

_log = get_log(__name__, action="recognise")


class Measures(Protocol):
    """Who counts, such as `metrics.RecogniserMetrics`."""

    def stream_opened(self) -> None: ...
    def stream_closed(self) -> None: ...
    def turn_ended(self, outcome: str) -> None: ...
    def heard(self, seconds: float) -> None: ...
    def partial(self, seconds: float) -> None: ...
    def final(self, seconds: float) -> None: ...
    def refused(self, reason: str) -> None: ...


class EndpointMeasures(Protocol):
    """Who counts at one endpoint, such as `endpoint_metrics.CountedEndpoint`."""

    def turn_ended(self, outcome: str) -> None: ...
    def first_partial(self, seconds: float) -> None: ...
    def final(self, seconds: float) -> None: ...


@dataclass(kw_only=True)
class Tally:
    """What is known of a turn. Times are seconds."""

    audio: float = 0.0
    results: int = 0  # segments in which something was recognised
    models: dict[str, None] = field(default_factory=dict)  # ids of those that recognised them, in order
    locales: dict[str, None] = field(default_factory=dict)  # in which, where there was a choice
    first_partial: float | None = None  # from the beginning of speech to the first partial result
    slowest_final: float | None = None  # from the end of speech to its final result
    outcome: str = "dropped"  # as the metrics have it
    ended: str = "broken_off"  # why; so if the client went, or sent what cannot be used


class Meter:
    """Measures the turns of a process."""

    def __init__(
        self,
        measures: Measures,
        *,
        endpoints: Callable[[str], EndpointMeasures] | None = None,
        tracer: Tracer = Tracer(),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            endpoints: who counts at an endpoint, by its id; None: nobody does
        """
        self._measures, self._endpoints = measures, endpoints
        self._tracer, self._clock = tracer, clock

    def watch(self, recognition: Recognition, facts: TurnFacts) -> Recognition:
        """The recognition of a turn that begins, measured."""
        began = self._clock()

        def tell(tally: Tally) -> None:
            fields = _fields(facts, tally)
            _log.info("A turn ended.", **{name: value for name, value in fields.items() if value is not None})
            seconds = self._clock() - began
            self._tracer.record("turn", seconds=seconds, parent=facts.caller.trace, **fields)

        def at(locale: str | None) -> EndpointMeasures | None:
            endpoint = facts.endpoint(locale)
            return self._endpoints(endpoint.id) if self._endpoints and endpoint else None

        return Measured(
            recognition,
            self._measures,
            at=at,
            is_interactive=facts.request.is_interactive,
            ids=_ids(facts),
            on_end=tell,
            clock=self._clock,
        )

    def refused(self, request: TurnRequest, caller: Caller, error: LectError) -> None:
        """A turn was not begun."""
        self._measures.refused(error.code)
        endpoint = request.endpoint_of(next(iter(request.languages), ""))
        if self._endpoints and endpoint and isinstance(error, _AFTER_ALL):
            self._endpoints(endpoint.lower()).turn_ended("refused")
        asked = {"request": request.id, "connection": caller.connection, "endpoint": endpoint}
        said = {name: value[:_LONGEST] for name, value in asked.items() if value}
        _log.info("A turn was refused.", error=error.code, **said)


class Measured:
    """Passes everything on, both ways, and tells what it sees."""

    def __init__(
        self,
        recognition: Recognition,
        measures: Measures,
        *,
        at: Callable[[str | None], EndpointMeasures | None] = lambda locale: None,
        is_interactive: bool = False,
        ids: Mapping[str, str] = MappingProxyType({}),
        on_end: Callable[[Tally], None] = lambda tally: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open a stream.

        Args:
            at: who counts at the endpoint of a language that was heard, or, told None, of the turn; None: nobody does
            is_interactive: it is over with its first phrase
            ids: what names the turn in all that is logged while it is at work
            on_end: told of the turn once it is over
        """
        self._recognition, self._measures, self._clock = recognition, measures, clock
        self._at = at
        self._is_interactive, self._ids, self._on_end = is_interactive, ids, on_end
        self._came: list[tuple[float, float]] = []  # (seconds of the stream up to there, when it came)
        self._tally = Tally()
        self._is_closed, self._closing = False, Lock()
        measures.stream_opened()

    @property
    def behind(self) -> float:
        """Seconds that were fed and are not examined yet."""
        return self._recognition.behind

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        self._recognition.feed(samples)
        seconds = len(samples) / SAMPLE_RATE
        self._tally.audio = fed = self._tally.audio + seconds
        self._measures.heard(seconds)
        self._remember(fed)

    def step(self, now: float, *, partials: bool = True) -> list[LiveEvent]:
        """Do the work that is due."""
        return self._told(lambda: self._recognition.step(now, partials=partials))

    def end(self) -> list[LiveEvent]:
        """Answer the next segment of what is left."""
        return self._told(self._recognition.end)

    def close(self) -> None:
        """The stream is over."""
        self._recognition.close()
        with self._closing:
            is_first, self._is_closed = not self._is_closed, True
        if is_first:
            self._measures.stream_closed()
            self._measures.turn_ended(self._tally.outcome)
            for locale in self._tally.locales or (None,):
                if at := self._at(locale):
                    at.turn_ended(self._tally.outcome)
            self._on_end(self._tally)

    def _told(self, work: Callable[[], list[LiveEvent]]) -> list[LiveEvent]:
        try:
            with bound(**self._ids):
                events = work()
        except (Gone, CancelledError):  # nobody wants to know any more
            raise
        except Exception as error:
            self._tally.outcome = "error"
            self._tally.ended = error.code if isinstance(error, LectError) else "error"
            raise
        for event in events:
            self._tell(event)
        return events

    def _tell(self, event: LiveEvent) -> None:
        match event:
            case Final():
                self._final(event)
            case Partial():
                self._partial(event)
            case Silence():
                self._answered()
                if event.is_speech and self._tally.outcome == "dropped":
                    self._tally.outcome = "no_match"
            case Ended():
                self._tally.ended = "end_of_sound"
                if self._tally.outcome == "dropped":
                    self._tally.outcome = "no_match"
            case _:
                pass

    def _final(self, final: Final) -> None:
        tally, late = self._tally, self._since(final.offset + final.duration)
        self._answered()
        tally.outcome = "success"
        tally.results += 1
        tally.models[final.result.model] = None
        if locale := _locale(final.result.language):
            tally.locales[locale] = None
        tally.slowest_final = max(late, tally.slowest_final or 0.0)
        self._measures.final(late)
        if at := self._at(locale):
            at.final(late)

    def _partial(self, partial: Partial) -> None:
        if self._tally.first_partial is None:
            self._tally.first_partial = first = self._since(partial.offset)
            if at := self._at(_locale(partial.language)):
                at.first_partial(first)
        self._measures.partial(self._since(partial.offset + partial.duration))

    def _answered(self) -> None:
        if self._is_interactive:
            self._tally.ended = "phrase"

    def _remember(self, fed: float) -> None:
        """When the sound came of which there are so many seconds now."""
        came, now = self._came, (fed, self._clock())
        if len(came) > 1 and fed - came[-2][0] < _APART:
            came[-1] = now
        else:
            came.append(now)
        if came[0][0] < fed - 2 * _REMEMBERED:
            self._came = came[bisect_left(came, (fed - _REMEMBERED,)) :]

    def _since(self, seconds: float) -> float:
        """Seconds since the sound came that ends there."""
        if not self._came:
            return 0.0
        at = min(bisect_left(self._came, (seconds,)), len(self._came) - 1)
        return max(0.0, self._clock() - self._came[at][1])


def _locale(language: Identified | None) -> str | None:
    return language.locale if language else None


def _ids(facts: TurnFacts) -> dict[str, str]:
    named = {
        "request": facts.request.id,
        "connection": facts.caller.connection,
        "endpoint": endpoint.id if (endpoint := facts.endpoint()) else None,
        "model": facts.model.id,
    }
    return {name: value for name, value in named.items() if value}


def _fields(facts: TurnFacts, tally: Tally) -> dict[str, str | int | float | None]:
    """What the log and the span of a turn tell; what is None is left out.

    Where there are languages to choose from, they name the models that answered, their endpoints and the languages that were heard.
    """
    answered = [endpoint.id for locale in tally.locales if (endpoint := facts.endpoint(locale))]
    return {
        **_ids(facts),
        **({"endpoint": ",".join(answered) or None} if tally.locales else {}),
        "model": ",".join(tally.models) or facts.model.id,
        "locale": ",".join(tally.locales) or facts.locale,
        "mode": str(facts.request.mode),
        "audio_seconds": round(tally.audio, 3),
        "results": tally.results,
        "first_partial_seconds": _rounded(tally.first_partial),
        "slowest_final_seconds": _rounded(tally.slowest_final),
        "outcome": tally.outcome,
        "ended": tally.ended,
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
