"""A recognition that is counted: what came in, what came out, and how long after its sound."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable
from typing import Protocol

from lect.serving.live.events import Final, LiveEvent, Partial, Silence
from lect.serving.live.turn import Recognition
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

_REMEMBERED = 120.0  # seconds of sound whose coming is remembered; events are about the latest


class Measures(Protocol):
    """Who counts, such as `metrics.RecogniserMetrics`."""

    def stream_opened(self) -> None: ...
    def stream_closed(self) -> None: ...
    def turn_ended(self, outcome: str) -> None: ...
    def heard(self, seconds: float) -> None: ...
    def partial(self, seconds: float) -> None: ...
    def final(self, seconds: float) -> None: ...


class Measured:
    """Passes everything on, both ways, and tells what it sees."""

    def __init__(
        self, recognition: Recognition, measures: Measures, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Open a stream."""
        self._recognition, self._measures, self._clock = recognition, measures, clock
        self._fed = 0.0  # seconds
        self._came: list[tuple[float, float]] = []  # (seconds of the stream up to there, when it came)
        self._outcome, self._is_closed = "dropped", False
        measures.stream_opened()

    @property
    def behind(self) -> float:
        """Seconds that were fed and are not examined yet."""
        return self._recognition.behind

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        self._recognition.feed(samples)
        seconds = len(samples) / SAMPLE_RATE
        self._fed += seconds
        self._measures.heard(seconds)
        self._came.append((self._fed, self._clock()))
        if self._came[0][0] < self._fed - 2 * _REMEMBERED:
            self._came = self._came[bisect_left(self._came, (self._fed - _REMEMBERED,)) :]

    def step(self, now: float, *, partials: bool = True) -> list[LiveEvent]:
        """Do the work that is due."""
        return self._told(lambda: self._recognition.step(now, partials=partials))

    def end(self) -> list[LiveEvent]:
        """Answer all that is left."""
        events = self._told(self._recognition.end)
        if self._outcome == "dropped":
            self._outcome = "no_match"
        return events

    def close(self) -> None:
        """The stream is over."""
        if not self._is_closed:
            self._is_closed = True
            self._measures.stream_closed()
            self._measures.turn_ended(self._outcome)
        self._recognition.close()

    def _told(self, work: Callable[[], list[LiveEvent]]) -> list[LiveEvent]:
        try:
            events = work()
        except Exception:
            self._outcome = "error"
            raise
        for event in events:
            self._tell(event)
        return events

    def _tell(self, event: LiveEvent) -> None:
        match event:
            case Final():
                self._outcome = "success"
                self._measures.final(self._since(event.offset + event.duration))
            case Partial():
                self._measures.partial(self._since(event.offset + event.duration))
            case Silence() if event.is_speech and self._outcome == "dropped":
                self._outcome = "no_match"
            case _:
                pass

    def _since(self, seconds: float) -> float:
        """Seconds since the sound came that ends there."""
        if not self._came:
            return 0.0
        at = min(bisect_left(self._came, (seconds,)), len(self._came) - 1)
        return max(0.0, self._clock() - self._came[at][1])
