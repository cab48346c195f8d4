"""What is counted and told of a stream, and how long after its sound its results are there."""

import logging
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lect.core.errors import Conflict, InvalidInput, NotFound, RecognitionFailed, TooManyRequests
from lect.serving.live.address import Mode
from lect.serving.live.closing import Gone
from lect.serving.live.events import Identified, Partial, Silence
from lect.serving.live.measured import Measured, Meter
from lect.serving.live.requests import TurnRequest
from lect.serving.live.watching import Caller, TurnFacts
from lect.telemetry import get_log
from lect.tracing import Tracer
from live_clients import Scripted, final, said

SECOND = np.zeros(16_000, np.float32)
PARTIAL = Partial(offset=0.0, duration=1.0, text="the")
SAID = final(said("The fox.", "the fox"), offset=0.5, duration=1.5, model="m")


class Measures:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def __getattr__(self, name):
        return lambda *values: self.told.append((name, *values))

    def of(self, name):
        return [told[1:] for told in self.told if told[0] == name]


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def measures():
    return Measures()


def test_a_result_is_as_late_as_the_end_of_its_sound_is_past(measures):
    clock = Clock()
    stream = Measured(Scripted(steps=[[], [PARTIAL], [SAID]]), measures, clock=clock)
    for _ in range(3):
        stream.feed(SECOND)
        clock.now += 1.0
        stream.step(clock.now)

    assert measures.of("partial") == [(2.0,)]  # one second of sound, which came at 100, told at 102
    assert measures.of("final") == [(2.0,)]  # it ends with the second second, which came at 101
    assert measures.of("heard") == [(1.0,)] * 3


@pytest.mark.parametrize(
    ("steps", "ends", "outcome"),
    [
        ([[SAID]], True, "success"),
        ([[SAID]], False, "success"),
        ([[]], False, "dropped"),
        ([[]], True, "no_match"),
        ([[Silence(offset=0.0, duration=1.0, is_speech=True)]], False, "no_match"),
    ],
)
def test_how_a_turn_ended_is_counted_once(measures, steps, ends, outcome):
    stream = Measured(Scripted(steps=steps), measures)
    stream.step(1.0)
    if ends:
        stream.end()
    stream.close()
    stream.close()

    assert measures.of("turn_ended") == [(outcome,)]
    assert len(measures.of("stream_opened")) == len(measures.of("stream_closed")) == 1


def test_a_failure_is_an_error_and_goes_on_to_whoever_asked(measures):
    class Broken(Scripted):
        def step(self, now, *, partials=True):
            raise RecognitionFailed("no")

    stream = Measured(Broken(), measures)
    with pytest.raises(RecognitionFailed):
        stream.step(1.0)
    stream.close()

    assert measures.of("turn_ended") == [("error",)]


def test_a_long_stream_does_not_remember_all_its_sound(measures):
    stream = Measured(Scripted(), measures)
    for _ in range(2000):
        stream.feed(SECOND)

    assert len(stream._came) < 400


def test_each_piece_of_sound_was_remembered_however_small(measures):
    clock = Clock()
    stream = Measured(Scripted(steps=[[PARTIAL]]), measures, clock=clock)
    for _ in range(16_000):
        stream.feed(SECOND[:1])
        clock.now += 1 / 16_000
    clock.now += 1.0
    stream.step(clock.now)

    assert len(stream._came) < 120
    assert measures.of("partial") == [(pytest.approx(1.0, abs=0.02),)]


def test_pieces_of_the_usual_size_are_all_told_apart(measures):
    clock = Clock()
    stream = Measured(
        Scripted(steps=[[replace(PARTIAL, duration=count / 50) for count in (1, 2, 3)]]),
        measures,
        clock=clock,
    )
    for _ in range(3):
        stream.feed(SECOND[:320])
        clock.now += 1.0
    stream.step(clock.now)

    assert measures.of("partial") == [(3.0,), (2.0,), (1.0,)]


class Traces(Tracer):
    """Remembers what it is told."""

    def __init__(self):
        self.spans = []

    def record(self, name, *, seconds, parent=None, **attributes):
        self.spans.append((name, seconds, parent, attributes))


def facts(mode=Mode.CONVERSATION, endpoint="e", id="r"):
    return TurnFacts(
        request=TurnRequest(mode=mode, id=id),
        caller=Caller(connection="c", trace="00-1-2-01"),
        answering={"en-US": (endpoint and SimpleNamespace(id=endpoint), SimpleNamespace(id="m"))},
    )


