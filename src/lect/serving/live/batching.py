"""Many streams, few engine calls: what streams ask for is put into batches and recognised in threads of its own.

Finals go first, then those that are heard ahead, while their silence lasts, and which are finals when it is over; if no engine thread is idle, both take one from a draft
that is under way: it is asked for again with more audio anyhow. So under load partials become rare before finals become late, and when finals are late
no stream is admitted. Each stream has at most a final and one draft here, so what waits is bounded by the number of streams: about
4 MB each at a window of 30 s.

Files have the engine when no final waits for it. Amid a call for a file, between two of its steps, whatever is said live is heard
on the same thread, and the call goes on where it stood: files cost live streams a step, and lose no work to them.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Condition, Lock, Thread
from types import TracebackType
from typing import Self

from lect.core.errors import TooManyRequests
from lect.engines.contract import RecogniseOptions, Recognition, go_on
from lect.serving.pool import Model
from lect.speech.audio import Samples
from lect.telemetry import get_log

from .hearing import Answer, Told, Urgency
from .waiting import BatchLimits, Waiting, WaitingLine

LONGEST_RETRY = 30  # seconds after which a client that was refused may try again, at the most
SHARE = 7  # places that a client may have for each that is left to others


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much is taken on."""

    streams: int = 64  # at once
    lateness: float = 1.0  # seconds that finals wait for an engine, on average, above which no stream is admitted; see `admit`
    patience: float = 1.0  # seconds after which a draft that still waits is given up
    batch: BatchLimits = field(default_factory=BatchLimits)


class _GaveWay(Exception):
    """Nobody needs the engine call any more, or somebody needs the engine more."""


class Batcher:
    """The engine threads of a process, and who may use them. Safe to share between threads."""

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        threads: int = 1,
        on_batch: Callable[[int], None] = lambda size: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the threads.

        Args:
            threads: engine calls side by side
            on_batch: told the number of utterances of each engine call
        """
        self._on_batch = on_batch
        self._limits, self._clock = limits, clock
        self._line = WaitingLine(limits.batch)
        self._changed = Condition()
        self._idle = 0  # threads that wait for work
        self._held = Counter[str]()  # live streams by client
        self._is_closed = False
        self._threads = [Thread(target=self._work, name=f"engine-{n}", daemon=True) for n in range(threads)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up what waits and what is under way, and end the threads."""
        with self._changed:
            self._is_closed = True
            for each in self._line.clear():
                each.answer.cancel()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def streams(self) -> int:
        """How many are admitted."""
        with self._changed:
            return self._held.total()

    @property
    def is_full(self) -> bool:
        """Whether there is room for no other stream, whoever comes."""
        with self._changed:
            return self._held.total() >= self._limits.streams

    @property
    def waiting(self) -> dict[str, int]:
        """How much waits for an engine: `final`, `file`, and `partial` for all else."""
        with self._changed:
            finals, files = self._line.count(Urgency.FINAL), self._line.count(Urgency.FILE)
            every = len(self._line)
        return {"final": finals, "file": files, "partial": every - finals - files}

    @property
    def lateness(self) -> float:
        """Seconds for which finals waited for an engine lately, on average."""
        with self._changed:
            return self._line.lateness(self._clock())

    def admit(self, client: str) -> Stream:
        """Let a stream in; close it when it is over.

        Args:
            client: who is asking; empty: nobody knows, and nothing is kept for others. Clients are served in turn, however many
                streams each has, and none takes all places

        Raises:
            TooManyRequests: there are too many streams, or too many of this client, or finals are late already of clients that
                have no more streams than this one would have: as it would fare. Clients that have more wait for themselves.
        """
        with self._changed:
            late = self._line.lateness(self._clock(), most=self._held[client] + 1)
            if not self._may_have(client):
                raise _refusal(self._fullness(client), late)
            if late > self._limits.lateness and self._held:  # whoever comes alone has the engine for itself
                raise _refusal(f"Recognition is {late:.1f} s late", late)
            self._held[client] += 1
        return Stream(self, client, on_close=partial(self._leave, client))

    def file(self, client: str) -> Stream:
        """A way to the engine for a file. Whoever opens it sees to it that there are not too many; `admit` counts live streams alone."""
        return Stream(self, client)

    def _may_have(self, client: str) -> bool:
        """Whether a client may have one more place. One that has none may have any; the more it has, the more it leaves free."""
        free, held = self._limits.streams - self._held.total(), self._held[client]
        return held + 1 <= SHARE * (free - 1) if client and held else free > 0

    def _fullness(self, client: str) -> str:
        """Why it may not."""
        if (taken := self._held.total()) >= self._limits.streams:
            return f"{taken} streams are being recognised, and no more may be at once"
        return (
            f"{self._held[client]} of your streams are being recognised; the places left are kept for others"
        )

    def _leave(self, client: str) -> None:
        """A live stream is over."""
        with self._changed:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]

    def streams_of(self, client: str) -> int:
        """How many of them a client has."""
        with self._changed:
            return self._held[client]

    def ask(self, waiting: Waiting) -> None:
        """Put a request in line."""
        with self._changed:
            if self._is_closed:
                waiting.answer.cancel()
            else:
                self._line.add(waiting)
                self._changed.notify()

    def promote(self, answer: Answer) -> None:
        """Make a final of what was asked for ahead of time."""
        with self._changed:
            self._line.promote(answer)

    @property
    def now(self) -> float:
        """Seconds on the clock by which waits are measured."""
        return self._clock()

    def _work(self) -> None:
        while self._work_once():
            pass

    def _work_once(self) -> bool:
        """Hear the next batch. A function of its own, so that its models are not held while nothing is to be done."""
        batch = self._next()
        if batch:
            self._recognise(batch)
        return bool(batch)

    def _next(self) -> list[Waiting]:
        """The next batch, as soon as there is one; empty when the batcher is closed."""
        with self._changed:
            while not self._is_closed:
                if batch := self._take():
                    return batch
                if not len(self._line):
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
        return []

    def _take(self, *, only_live: bool = False) -> list[Waiting]:
        """What of the next batch is still wanted."""
        now = self._clock()
        for late in self._line.drop(before=now - self._limits.patience):
            _answer(late, None)
        taken = self._line.take(now, only_live=only_live)
        return [each for each in taken if not each.answer.done()]

    def _recognise(self, batch: Sequence[Waiting]) -> None:
        """One engine call; everyone in the batch is answered."""
        self._on_batch(len(batch))
        try:
            for each, found in zip(batch, self._found(batch), strict=True):
                _answer(each, found)
        except _GaveWay:
            for each in batch:
                _answer(each, None)
        except (
            Exception
        ) as error:  # of whatever kind: those who wait must hear of it, and the thread must live
            for each in batch:
                each.context.run(_tell, error)
                _fail(each, error)

    def _found(self, batch: Sequence[Waiting]) -> Sequence[Recognition | dict[str, float]]:
        """What the engine finds, for each in turn."""
        first = batch[0]
        if first.languages:
            self._check(batch)  # to tell a language is one step
            return [first.model.recogniser.detect_among(first.samples, first.languages)]
        return first.model.recogniser.recognise(
            [each.samples for each in batch],
            options=first.options,
            scorers=[each.model.scorer for each in batch],
            on_step=lambda: self._check(batch),
        )

    def _check(self, batch: Sequence[Waiting]) -> None:
        """Between two steps of the engine: whether the call is still worth its time."""
        if self._is_closed:
            for each in batch:
                each.answer.cancel()
        for each in batch:
            if not each.answer.done():
                _ask_client(each)
        urgency = batch[0].urgency
        gives_way = urgency == Urgency.DRAFT and self._line.has_needed and not self._idle
        if gives_way or all(each.answer.done() for each in batch):
            raise _GaveWay
        if urgency == Urgency.FILE:
            self._hear_live()

    def _hear_live(self) -> None:
        """Amid a call for a file: all finals that wait, or else one batch of what is less urgent."""
        while True:
            with self._changed:
                live = self._take(only_live=True)
            if live:
                self._recognise(live)
            if not self._line.has_needed:
                return


