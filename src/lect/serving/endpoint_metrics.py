"""Metrics of endpoints: requests by what became of them, and how long results took, hour by hour.

    counter = EndpointCounter(storage)
    measures = counter.of(endpoint_id)
    measures.first_partial(0.6); measures.final(0.3); measures.turn_ended("success")

    metrics = metrics_of(connection, endpoint_id, hours=24, now=...)

The process that recognises counts in memory and adds that to the store at intervals. What it counted since is lost if it is killed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import inf
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from lect.core.closing import Closing
from lect.core.errors import LectError
from lect.metrics import LIVE_SECONDS, Latency
from lect.store import endpoint_metrics as rows
from lect.store.storage import Storage
from lect.telemetry import get_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

OUTCOMES = ("success", "no_match", "error", "dropped", "refused")  # of requests
MOST_HOURS = 90 * 24  # that are told at once
_EVERY = 10.0  # seconds between two additions to the store
_GOODBYE = 2.0  # seconds that the last one has
_BOUNDS = (*LIVE_SECONDS, inf)

_log = get_log(__name__, action="count")


@dataclass(frozen=True, kw_only=True)
class MetricsHour:
    """What was counted in an hour."""

    hour: datetime  # its beginning
    outcomes: Mapping[str, int]  # requests, by those of `OUTCOMES` that there were
    final: Latency  # from the end of speech to its final result
    first_partial: Latency  # from the beginning of speech to the first partial result

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())


@dataclass(frozen=True, kw_only=True)
class EndpointMetrics:
    """What was counted at an endpoint."""

    since: datetime | None  # the first hour that is still kept; None: nothing was counted yet
    begin: datetime  # of the hours that were asked for
    hours: tuple[MetricsHour, ...]  # of these, those in which something was counted, in their order


def metrics_of(connection: Connection, endpoint: str, *, hours: int, now: datetime) -> EndpointMetrics:
    """What was counted at an endpoint in the last hours.

    Args:
        endpoint: its id
        hours: how many, with the one that is not over
    """
    begin = _hour(now) - timedelta(hours=hours - 1)
    return EndpointMetrics(
        since=rows.first(connection, endpoint),
        begin=begin,
        hours=tuple(_told(row) for row in rows.since(connection, endpoint, begin)),
    )


@dataclass(frozen=True, kw_only=True)
class _Counted:
    """What was counted at an endpoint in an hour and is not stored yet."""

    outcomes: Counter[str] = field(default_factory=Counter)
    finals: Counter[str] = field(default_factory=Counter)
    first_partials: Counter[str] = field(default_factory=Counter)

    def add(self, other: _Counted) -> None:
        self.outcomes.update(other.outcomes)
        self.finals.update(other.finals)
        self.first_partials.update(other.first_partials)


class EndpointCounter(Closing):
    """Counts what becomes of requests at endpoints; safe to share between threads. None of its methods waits for the store."""

    def __init__(self, storage: Storage, *, every: float = _EVERY) -> None:
        """Start the thread that stores.

        Args:
            every: seconds between two additions to the store
        """
        self._storage, self._every = storage, every
        self._counted: dict[tuple[str, datetime], _Counted] = {}
        self._counting, self._closing = Lock(), Event()
        self._thread = Thread(target=self._run, name="endpoint-counter", daemon=True)
        self._thread.start()

    def of(self, endpoint: str) -> CountedEndpoint:
        """Counts at one endpoint.

        Args:
            endpoint: the id of one that is there; what is counted at another one is never stored
        """
        return CountedEndpoint(lambda counted: self._add((endpoint, _hour(self._storage.clock())), counted))

    def close(self) -> None:
        """Store what was counted, as far as there is time."""
        self._closing.set()
        self._thread.join(_GOODBYE)

    def _add(self, at: tuple[str, datetime], counted: _Counted) -> None:
        with self._counting:
            self._counted.setdefault(at, _Counted()).add(counted)

    def _run(self) -> None:
        is_over = False
        while not is_over:
            is_over = self._closing.wait(self._every)
            with self._counting:
                counted, self._counted = self._counted, {}
            if counted:
                self._store(counted)

    def _store(self, counted: Mapping[tuple[str, datetime], _Counted]) -> None:
        """Add to the store; what fails is added the next time."""
        try:
            with self._storage.database.begin() as connection:
                rows.add(connection, (_row(*at, each) for at, each in counted.items()))
        except LectError as error:
            _log.warning("Metrics of endpoints could not be stored yet.", error=error.code)
            for at, each in counted.items():
                self._add(at, each)


class CountedEndpoint:
    """Takes what becomes of the requests at one endpoint."""

    def __init__(self, add: Callable[[_Counted], None]) -> None:
        self._add = add

    def turn_ended(self, outcome: str) -> None:
        """A request is over: one of `OUTCOMES`."""
        self._add(_Counted(outcomes=Counter([outcome])))

    def final(self, seconds: float) -> None:
        """A final result was sent so long after the end of its speech came."""
        self._add(_Counted(finals=Counter([_stretch(seconds)])))

    def first_partial(self, seconds: float) -> None:
        """The first partial result of a turn was sent so long after the beginning of its speech came."""
        self._add(_Counted(first_partials=Counter([_stretch(seconds)])))


def _row(endpoint: str, hour: datetime, counted: _Counted) -> rows.Hour:
    return rows.Hour(
        endpoint=endpoint,
        hour=hour,
        outcomes=counted.outcomes,
        finals=counted.finals,
        first_partials=counted.first_partials,
    )


def _told(row: rows.Hour) -> MetricsHour:
    return MetricsHour(
        hour=row.hour,
        outcomes={name: row.outcomes[name] for name in OUTCOMES if name in row.outcomes},
        final=_latency(row.finals),
        first_partial=_latency(row.first_partials),
    )


def _latency(counts: Mapping[str, int]) -> Latency:
    """By the stretches of today, and by those of the version that counted."""
    bounds = sorted({*_BOUNDS, *map(float, counts)})
    return Latency(bounds=tuple(bounds), counts=tuple(counts.get(f"{bound:g}", 0) for bound in bounds))


def _stretch(seconds: float) -> str:
    """What the stretch of time is called that this is in: its end."""
    return f"{_BOUNDS[bisect_left(_BOUNDS, seconds)]:g}"


def _hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