def of_three_languages():
    """A turn with an endpoint each for the first two, and a base for the third."""
    at = {"en-US": SimpleNamespace(id="e"), "de-DE": SimpleNamespace(id="g"), "fr-FR": None}
    model = SimpleNamespace(id="m")
    return TurnFacts(
        request=TurnRequest(languages=tuple(at)),
        caller=Caller(),
        answering={locale: (endpoint, model) for locale, endpoint in at.items()},
    )


def heard(locale, model="m"):
    language = Identified(locale=locale, probability=0.9)
    return final(said("Ja.", "ja"), locale=locale, model=model, language=language)


@pytest.fixture
def lines(caplog):
    """The fields of each line of the log."""
    logging.getLogger("lect").propagate = True
    caplog.set_level(logging.INFO, logger="lect")
    return lambda: [(record.getMessage(), record.lect_fields) for record in caplog.records]


def test_a_turn_leaves_a_line_and_a_span_without_what_was_said(measures, lines):
    clock, traces = Clock(), Traces()
    meter = Meter(measures, tracer=traces, clock=clock)
    stream = meter.watch(Scripted(steps=[[], [PARTIAL], [SAID]]), facts())
    for _ in range(3):
        stream.feed(SECOND)
        clock.now += 1.0
        stream.step(clock.now)
    stream.end()
    stream.close()
    stream.close()

    fields = {
        "request": "r",
        "connection": "c",
        "endpoint": "e",
        "model": "m",
        "locale": "en-US",
        "mode": "conversation",
        "audio_seconds": 3.0,
        "results": 1,
        "first_partial_seconds": 2.0,
        "slowest_final_seconds": 2.0,
        "outcome": "success",
        "ended": "end_of_sound",
    }
    assert lines() == [("A turn ended.", {"action": "recognise", **fields})]
    assert traces.spans == [("turn", 3.0, "00-1-2-01", fields)]


def test_what_is_logged_while_a_turn_is_at_work_names_it(measures, lines):
    class Telling(Scripted):
        def step(self, now, *, partials=True):
            get_log("lect.test", action="work").info("A step.")
            return []

        def end(self):
            return self.step(0.0)

    stream = Meter(measures).watch(Telling(), facts())
    stream.step(1.0)
    stream.end()
    get_log("lect.test", action="work").info("Afterwards.")

    ids = {"request": "r", "connection": "c", "endpoint": "e", "model": "m"}
    named = ("A step.", {**ids, "action": "work"})
    assert lines() == [named, named, ("Afterwards.", {"action": "work"})]


def test_where_languages_are_told_apart_the_line_and_the_span_name_the_models_that_answered(measures, lines):
    traces = Traces()
    finals = [heard("de-DE", "german"), heard("fr-FR", "french"), heard("de-DE", "german")]
    stream = Meter(measures, tracer=traces).watch(Scripted(steps=[finals]), of_three_languages())
    stream.step(1.0)
    stream.close()

    [(_, fields)] = lines()
    assert (fields["model"], fields["locale"]) == ("german,french", "de-DE,fr-FR")
    assert fields["endpoint"] == "g"
    assert traces.spans[0][3]["model"] == "german,french"


def test_what_there_is_none_of_is_left_out_of_the_line(measures, lines):
    Meter(measures).watch(Scripted(), facts(endpoint=None, id="")).close()

    [(_, fields)] = lines()
    assert not {"request", "endpoint", "first_partial_seconds", "slowest_final_seconds"} & set(fields)


def failing(error):
    class Failing(Scripted):
        def step(self, now, *, partials=True):
            raise error

    return Failing()


