"""Traces: spans of requests and turns, sent to an OpenTelemetry collector if a setting names one.

Without the setting nothing that sends is loaded and a span costs next to nothing. Names of spans are few; ids stand in their
attributes. Audio, text, keys and query strings are in none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from lect.core.errors import MissingExtra

Value = str | int | float | bool


class Span(Protocol):
    """A stretch of work that is open."""

    def set(self, **attributes: Value | None) -> None:
        """Tell more of it; what is None is left out."""


class Tracer:
    """Opens spans and tells nobody."""

    @contextmanager
    def span(self, name: str, *, parent: str | None = None, **attributes: Value | None) -> Iterator[Span]:
        """Open a span in this block; those that are opened within it belong to it.

        Args:
            parent: `traceparent` of whoever asked, as W3C Trace Context has it
        """
        yield _Nothing()

    def record(
        self, name: str, *, seconds: float, parent: str | None = None, **attributes: Value | None
    ) -> None:
        """Tell of a stretch of work that is over now.

        Args:
            seconds: that it took
            parent: `traceparent`, as `span` has it
        """

    @property
    def current(self) -> str | None:
        """`traceparent` of the open span, for whoever is asked to do a part of the work; None: there is none."""
        return None

    def close(self) -> None:
        """Send what has not been sent."""


class _Nothing:
    def set(self, **attributes: Value | None) -> None:
        """Nobody listens."""


def open_tracer(url: str | None, *, service: str) -> Tracer:
    """What sends spans to a collector, by OTLP over HTTP; without an address it tells nobody.

    Args:
        url: such as http://localhost:4318/v1/traces
        service: name of the process in the traces

    Raises:
        MissingExtra: OpenTelemetry is not installed; the hint is the line that installs it.
    """
    if url is None:
        return Tracer()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise MissingExtra(
            "traces need OpenTelemetry, which is not installed", hint="Install it: pip install 'lect[traces]'"
        ) from None
    return SendingTracer(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)), service=service)


class SendingTracer(Tracer):
    """Opens spans and gives them to a processor of OpenTelemetry when they are over."""

    def __init__(self, processor: Any, *, service: str) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = TracerProvider(resource=Resource.create({"service.name": service}))
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("lect")
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, *, parent: str | None = None, **attributes: Value | None) -> Iterator[Span]:
        """Open a span in this block."""
        with self._tracer.start_as_current_span(name, context=self._context(parent)) as span:
            sending = _Sending(span)
            sending.set(**attributes)
            yield sending

    def record(
        self, name: str, *, seconds: float, parent: str | None = None, **attributes: Value | None
    ) -> None:
        """Tell of a stretch of work that is over now."""
        end = time.time_ns()
        span = self._tracer.start_span(name, self._context(parent), start_time=end - round(seconds * 1e9))
        _Sending(span).set(**attributes)
        span.end(end)

    @property
    def current(self) -> str | None:
        """`traceparent` of the open span."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier.get("traceparent")

    def _context(self, parent: str | None) -> Any:
        return self._propagator.extract({"traceparent": parent}) if parent else None

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()


class _Sending:
    def __init__(self, span: Any) -> None:
        self._span = span

    def set(self, **attributes: Value | None) -> None:
        for name, value in attributes.items():
            if value is not None:
                self._span.set_attribute(f"lect.{name}", value)
