"""Streams that share engine threads: who is heard when, who is refused, and that nobody waits in vain."""

from __future__ import annotations

import logging
import weakref
from concurrent.futures import CancelledError
from contextlib import suppress
from threading import Event, Semaphore

import pytest

from lect.core.errors import TooManyRequests, UnsupportedLocale
from lect.engines.contract import RecogniseOptions
from lect.engines.toy import ToyRecogniser, speak
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.live.batching import LONGEST_RETRY, Batcher, Limits
from lect.serving.live.hearing import Urgency
from lect.serving.live.waiting import BatchLimits
from lect.serving.pool import Model
from lect.telemetry import bound

SOON = 30.0  # seconds, after which a test that hangs fails


class Held(ToyRecogniser):
    """Tells when a call begins, and goes on only as far as it is let."""

    def __init__(self, **options):
        super().__init__(**options)
        self.calls, self.begun, self.go = [], Semaphore(0), Event()

    def recognise(self, audio, *, options, on_step, **rest):
        self.calls.append(len(audio))
        self.begun.release()
        while not self.go.wait(0.001):
            on_step()
        return super().recognise(audio, options=options, on_step=on_step, **rest)

    def detect_among(self, samples, languages):
        self.calls.append("detect")
        return super().detect_among(samples, languages)


@pytest.fixture
def model(tmp_path):
    def make(recogniser):
        folder = ModelFolder(
            name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
        )
        return Model(name="toy", base=Base(folder, recogniser, cache=tmp_path))

    return make


@pytest.fixture
def held(model):
    return model(Held())


@pytest.fixture
def clock():
    class Clock:
        now = 0.0

        def __call__(self):
            return self.now

    return Clock()


@pytest.fixture
def batcher(clock):
    made = []

    def make(threads=1, **limits):
        made.append(Batcher(Limits(**limits), threads=threads, clock=clock))
        return made[-1]

    yield make
    for each in made:
        each.close()


def engine(model):
    return model.recogniser._recogniser  # behind the guard


def begun(model):
    assert engine(model).begun.acquire(timeout=SOON)


def ask(stream, model, text="one", urgency=Urgency.FINAL, **rest):
    return stream.ask(model, speak(text), RecogniseOptions(), urgency=urgency, **rest)


def detect(stream, model, text="der hund", urgency=Urgency.FINAL, **rest):
    return stream.detect(model, speak(text), ["en", "de"], urgency=urgency, **rest)


def text(answer):
    return answer.result(SOON).best.display


def test_a_stream_is_answered(batcher, model):
    with batcher().admit("a") as stream:
        assert text(ask(stream, model(ToyRecogniser()), "the cat sat")) == "the cat sat"


def test_what_waits_while_the_engine_works_goes_into_one_call(batcher, held):
    made = batcher(batch=BatchLimits(utterances=3))
    streams = [made.admit(name) for name in "abcde"]
    first = ask(streams[0], held, "first")
    begun(held)
    others = [ask(stream, held, f"number {n}") for n, stream in enumerate(streams[1:])]
    engine(held).go.set()
    assert text(first) == "first"
    assert [text(answer) for answer in others] == [f"number {n}" for n in range(4)]
    assert engine(held).calls == [1, 3, 1]


def test_engine_threads_work_side_by_side(batcher, held):
    made = batcher(threads=2)
    first = ask(made.admit("a"), held, "a")
    begun(held)
    second = ask(made.admit("b"), held, "b")
    begun(held)
    engine(held).go.set()
    assert (text(first), text(second)) == ("a", "b")


def test_a_final_takes_the_engine_from_a_draft(batcher, held):
    made = batcher()
    draft = ask(made.admit("a"), held, "draft", Urgency.DRAFT)
    begun(held)
    final = ask(made.admit("b"), held, "final")
    assert draft.result(SOON) is None
    engine(held).go.set()
    assert text(final) == "final"


def test_a_final_leaves_the_draft_alone_while_another_engine_thread_is_free(batcher, held):
    made = batcher(threads=2)
    draft = ask(made.admit("a"), held, "draft", Urgency.DRAFT)
    begun(held)
    final = ask(made.admit("b"), held, "final")
    begun(held)
    assert not draft.done()
    third = ask(made.admit("c"), held, "third")
    assert draft.result(SOON) is None  # now that both are busy
    engine(held).go.set()
    assert (text(final), text(third)) == ("final", "third")


def test_a_draft_leaves_the_engine_to_a_final(batcher, held):
    made = batcher()
    final = ask(made.admit("a"), held, "final")
    begun(held)
    draft = ask(made.admit("b"), held, "draft", Urgency.DRAFT)
    engine(held).go.set()
    assert (text(final), text(draft)) == ("final", "draft")
    assert engine(held).calls == [1, 1]