@pytest.mark.parametrize(
    ("mode", "recognition", "ends", "outcome", "ended"),
    [
        (Mode.CONVERSATION, Scripted(steps=[[SAID]]), True, "success", "end_of_sound"),
        (Mode.CONVERSATION, Scripted(steps=[[SAID]]), False, "success", "broken_off"),
        (Mode.CONVERSATION, Scripted(end=[SAID]), True, "success", "broken_off"),  # there is more at its end
        (Mode.INTERACTIVE, Scripted(steps=[[SAID]]), False, "success", "phrase"),
        (Mode.INTERACTIVE, Scripted(end=[SAID]), True, "success", "phrase"),
        (Mode.INTERACTIVE, Scripted(steps=[[Silence(offset=0.0, duration=5.0)]]), False, "dropped", "phrase"),
        (Mode.CONVERSATION, failing(RecognitionFailed("no")), False, "error", "recognition_failed"),
        (Mode.CONVERSATION, failing(ValueError("a bug")), False, "error", "error"),
        (Mode.CONVERSATION, failing(Gone()), False, "dropped", "broken_off"),
        (Mode.CONVERSATION, failing(CancelledError()), False, "dropped", "broken_off"),
    ],
)
def test_why_a_turn_ended_is_told(measures, lines, mode, recognition, ends, outcome, ended):
    stream = Meter(measures).watch(recognition, facts(mode))
    with suppress(RecognitionFailed, ValueError, Gone, CancelledError):
        stream.step(1.0)
    if ends:
        stream.end()
    stream.close()

    [(_, fields)] = lines()
    assert (fields["outcome"], fields["ended"]) == (outcome, ended)


def test_a_turn_that_is_not_begun_is_counted_and_told(measures, lines):
    request = TurnRequest(id="r", endpoint_id="e" * 100)

    Meter(measures).refused(request, Caller(), NotFound("there is none"))

    assert measures.of("refused") == [("not_found",)]
    fields = {"action": "recognise", "error": "not_found", "request": "r", "endpoint": "e" * 64}
    assert lines() == [("A turn was refused.", fields)]


class Endpoints:
    """Remembers what each endpoint is told."""

    def __init__(self):
        self.told = {}

    def __call__(self, endpoint):
        return self.told.setdefault(endpoint, Measures())


def test_a_turn_is_counted_at_its_endpoint(measures):
    clock, endpoints = Clock(), Endpoints()
    meter = Meter(measures, endpoints=endpoints, clock=clock)
    stream = meter.watch(Scripted(steps=[[], [PARTIAL], [PARTIAL], [SAID]]), facts())
    for _ in range(4):
        stream.feed(SECOND)
        clock.now += 1.0
        stream.step(clock.now)
    stream.close()
    stream.close()

    assert endpoints.told["e"].told == [("first_partial", 2.0), ("final", 3.0), ("turn_ended", "success")]


def test_a_turn_at_no_endpoint_is_counted_at_none(measures):
    endpoints = Endpoints()
    Meter(measures, endpoints=endpoints).watch(Scripted(steps=[[SAID]]), facts(endpoint=None)).close()

    assert endpoints.told == {}


@pytest.mark.parametrize(
    ("events", "told"),
    [
        ([], {"e": [("turn_ended", "dropped")]}),
        (
            [replace(PARTIAL, language=heard("de-DE").result.language), heard("de-DE")],
            {"g": [("first_partial", 0.0), ("final", 0.0), ("turn_ended", "success")]},
        ),
        (
            [heard("de-DE"), heard("en-US"), heard("fr-FR")],
            {name: [("final", 0.0), ("turn_ended", "success")] for name in "eg"},
        ),
        ([heard("fr-FR")], {}),
    ],
)
def test_where_languages_are_told_apart_the_endpoints_count_that_answered(measures, events, told):
    endpoints = Endpoints()
    stream = Meter(measures, endpoints=endpoints).watch(Scripted(steps=[events]), of_three_languages())
    stream.step(1.0)
    stream.close()

    assert {name: each.told for name, each in endpoints.told.items()} == told


def test_a_refusal_where_there_are_languages_counts_at_the_endpoint_of_the_first(measures, lines):
    endpoints = Endpoints()
    request = TurnRequest(languages=("de-DE", "en-US"), custom_models={"de-DE": "G", "en-US": "E"})
    Meter(measures, endpoints=endpoints).refused(request, Caller(), TooManyRequests("full"))

    assert {name: each.told for name, each in endpoints.told.items()} == {"g": [("turn_ended", "refused")]}
    assert lines()[0][1]["endpoint"] == "G"


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (TooManyRequests("full"), [("turn_ended", "refused")]),
        (Conflict("not ready"), [("turn_ended", "refused")]),
        (NotFound("there is none, or it is another project's"), None),
        (InvalidInput("asked before the endpoint was looked for"), None),
    ],
)
def test_only_a_refusal_of_who_may_ask_is_counted_at_the_endpoint(measures, error, told):
    endpoints = Endpoints()
    Meter(measures, endpoints=endpoints).refused(TurnRequest(endpoint_id="E"), Caller(), error)

    assert (endpoints.told["e"].told if endpoints.told else None) == told
