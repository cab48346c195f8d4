"""Traces are sent where a setting says, and without it nothing that could send them is there."""

import subprocess
import sys

import pytest

from lect.core.errors import MissingExtra
from lect.tracing import SendingTracer, Tracer, open_tracer

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def exporter():
    """Keeps the spans that are over."""
    pytest.importorskip("opentelemetry.sdk", reason="OpenTelemetry is missing: pip install 'lect[traces]'")
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter):
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    tracer = SendingTracer(SimpleSpanProcessor(exporter), service="lect-test")
    yield tracer
    tracer.close()


def test_without_an_address_nobody_is_told():
    tracer = open_tracer(None, service="lect-test")

    assert type(tracer) is Tracer
    with tracer.span("request", parent=PARENT, route="/a") as span:
        span.set(status=200)
        assert tracer.current is None
    tracer.record("turn", seconds=1.0, parent=PARENT, model="m")
    tracer.close()


def test_without_the_setting_nothing_that_sends_is_loaded():
    script = (
        "import sys; from lect.tracing import open_tracer; import lect.api.app; open_tracer(None, service='x'); "
        "sys.exit(any(name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter')) for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_what_is_missing_is_said_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)

    with pytest.raises(MissingExtra) as refused:
        open_tracer("http://localhost:4318/v1/traces", service="lect-test")

    assert refused.value.hint == "Install it: pip install 'lect[traces]'"


def test_a_span_belongs_to_the_trace_of_whoever_asked(tracer, exporter):
    with tracer.span("request", parent=PARENT, request="r", endpoint=None) as span:
        with tracer.span("turn"):
            pass
        span.set(status=200)

    turn, request = exporter.get_finished_spans()
    assert (request.name, dict(request.attributes)) == ("request", {"lect.request": "r", "lect.status": 200})
    assert format(request.context.trace_id, "032x") == PARENT.split("-")[1]
    assert format(request.parent.span_id, "016x") == PARENT.split("-")[2]
    assert turn.parent.span_id == request.context.span_id
    assert request.resource.attributes["service.name"] == "lect-test"


def test_a_span_may_be_told_when_it_is_over_and_belong_to_another_process(tracer, exporter):
    with tracer.span("request", parent=PARENT):
        inside = tracer.current
    tracer.record("turn", seconds=1.5, parent=inside, model="m", endpoint=None)

    request, turn = exporter.get_finished_spans()
    assert turn.end_time - turn.start_time == 1_500_000_000
    assert dict(turn.attributes) == {"lect.model": "m"}
    assert turn.parent.span_id == request.context.span_id
    assert tracer.current is None


@pytest.mark.parametrize("parent", [None, "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01"])
def test_a_span_whose_parent_is_none_begins_a_trace(tracer, exporter, parent):
    tracer.record("turn", seconds=1.0, parent=parent)

    [turn] = exporter.get_finished_spans()
    assert turn.parent is None
