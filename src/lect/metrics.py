"""Metrics: the one list of what the server counts and measures, as Prometheus reads it.

Each process has its own: `ApiMetrics` in the one that answers, `RecogniserMetrics` in the one that recognises live. Units are in the
names. Labels have few values: a route's pattern and never a path, a kind of job and never its id. Nobody's project, key, audio or
text is in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4 as CONTENT_TYPE
from prometheus_client.registry import Collector

__all__ = [
    "CONTENT_TYPE",
    "LIVE_SECONDS",
    "ApiMetrics",
    "Latency",
    "LiveFacts",
    "PoolFacts",
    "RecogniserMetrics",
    "families",
    "read_live",
]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
LIVE_SECONDS = (
    0.05,
    0.1,
    0.15,
    0.2,
    0.3,
    0.4,
    0.5,
    0.75,
    1.0,
    1.5,
    2.0,
    5.0,
    10.0,
)  # where stretches of latencies end
_BATCHES = (1, 2, 3, 4, 6, 8, 12, 16)


class ApiMetrics:
    """What the process that answers counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(namespace="lect_api", registry=self._registry)
        self._requests = Counter(
            "lect_http_requests",
            "Requests that were answered, by the pattern of their route.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "lect_http_request_seconds",
            "Time from a request to the end of its answer.",
            ["route"],
            buckets=_REQUEST_SECONDS,
            registry=self._registry,
        )
        self._open = Gauge(
            "lect_http_requests_open", "Requests that are being answered.", registry=self._registry
        )

    def began(self) -> None:
        """A request came."""
        self._open.inc()

    def answered(self, *, method: str, route: str | None, status: int, seconds: float) -> None:
        """It was answered.

        Args:
            route: its pattern; None: it has none
        """
        self._open.dec()
        route = route or "none"
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def text(self, more: Iterable[Metric] = ()) -> bytes:
        """All of it, and more that was asked of others."""
        return generate_latest(self._registry) + _text(more)


class PoolFacts(Protocol):
    """What is told of the loaded models; `serving.pool.Pool` has it."""

    @property
    def memory(self) -> int: ...
    @property
    def held(self) -> list[str]: ...
    @property
    def hits(self) -> int: ...
    @property
    def misses(self) -> int: ...
    @property
    def evictions(self) -> int: ...


class RecogniserMetrics:
    """What the process that recognises live counts; safe to share between threads."""

    def __init__(self, pool: PoolFacts) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(namespace="lect_recogniser", registry=registry)
        registry.register(_PoolCollector(pool))
        self._streams = Gauge("lect_live_streams", "Streams that are open.", registry=registry)
        self._turns = Counter("lect_live_turns", "Turns that ended, by how.", ["outcome"], registry=registry)
        self._refused = Counter(
            "lect_live_refused",
            "Turns that were not begun, by why.",
            ["reason"],
            registry=registry,
        )
        self._audio = Counter("lect_live_audio_seconds", "Sound that was recognised.", registry=registry)
        self._partial = Histogram(
            "lect_live_partial_seconds",
            "Time from the sound that a partial result is about to its sending.",
            buckets=LIVE_SECONDS,
            registry=registry,
        )
        self._final = Histogram(
            "lect_live_final_seconds",
            "Time from the end of speech to the sending of its final result.",
            buckets=LIVE_SECONDS,
            registry=registry,
        )
        self._logs = Counter(
            "lect_content_logs",
            "Turns that were to be logged, by what became of them.",
            ["outcome"],
            registry=registry,
        )
        self._batch = Histogram(
            "lect_live_batch_size",
            "Utterances in one call of the engine.",
            buckets=_BATCHES,
            registry=registry,
        )
        self._queue = Gauge(
            "lect_live_queue",
            "Pieces of work that wait for the engine, by kind.",
            ["kind"],
            registry=registry,
        )

    def stream_opened(self) -> None:
        """A stream began."""
        self._streams.inc()

    def stream_closed(self) -> None:
        """A stream ended."""
        self._streams.dec()

    def turn_ended(self, outcome: str) -> None:
        """A turn is over: `success`, `no_match`, `error` or `dropped`."""
        self._turns.labels(outcome).inc()

    def refused(self, reason: str) -> None:
        """A turn was not begun: a code of an error, such as `too_many_requests`."""
        self._refused.labels(reason).inc()

    def heard(self, seconds: float) -> None:
        """So much sound was recognised."""
        self._audio.inc(seconds)

    def partial(self, seconds: float) -> None:
        """A partial result was sent so long after its sound came."""
        self._partial.observe(seconds)

    def final(self, seconds: float) -> None:
        """A final result was sent so long after the end of its speech came."""
        self._final.observe(seconds)

    def logged(self, outcome: str) -> None:
        """A turn was to be logged: it is `kept`, `empty`, `failed` or `dropped`."""
        self._logs.labels(outcome).inc()

    def batch(self, size: int) -> None:
        """The engine was called with so many utterances."""
        self._batch.observe(size)

    def waiting(self, kind: str, count: int) -> None:
        """So many `partial`, `final` or `file` pieces of work wait for the engine."""
        self._queue.labels(kind).set(count)

    def text(self) -> bytes:
        """All of it."""
        return generate_latest(self._registry)


