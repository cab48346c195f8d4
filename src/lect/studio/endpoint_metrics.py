"""The charts of an endpoint's page: what became of its requests and how long results took, hour by hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from math import isfinite

from lect.metrics import Latency
from lect.serving.endpoint_metrics import OUTCOMES, EndpointMetrics, MetricsHour
from lect.studio.charts import WIDTH, Axis, Piece, scale, stretches

_GAP = 0.1  # of a column's room, on each side


class Span(StrEnum):
    """The hours that are shown, back from now."""

    DAY = "day"
    WEEK = "week"

    @property
    def hours(self) -> int:
        """How many."""
        return 24 if self is Span.DAY else 7 * 24


@dataclass(frozen=True, kw_only=True)
class Column:
    """The requests of an hour, as a column of what became of them."""

    hour: MetricsHour
    left: float
    width: float
    pieces: Mapping[str, Piece]  # by outcome, from below


@dataclass(frozen=True, kw_only=True)
class Latencies:
    """Two lines: within how many seconds half of the results of each hour were, and 95 % of them."""

    count: int
    axis: Axis
    p50: Sequence[str]  # stretches without a gap, as SVG has points
    p95: Sequence[str]
    whole: Latency  # of all hours together


@dataclass(frozen=True, kw_only=True)
class Charts:
    """What is drawn and told of the hours that are shown."""

    since: datetime | None
    begin: datetime
    rows: Sequence[MetricsHour]  # the newest first
    outcomes: Mapping[str, int]  # of all hours together
    axis: Axis
    columns: Sequence[Column]
    final: Latencies
    first_partial: Latencies

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.outcomes.values())


def charts(metrics: EndpointMetrics, *, hours: int) -> Charts:
    """The charts of so many hours from their beginning on."""
    places = {metrics.begin + timedelta(hours=at): at for at in range(hours)}
    axis = scale(float(max((each.requests for each in metrics.hours), default=0)))
    outcomes = sum((Counter(each.outcomes) for each in metrics.hours), Counter[str]())
    found: list[MetricsHour | None] = [None] * hours
    for each in metrics.hours:
        if each.hour in places:
            found[places[each.hour]] = each
    return Charts(
        since=metrics.since and metrics.since.astimezone(UTC),
        begin=metrics.begin.astimezone(UTC),
        rows=metrics.hours[::-1],
        outcomes={name: outcomes[name] for name in OUTCOMES if name in outcomes},
        axis=axis,
        columns=[_column(each, at, WIDTH / hours, axis) for at, each in enumerate(found) if each],
        final=_latencies([each.final if each else None for each in found]),
        first_partial=_latencies([each.first_partial if each else None for each in found]),
    )


def _column(hour: MetricsHour, at: int, room: float, axis: Axis) -> Column:
    made: dict[str, Piece] = {}
    below = 0
    for name, count in hour.outcomes.items():
        made[name] = Piece(begin=axis.at(below), width=axis.at(below + count) - axis.at(below))
        below += count
    left, width = round((at + _GAP) * room, 1), round((1 - 2 * _GAP) * room, 1)
    return Column(hour=hour, left=left, width=width, pieces=made)


def _latencies(hours: Sequence[Latency | None]) -> Latencies:
    p50, p95 = ([each.within(share) if each else None for each in hours] for share in (0.5, 0.95))
    axis = scale(max((each for each in p95 if each is not None and isfinite(each)), default=0.0))
    counts = sum((Counter(_by_bound(each)) for each in hours if each), Counter[float]())
    whole = Latency(bounds=tuple(sorted(counts)), counts=tuple(counts[bound] for bound in sorted(counts)))
    return Latencies(
        count=sum(whole.counts), axis=axis, p50=stretches(p50, axis), p95=stretches(p95, axis), whole=whole
    )


def _by_bound(latency: Latency) -> dict[float, int]:
    return dict(zip(latency.bounds, latency.counts, strict=True))