class Stream:
    """One stream's way to the engine. One thread asks at a time."""

    def __init__(self, batcher: Batcher, client: str, *, on_close: Callable[[], None] = go_on) -> None:
        self._batcher: Batcher | None = batcher
        self._closing = Lock()
        self._client, self._on_close = client, on_close

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(
        self,
        model: Model,
        samples: Samples,
        options: RecogniseOptions,
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Answer:
        """Have a stretch of audio recognised when it is its turn.

        Raises:
            CancelledError: the stream is closed.
        """
        batcher = self._open()
        waiting = Waiting(
            model=model,
            samples=samples,
            options=options,
            urgency=urgency,
            client=self._client,
            streams=batcher.streams_of(self._client),
            since=batcher.now,
            on_step=on_step,
        )
        batcher.ask(waiting)
        return waiting.answer

    def detect(
        self,
        model: Model,
        samples: Samples,
        languages: Sequence[str],
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Told:
        """Have it told which of several languages is spoken in a stretch of audio, when it is its turn.

        Raises:
            CancelledError: the stream is closed.
        """
        batcher = self._open()
        waiting = Waiting(
            model=model,
            samples=samples,
            languages=tuple(languages),
            urgency=urgency,
            client=self._client,
            streams=batcher.streams_of(self._client),
            since=batcher.now,
            on_step=on_step,
        )
        batcher.ask(waiting)
        return waiting.answer

    def hasten(self, answer: Answer) -> None:
        """What was asked for ahead of time is waited for now.

        Raises:
            CancelledError: the stream is closed.
        """
        self._open().promote(answer)

    def _open(self) -> Batcher:
        if self._batcher is None:
            raise CancelledError
        return self._batcher

    def close(self) -> None:
        """Make room for another stream, from any thread and as often as you like; what was asked for and is not needed any more is for the asker to cancel."""
        with self._closing:
            batcher, self._batcher = self._batcher, None
        if batcher:
            self._on_close()


def _refusal(message: str, late: float) -> TooManyRequests:
    seconds = min(LONGEST_RETRY, max(1, math.ceil(late)))
    return TooManyRequests(message, hint=f"Try again in {seconds} s.", retry_after=seconds)


def _tell(error: Exception) -> None:
    get_log(__name__, action="recognise").warning("An engine call failed.", error=repr(error))


def _ask_client(waiting: Waiting) -> None:
    """Ask whether the answer is still wanted; what is raised is its answer."""
    try:
        waiting.on_step()
    except Exception as error:  # of the asker's choice
        _fail(waiting, error)


def _answer(waiting: Waiting, found: Recognition | dict[str, float] | None) -> None:
    with suppress(InvalidStateError):  # it was cancelled meanwhile
        waiting.answer.set_result(found)


def _fail(waiting: Waiting, error: Exception) -> None:
    with suppress(InvalidStateError):
        waiting.answer.set_exception(error)