def test_a_draft_that_waited_too_long_is_given_up(batcher, held, clock):
    made = batcher(patience=1.0)
    final = ask(made.admit("a"), held, "final")
    begun(held)
    draft = ask(made.admit("b"), held, "draft", Urgency.DRAFT)
    clock.now = 1.1
    engine(held).go.set()
    assert draft.result(SOON) is None
    assert text(final) == "final"


def test_a_final_ahead_of_time_waits_for_what_is_needed_and_takes_the_engine_from_drafts(batcher, held):
    made = batcher()
    draft = ask(made.admit("a"), held, "draft", Urgency.DRAFT)
    begun(held)
    ahead = ask(made.admit("b"), held, "ahead", Urgency.AHEAD)
    assert draft.result(SOON) is None
    begun(held)
    final = ask(made.admit("c"), held, "final")
    engine(held).go.set()
    assert text(ahead) == "ahead"
    assert text(final) == "final"


def test_a_final_that_was_asked_for_ahead_waited_behind_all_that_were_asked_for_later_and_was_dropped(
    batcher, held, clock
):
    made, answered = batcher(patience=1.0, batch=BatchLimits(utterances=1)), []
    first = ask(made.admit("a"), held, "first")
    begun(held)
    stream = made.admit("b")
    ahead = ask(stream, held, "ahead", Urgency.AHEAD)
    stream.hasten(ahead)
    late = ask(made.admit("c"), held, "late")
    for each in (first, ahead, late):
        each.add_done_callback(lambda answer: answered.append(answer.result().best.display))
    clock.now = 1.1
    engine(held).go.set()

    assert text(late) == "late"
    assert answered == ["first", "ahead", "late"]


def test_languages_are_told_by_the_engine_thread_in_turn_and_each_alone(batcher, held):
    made = batcher(batch=BatchLimits(utterances=3))
    blocker = ask(made.admit("a"), held, "blocker")
    begun(held)
    guess = detect(made.admit("b"), held, "the dog", Urgency.DRAFT)
    told = [detect(made.admit(name), held) for name in "cd"]
    final = ask(made.admit("e"), held, "final")
    assert not any(each.done() for each in (guess, *told)), "nothing goes beside the engine thread"
    assert made.waiting == {"final": 3, "file": 0, "partial": 1}
    engine(held).go.set()

    assert [list(each.result(SOON)) for each in told] == [["de", "en"]] * 2
    assert list(guess.result(SOON)) == ["en", "de"]
    assert (text(blocker), text(final)) == ("blocker", "final")
    assert engine(held).calls == [1, "detect", "detect", 1, "detect"]


def test_a_guess_at_the_language_that_waited_too_long_is_given_up(batcher, held, clock):
    made = batcher(patience=1.0)
    final = ask(made.admit("a"), held, "final")
    begun(held)
    guess = detect(made.admit("b"), held, urgency=Urgency.DRAFT)
    clock.now = 1.1
    engine(held).go.set()
    assert guess.result(SOON) is None
    assert text(final) == "final"


def test_no_language_is_told_to_who_has_gone(batcher, held):
    class GoneError(Exception):
        pass

    def gone():
        raise GoneError

    made = batcher()
    blocker = ask(made.admit("a"), held)
    begun(held)
    assert detect(made.admit("b"), held).cancel()
    leaver = detect(made.admit("c"), held, on_step=gone)
    blocker.cancel()
    with pytest.raises(GoneError):
        leaver.result(SOON)
    engine(held).go.set()
    assert text(ask(made.admit("d"), held, "next")) == "next"
    assert "detect" not in engine(held).calls


def test_a_language_that_cannot_be_told_is_an_error_and_the_thread_goes_on(batcher, model):
    with batcher().admit("a") as stream:
        with pytest.raises(UnsupportedLocale):
            stream.detect(model(ToyRecogniser()), speak("one"), ["en", "fi"], urgency=Urgency.FINAL).result(
                SOON
            )
        assert text(ask(stream, model(ToyRecogniser()), "still there")) == "still there"


def test_live_speech_goes_before_the_languages_of_files(batcher, held):
    made = batcher()
    blocker = ask(made.admit("a"), held, "blocker")
    begun(held)
    of_file = detect(made.file("b"), held, urgency=Urgency.FILE)
    final = ask(made.admit("c"), held, "final")
    engine(held).go.set()

    assert of_file.result(SOON)
    assert (text(blocker), text(final)) == ("blocker", "final")
    assert engine(held).calls == [1, 1, "detect"]


def test_an_engine_thread_at_rest_holds_no_model(batcher, model):
    made, asked = batcher(), model(ToyRecogniser())
    with made.admit("a") as stream:
        ask(stream, asked).result(SOON)
    gone = Event()
    weakref.finalize(asked, gone.set)
    del asked
    assert gone.wait(SOON)  # the thread may be on its way back