@dataclass(frozen=True, kw_only=True)
class Latency:
    """How long something took, by stretches of time."""

    bounds: tuple[float, ...]  # where stretches end, seconds; the last is infinite
    counts: tuple[int, ...]  # of each

    def within(self, share: float) -> float | None:
        """The first bound within which so large a share was; None: nothing was measured."""
        wanted, total = share * sum(self.counts), 0
        for bound, count in zip(self.bounds, self.counts, strict=True):
            total += count
            if total and total >= wanted:
                return bound
        return None


@dataclass(frozen=True, kw_only=True)
class LiveFacts:
    """What a process that recognises live counted since it began."""

    streams: int  # that are open
    turns: Mapping[str, int]  # that ended, by how
    refused: int
    audio_seconds: float
    partial: Latency
    final: Latency


def read_live(text: bytes) -> LiveFacts:
    """What `RecogniserMetrics.text` tells."""
    from prometheus_client.parser import text_string_to_metric_families as parse

    samples = [each for family in parse(text.decode()) for each in family.samples]

    def total(name: str) -> float:
        return sum(each.value for each in samples if each.name == name)

    def latency(name: str) -> Latency:
        found = sorted(
            (float(each.labels["le"]), int(each.value)) for each in samples if each.name == f"{name}_bucket"
        )
        ends = [0, *(count for _, count in found)]
        return Latency(
            bounds=tuple(bound for bound, _ in found), counts=tuple(b - a for a, b in pairwise(ends))
        )

    turns = {
        each.labels["outcome"]: int(each.value) for each in samples if each.name == "lect_live_turns_total"
    }
    return LiveFacts(
        streams=int(total("lect_live_streams")),
        turns=turns,
        refused=int(total("lect_live_refused_total")),
        audio_seconds=total("lect_live_audio_seconds_total"),
        partial=latency("lect_live_partial_seconds"),
        final=latency("lect_live_final_seconds"),
    )


class _PoolCollector(Collector):
    """The loaded models, as they are when they are asked for."""

    def __init__(self, pool: PoolFacts) -> None:
        self._pool = pool

    def collect(self) -> Iterator[Metric]:
        pool = self._pool
        yield GaugeMetricFamily(
            "lect_models_bytes", "Memory that loaded custom models take.", value=pool.memory
        )
        yield GaugeMetricFamily("lect_models_loaded", "Custom models that are loaded.", value=len(pool.held))
        for name, count, text in (
            ("hits", pool.hits, "Requests for a model that was loaded."),
            ("misses", pool.misses, "Requests for a model that had to be loaded."),
            ("evictions", pool.evictions, "Models that were let go for others."),
        ):
            family = Metric(f"lect_models_{name}", text, "counter")
            family.add_sample(f"lect_models_{name}_total", {}, count)
            yield family


def families(values: Mapping[str, Mapping[tuple[str, ...], float]]) -> list[Metric]:
    """Values that were asked of others, as metrics: by name, and by the values of its labels."""
    made: list[Metric] = []
    for name, cells in values.items():
        text, labels = _ASKED[name]
        family = GaugeMetricFamily(name, text, labels=labels)
        for key, value in cells.items():
            family.add_metric(key, value)
        made.append(family)
    return made


_ASKED: Mapping[str, tuple[str, tuple[str, ...]]] = {  # what is asked of the database and of other processes
    "lect_jobs": ("Jobs that wait or run, and those that are over and kept.", ("kind", "state")),
    "lect_worker_up": ("Whether a worker is alive.", ()),
    "lect_stored_bytes": ("What uploads, bundles, results and logs take.", ()),
    "lect_recogniser_up": (
        "Whether the process that recognises live answers; it starts when it is needed.",
        (),
    ),
}


class _Given(Collector):
    """Metrics that are there already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = list(metrics)

    def collect(self) -> Iterator[Metric]:
        yield from self._metrics


def _text(metrics: Iterable[Metric]) -> bytes:
    return generate_latest(_Given(metrics))
