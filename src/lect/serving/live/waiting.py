"""What waits for an engine, and what of it comes next. No threads here, and time is told."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from typing import Any

from lect.engines.contract import RecogniseOptions
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE, Samples

from .hearing import Urgency

NEEDED = (Urgency.FINAL, Urgency.AHEAD)
LATELY = 10.0  # seconds; how long the waits of finals are remembered


@dataclass(frozen=True, kw_only=True)
class BatchLimits:
    """What one engine call may hold. The more, the less work in all, and the longer each waits for the others.

    On a processor four at once save a tenth of the work of drafts, and finals come a tenth of a second later with them than with
    two (`benchmarks.speed.live`, eight streams).
    """

    utterances: int = 2
    seconds: float = 30.0  # of audio; one utterance may be longer


@dataclass(frozen=True, kw_only=True, eq=False)
class Waiting:
    """A stretch of audio that is to be recognised, or whose language is to be told."""

    model: Model
    samples: Samples
    options: RecogniseOptions = field(default_factory=RecogniseOptions)
    languages: tuple[str, ...] = ()  # to tell apart; none: it is to be recognised
    urgency: Urgency
    client: str
    streams: int = 1  # that this client has
    since: float  # seconds, when it came
    on_step: Callable[[], None]
    answer: Future[Any] = field(default_factory=Future)  # an `Answer`, or what is `Told`
    context: Context = field(
        default_factory=copy_context
    )  # of the asker: what is logged of it names its turn

    @property
    def seconds(self) -> float:
        """Of audio."""
        return len(self.samples) / SAMPLE_RATE

    def goes_with(self, other: Waiting) -> bool:
        """Whether one engine call can hold both: the same weights and wishes. Their texts may differ."""
        if self.languages or other.languages:
            return False
        return self.model.recogniser is other.model.recogniser and self.options == other.options


class WaitingLine:
    """Finals before files, then finals ahead of time, then drafts. Clients take turns, so that none waits longer because another has many streams."""

    def __init__(self, limits: BatchLimits = BatchLimits()) -> None:
        self._limits = limits
        self._by_urgency: dict[Urgency, dict[str, deque[Waiting]]] = {urgency: {} for urgency in Urgency}
        self._waits = deque[
            tuple[float, float, int]
        ]()  # of finals lately: when it was over, how long, streams

    def __len__(self) -> int:
        return sum(map(self.count, Urgency))

    def count(self, urgency: Urgency) -> int:
        """How much of an urgency waits."""
        return sum(map(len, self._by_urgency[urgency].values()))

    @property
    def live(self) -> int:
        """How much waits of speech that is being said."""
        return sum(self.count(urgency) for urgency in Urgency if urgency.is_live)

    def add(self, waiting: Waiting) -> None:
        """Put a request behind the others of its client."""
        self._by_urgency[waiting.urgency].setdefault(waiting.client, deque()).append(waiting)

    def promote(self, answer: Future[Any]) -> None:
        """Make a final of what was asked for ahead of time, if it still waits. It stays as old as it is."""
        ahead = self._by_urgency[Urgency.AHEAD]
        for each in [one for one in self._each(Urgency.AHEAD) if one.answer is answer]:
            ahead[each.client].remove(each)
            if not ahead[each.client]:
                del ahead[each.client]
            self.add(replace(each, urgency=Urgency.FINAL))

    @property
    def has_needed(self) -> bool:
        """Whether somebody waits for a final, or will in a moment."""
        return any(self._by_urgency[urgency] for urgency in NEEDED)

    def lateness(self, now: float, *, most: int = sys.maxsize) -> float:
        """Seconds for which finals waited for an engine lately, on average; those that still wait are counted.

        Args:
            most: whose finals count: of clients that had no more streams
        """
        while self._waits and self._waits[0][0] < now - LATELY:
            self._waits.popleft()
        waits = [wait for _, wait, streams in self._waits if streams <= most] + [
            now - each.since for urgency in NEEDED for each in self._each(urgency) if each.streams <= most
        ]
        return sum(waits) / len(waits) if waits else 0.0

    def take(self, now: float, *, only_live: bool = False) -> list[Waiting]:
        """The next batch, taken out: of the highest urgency there is. Empty if nothing waits.

        Args:
            only_live: leave files in line
        """
        among = [line for urgency, line in self._by_urgency.items() if urgency.is_live or not only_live]
        clients = next(filter(None, among), {})
        batch = list[Waiting]()
        while fitting := [name for name, line in clients.items() if self._fits(batch, line[0])]:
            batch.append(self._pop(clients, fitting[0]))
        self._waits.extend((now, now - each.since, each.streams) for each in batch if each.urgency in NEEDED)
        return batch

    def drop(self, *, before: float) -> list[Waiting]:
        """Take out what came before some time and is not final."""
        late = list[Waiting]()
        for urgency in (Urgency.DRAFT, Urgency.AHEAD):
            late += [each for each in self._each(urgency) if each.since < before]
            kept = [each for each in self._each(urgency) if each.since >= before]
            self._by_urgency[urgency].clear()
            for each in kept:
                self.add(each)
        return late

    def clear(self) -> list[Waiting]:
        """Take out everything."""
        left = [each for urgency in Urgency for each in self._each(urgency)]
        for clients in self._by_urgency.values():
            clients.clear()
        return left

    def _each(self, urgency: Urgency) -> Iterator[Waiting]:
        for line in self._by_urgency[urgency].values():
            yield from line

    def _fits(self, batch: list[Waiting], other: Waiting) -> bool:
        if not batch:
            return True
        seconds = sum(each.seconds for each in batch) + other.seconds
        is_room = len(batch) < self._limits.utterances and seconds <= self._limits.seconds
        return is_room and other.goes_with(batch[0])

    @staticmethod
    def _pop(clients: dict[str, deque[Waiting]], name: str) -> Waiting:
        """The first request of a client, who is last in turn now."""
        line = clients.pop(name)
        first = line.popleft()
        if line:
            clients[name] = line
        return first