def test_the_call_ends_when_all_who_asked_have_gone_and_not_before(batcher, held):
    made = batcher()
    blocker = ask(made.admit("a"), held)
    begun(held)
    first, second = (ask(made.admit(name), held, name) for name in "bc")
    blocker.cancel()
    begun(held)  # of the call for the other two
    first.cancel()
    engine(held).go.set()
    assert text(second) == "c"
    assert engine(held).calls == [1, 2]


def test_who_gave_up_while_waiting_costs_no_work(batcher, held):
    made = batcher()
    first = ask(made.admit("a"), held, "first")
    begun(held)
    assert ask(made.admit("b"), held).cancel()
    last = ask(made.admit("c"), held, "last")
    engine(held).go.set()
    assert (text(first), text(last)) == ("first", "last")
    assert engine(held).calls == [1, 1]


def test_what_a_client_raises_between_steps_is_its_own_answer_alone(batcher, held):
    class GoneError(Exception):
        pass

    def gone():
        raise GoneError

    made = batcher()
    blocker = ask(made.admit("a"), held)
    begun(held)
    leaver = ask(made.admit("b"), held, on_step=gone)
    stayer = ask(made.admit("c"), held, "stays")
    blocker.cancel()
    with pytest.raises(GoneError):
        leaver.result(SOON)
    engine(held).go.set()
    assert text(stayer) == "stays"


def test_an_engine_that_throws_what_it_should_not_is_answered_and_the_thread_goes_on(batcher, model):
    class Faulty(ToyRecogniser):
        def recognise(self, audio, **options):
            raise TypeError("a fault of the program")

    with batcher().admit("a") as stream:
        with pytest.raises(TypeError, match="fault"):
            ask(stream, model(Faulty())).result(SOON)
        assert text(ask(stream, model(ToyRecogniser()), "still there")) == "still there"


def test_no_more_streams_than_the_limit_and_one_that_leaves_makes_room(batcher):
    made = batcher(streams=2)
    first = made.admit("a")
    assert not made.is_full
    made.admit("b")
    assert made.is_full
    with pytest.raises(TooManyRequests, match="2 streams"):
        made.admit("c")
    first.close()
    first.close()  # counts once
    assert made.streams == 1
    assert not made.is_full
    made.admit("c")
    with pytest.raises(TooManyRequests):
        made.admit("d")


def test_a_client_alone_has_nearly_all_places_and_leaves_some_to_others(batcher):
    made = batcher(streams=64)
    for _ in range(56):
        made.admit("greedy")
    assert not made.is_full
    with pytest.raises(TooManyRequests, match="56 of your streams.*kept for others") as refused:
        made.admit("greedy")
    assert refused.value.details["retry_after"] >= 1
    for client in "abcdefgh":
        made.admit(client)
    assert made.is_full
    with pytest.raises(TooManyRequests, match="64 streams"):
        made.admit("i")


def test_clients_that_want_all_places_get_alike_and_whoever_has_none_still_gets_one(batcher):
    made = batcher(streams=64)
    held = {"first": [], "second": []}

    def take_all(client):
        with suppress(TooManyRequests):
            while True:
                held[client].append(made.admit(client))

    take_all("first")
    take_all("second")
    for _ in range(200):  # turns end, and whoever may begins another
        held["first"].pop(0).close()
        take_all("first")
        take_all("second")
        made.admit("third").close()
    assert abs(len(held["first"]) - len(held["second"])) <= 3
    assert made.streams >= 56


def test_where_nobody_knows_who_asks_nothing_is_kept_for_others(batcher):
    made = batcher(streams=8)
    for _ in range(8):
        made.admit("")
    assert made.is_full


@pytest.mark.parametrize(("waited", "retry"), [(2.5, 3), (500.0, LONGEST_RETRY)])
def test_streams_are_refused_while_finals_are_late(batcher, held, clock, waited, retry):
    made = batcher(lateness=1.0)
    stream = made.admit("a")
    ask(stream, held)
    begun(held)
    waiting = ask(made.admit("b"), held)
    clock.now = waited * 2  # the first was taken at once: the mean of both is half of it
    with pytest.raises(TooManyRequests, match="late") as refused:
        made.admit("c")
    assert refused.value.details["retry_after"] == retry
    engine(held).go.set()
    waiting.result(SOON)
    clock.now += 60.0
    made.admit("c")


