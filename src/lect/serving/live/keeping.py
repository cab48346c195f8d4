"""Has the sound and the results of turns kept as content logs, beside the recognition and never in its way.

A stream hands on what came and goes on. One thread writes it to the disk, others store what is over: blobs and rows may be far
away. What waits is bounded. A turn for which there is no room is not kept at all, rather than with a hole in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from lect.core.closing import Closing
from lect.core.lines import Line
from lect.serving.content_logs import ContentLog, LoggedTurn, Outcome, TurnLog, final_to_json, wanted
from lect.serving.live.events import Final, LiveEvent
from lect.serving.live.turn import Recognition
from lect.serving.live.watching import Answering, TurnFacts
from lect.speech.audio.waveform import SAMPLE_RATE
from lect.telemetry import get_log

if TYPE_CHECKING:
    from lect.speech.audio.waveform import Samples

WAITING_BYTES = 64 << 20  # of sound that is not on the disk yet, of all turns; 17 minutes of one
WAITING_TURNS = 64  # that are over and not stored yet
_STORING = 2  # threads
_GOODBYE = 1.0  # seconds that each of the two lines has to end
_SMALL = 1 << 14  # bytes that a result is taken for
_PIECE = 512  # bytes that a piece of sound counts for at the least: to keep one has its cost, too

_log = get_log(__name__, action="log_content")


class Keeper(Closing):
    """Keeps the turns of which their endpoint or their client says so; safe to share between threads."""

    def __init__(
        self,
        log: ContentLog,
        *,
        clock: Callable[[], datetime],
        on_turn: Callable[[Outcome], None] = lambda outcome: None,
        waiting_bytes: int = WAITING_BYTES,
        waiting_turns: int = WAITING_TURNS,
    ) -> None:
        """Start the threads.

        Args:
            clock: tells when turns begin
            on_turn: told of each turn what became of it
        """
        self._log, self._clock, self._on_turn = log, clock, on_turn
        self._writing = Line("log-writer", most=waiting_bytes, on_error=_complain)
        self._storing = Line("log-storer", most=waiting_turns, threads=_STORING, on_error=_complain)

    def watch(self, recognition: Recognition, facts: TurnFacts) -> Recognition:
        """The recognition of a turn that begins, kept if it is to be."""
        answering = _owner(facts)
        if not wanted(answering[0], store_audio=facts.request.is_stored):
            return recognition
        turn = LoggedTurn(
            endpoint=answering[0],
            model=answering[1],
            locale=next(locale for locale, each in facts.answering.items() if each is answering),
            project=facts.caller.project,
            request=facts.request.id,
            rate=SAMPLE_RATE,
            began=self._clock(),
        )
        return Kept(recognition, _Pages(turn, self._log, self._writing, self._storing, self._on_turn))

    def close(self) -> None:
        """Store what is over, as far as there is time, and end the threads."""
        self._writing.close(_GOODBYE)
        self._storing.close(_GOODBYE)


class Kept:
    """Passes everything on, both ways, and has it written down."""

    def __init__(self, recognition: Recognition, pages: _Pages) -> None:
        self._recognition, self._pages = recognition, pages

    @property
    def behind(self) -> float:
        """Seconds that were fed and are not examined yet."""
        return self._recognition.behind

    def feed(self, samples: Samples) -> None:
        """Take the next samples."""
        self._pages.sound(samples)
        self._recognition.feed(samples)

    def step(self, now: float, *, partials: bool = True) -> list[LiveEvent]:
        """Do the work that is due."""
        return self._noted(self._recognition.step(now, partials=partials))

    def end(self) -> list[LiveEvent]:
        """Answer the next segment of what is left."""
        return self._noted(self._recognition.end())

    def close(self) -> None:
        """The turn is over."""
        self._recognition.close()
        self._pages.close()

    def _noted(self, events: list[LiveEvent]) -> list[LiveEvent]:
        for event in events:
            if isinstance(event, Final):
                self._pages.result(event)
        return events


class _Pages:
    """The log of one turn, as its stream sees it: nothing here waits, and nothing raises."""

    def __init__(
        self,
        turn: LoggedTurn,
        log: ContentLog,
        writing: Line,
        storing: Line,
        on_turn: Callable[[Outcome], None],
    ) -> None:
        self._turn, self._contents = turn, log
        self._writing, self._storing, self._on_turn = writing, storing, on_turn
        self._file: TurnLog | None = None  # of the writer's thread alone
        self._is_over, self._ordered = False, Lock()  # nothing is put behind the end
        self._put(self._open, _SMALL)

    def sound(self, samples: Samples) -> None:
        """The next samples; nobody changes them any more."""
        self._put(lambda: self._write(samples), max(samples.nbytes, _PIECE))

    def result(self, final: Final) -> None:
        """What was recognised in the next segment."""
        self._put(lambda: self._note(final), _SMALL)

    def close(self) -> None:
        """Nothing follows. From any thread, as often as you like."""
        with self._ordered:
            before, self._is_over = self._is_over, True
            if not before:
                self._writing.insist(self._hand_over)

    def _open(self) -> None:
        self._file = self._contents.open(self._turn)

    def _write(self, samples: Samples) -> None:
        if self._file is not None:
            self._file.write(pcm16(samples))

    def _note(self, final: Final) -> None:
        if self._file is not None:
            self._file.result(final_to_json(final))

    def _store(self) -> None:
        self._on_turn(Outcome.FAILED if self._file is None else self._file.close())

    def _put(self, act: Callable[[], None], size: int) -> None:
        with self._ordered:
            if self._is_over or self._writing.put(act, size):
                return
            self._is_over = True
            self._writing.insist(self._discard)
        self._lose()

    def _hand_over(self) -> None:
        if not self._storing.put(self._store, 1):
            self._lose()
            self._discard()

    def _discard(self) -> None:
        if self._file is not None:
            self._file.discard()

    def _lose(self) -> None:
        _log.warning("A turn is not logged: too much waits to be written.", request=self._turn.request)
        self._on_turn(Outcome.DROPPED)


def _complain(error: Exception) -> None:
    _log.warning("A turn could not be logged.", error=repr(error))


def _owner(facts: TurnFacts) -> Answering:
    """At which endpoint, and of which model, a turn is logged: of several languages the first whose endpoint wants it."""
    found = [each for each in facts.answering.values() if each[0] is not None and each[0].logs_content]
    return found[0] if found else facts.answering[facts.locale]


def pcm16(samples: Samples) -> bytes:
    """Samples as 16 bits each, little-endian. What came as 16 bits goes as the same, if it had the rate of the recogniser."""
    return (samples * 32_768.0).round().clip(-32_768, 32_767).astype("<i2").tobytes()