def test_late_finals_of_one_client_refuse_that_one_and_not_those_who_have_fewer_streams(batcher, held, clock):
    made = batcher(lateness=1.0)
    greedy = [made.admit("greedy") for _ in range(4)]
    ask(greedy[0], held)
    begun(held)
    late = [ask(stream, held) for stream in greedy[1:]]
    clock.now = 10.0
    with pytest.raises(TooManyRequests, match="late"):
        made.admit("greedy")
    other = made.admit("other")

    ask(other, held)
    clock.now = 12.0  # now those are late, too, who have one
    for client in ("other", "third"):
        with pytest.raises(TooManyRequests, match=r"Recognition is 2\.0 s late"):
            made.admit(client)
    engine(held).go.set()
    assert [text(answer) for answer in late] == ["one"] * 3


def test_whoever_comes_when_all_have_gone_is_admitted_however_late_they_were_heard(batcher, held, clock):
    made = batcher(lateness=1.0)
    streams = [made.admit("a"), made.admit("b")]
    ask(streams[0], held)
    begun(held)
    ask(streams[1], held)
    clock.now = 20.0
    for stream in streams:
        stream.close()
    assert made.lateness > 1.0
    made.admit("c")


def test_closing_gives_up_what_waits_and_what_is_under_way(batcher, held):
    made = batcher()
    stream = made.admit("a")
    running = ask(stream, held)
    begun(held)
    waiting = ask(made.admit("b"), held)
    made.close()
    assert running.cancelled()
    assert waiting.cancelled()
    assert ask(stream, held).cancelled()


def test_a_closed_stream_asks_for_nothing(batcher, held):
    stream = batcher().admit("a")
    stream.close()
    with pytest.raises(CancelledError):
        ask(stream, held)


def test_a_final_is_heard_amid_a_call_for_a_file_which_loses_nothing(batcher, held, model):
    made = batcher()
    file = ask(made.file("a"), held, "file", Urgency.FILE)
    begun(held)
    live = made.admit("b")
    quick = model(ToyRecogniser())
    assert text(ask(live, quick, "final")) == "final"
    assert text(ask(live, quick, "draft", Urgency.DRAFT)) == "draft"
    assert text(ask(live, quick, "ahead", Urgency.AHEAD)) == "ahead"
    assert not file.done()
    engine(held).go.set()
    assert text(file) == "file"
    assert engine(held).calls == [1]


def test_a_file_waits_for_finals_and_not_for_drafts(batcher, held):
    made = batcher()
    blocker = ask(made.admit("a"), held, "blocker")
    begun(held)
    order = []
    asked = {
        name: ask(stream, held, name, urgency)
        for name, stream, urgency in (
            ("draft", made.admit("b"), Urgency.DRAFT),
            ("file", made.file("c"), Urgency.FILE),
            ("final", made.admit("d"), Urgency.FINAL),
        )
    }
    for name, answer in asked.items():
        answer.add_done_callback(lambda _, name=name: order.append(name))
    engine(held).go.set()
    assert [text(answer) for answer in (blocker, *asked.values())] == ["blocker", "draft", "file", "final"]
    assert order[0] == "final"  # the draft is heard at the first step of the file


def test_files_take_no_place_of_live_streams_and_are_counted_apart(batcher, held):
    made = batcher(streams=1)
    files = [made.file("a") for _ in range(3)]
    first = ask(files[0], held, "one", Urgency.FILE)
    begun(held)
    others = [ask(file, held, "two", Urgency.FILE) for file in files[1:]]
    assert made.waiting == {"final": 0, "file": 2, "partial": 0}
    made.admit("b").close()
    for file in files:
        file.close()
    made.admit("b").close()
    assert made.streams == 0
    engine(held).go.set()
    assert [text(answer) for answer in (first, *others)] == ["one", "two", "two"]


def test_a_call_for_a_file_ends_when_whoever_asked_has_gone(batcher, held, model):
    made = batcher()
    file = ask(made.file("a"), held, "file", Urgency.FILE)
    begun(held)
    file.cancel()
    assert text(ask(made.file("b"), model(ToyRecogniser()), "next", Urgency.FILE)) == "next"


def test_a_failed_call_is_logged_with_the_ids_of_each_who_asked(batcher, model, caplog):
    logging.getLogger("lect").propagate = True
    caplog.set_level(logging.INFO, logger="lect")

    class Faulty(Held):
        def recognise(self, audio, *, options, on_step, **rest):
            super().recognise(audio, options=options, on_step=on_step, **rest)
            raise ValueError("a bug")

    faulty, made = model(Faulty()), batcher()
    answers = []
    for name in ("first", "second", "third"):
        with bound(request=name):
            answers.append(ask(made.admit(name), faulty))
        if name == "first":
            begun(faulty)
    engine(faulty).go.set()
    for answer in answers:
        with pytest.raises(ValueError, match="a bug"):
            answer.result(SOON)

    fields = {"action": "recognise", "error": "ValueError('a bug')"}
    told = [(each.getMessage(), each.lect_fields) for each in caplog.records]
    assert told == [
        ("An engine call failed.", {"request": name, **fields}) for name in ("first", "second", "third")
    ]
