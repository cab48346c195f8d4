"""What a live recognition does while others need the engine: it listens on, hears ahead, and its finals stay the same."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from lect.serving.live.batching import Batcher
from lect.serving.live.events import Final, LiveOptions, Partial, SpeechEnded
from lect.serving.live.hearing import Answer, AtOnce, Told, Urgency
from lect.serving.live.languages import LanguageChoice
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.speech.audio import SAMPLE_RATE
from live_clients import toy_model

pytestmark = pytest.mark.usefixtures("tones_are_speech")

ONE, TWO = "the first thing that was said", "and the second, after a while"


class Slow:
    """Answers when it is told to, what is final at once."""

    def __init__(self):
        self.asked = []  # (urgency, seconds of audio)
        self.told = []  # the same, of what is to tell a language
        self.waiting = []  # (answer, its result)
        self.hastened = 0

    def ask(self, model, samples, options, *, urgency, **rest):
        self.asked.append((urgency, len(samples) / SAMPLE_RATE))
        result = AtOnce().ask(model, samples, options, urgency=Urgency.FINAL).result()
        answer = Answer()
        if urgency == Urgency.FINAL:
            answer.set_result(result)
        else:
            self.waiting.append((answer, result))
        return answer

    def detect(self, model, samples, languages, *, urgency, **rest):
        self.told.append((urgency, len(samples) / SAMPLE_RATE))
        result = AtOnce().detect(model, samples, languages, urgency=urgency).result()
        answer = Told()
        if urgency == Urgency.FINAL:
            answer.set_result(result)
        else:
            self.waiting.append((answer, result))
        return answer

    def hasten(self, answer):
        self.hastened += 1
        for each, result in self.waiting:
            if each is answer and not each.done():
                each.set_result(result)

    def close(self):
        pass

    def answer(self):
        """Answer all that waits."""
        self._settle(lambda result: result)

    def refuse(self):
        """Tell all that waits that there was no time."""
        self._settle(lambda result: None)

    def _settle(self, outcome):
        for answer, result in self.waiting:
            if not answer.done():
                answer.set_result(outcome(result))
        self.waiting = []

    def count(self, urgency):
        return sum(each == urgency for each, _ in self.asked)


@pytest.fixture
def model(tmp_path):
    return toy_model(tmp_path)


@pytest.fixture
def hearing():
    return Slow()


@pytest.fixture
def live(model, hearing):
    return LiveRecognition(model, LiveOptions(end_silence=0.5), hearing=hearing, timer=lambda: 0.0)


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def texts(events):
    return [final.result.best.display for final in of(Final, events)]


def test_a_partial_that_takes_time_holds_up_nothing_and_is_told_when_it_comes(live, hearing, spoken):
    live.feed(spoken(ONE))
    assert not of(Partial, live.step(1.0))
    live.feed(spoken(TWO))
    assert not of(Partial, live.step(2.0))
    assert hearing.count(Urgency.DRAFT) == 1  # one at a time
    assert live.behind < 0.1
    hearing.answer()
    live.step(2.1)  # one draft alone settles nothing
    live.feed(spoken("more"))
    live.step(3.0)
    hearing.answer()
    (partial,) = of(Partial, live.step(3.1))
    assert partial.text.startswith("the first thing")


def test_a_partial_that_comes_after_the_end_of_its_segment_is_not_wanted(live, hearing, spoken):
    live.feed(spoken(ONE))
    live.step(1.0)
    ((draft, _),) = hearing.waiting
    live.feed(spoken(0.6))
    assert texts(live.step(1.6)) == [ONE]
    assert draft.cancelled()
    hearing.answer()
    assert live.step(1.7) == []


def test_a_partial_for_which_there_was_no_time_is_asked_for_again(live, hearing, spoken):
    live.feed(spoken(ONE))
    live.step(1.0)
    hearing.refuse()
    assert not of(Partial, live.step(1.5))
    live.feed(spoken(TWO))
    live.step(2.0)
    assert hearing.count(Urgency.DRAFT) == 2


GERMAN = " ".join(["der hund lief und der vogel sang"] * 4)


@pytest.fixture
def choosing(model, hearing):
    choice = LanguageChoice({"en-GB": model, "de-AT": model})
    options = LiveOptions(end_silence=0.5)
    return LiveRecognition(model, options, languages=choice, hearing=hearing, timer=lambda: 0.0)


def test_a_guess_at_the_language_that_takes_time_holds_up_nothing(choosing, hearing, spoken):
    said = spoken(GERMAN, 0.6)
    choosing.feed(said[: 2 * SAMPLE_RATE + 8_000])
    choosing.step(1.0)
    choosing.feed(said[2 * SAMPLE_RATE + 8_000 : 3 * SAMPLE_RATE])
    choosing.step(2.0)
    assert choosing.behind < 0.1
    assert [urgency for urgency, _ in hearing.told] == [Urgency.DRAFT]
    assert hearing.asked == [], "no partial is made before the language is known"

    hearing.answer()
    choosing.step(2.1)
    assert [urgency for urgency, _ in hearing.asked] == [Urgency.DRAFT]

    choosing.feed(said[3 * SAMPLE_RATE :])
    (end,) = of(Final, choosing.step(3.0) + choosing.step(3.1))
    assert end.result.language.locale == "de-AT"
    assert [urgency for urgency, _ in hearing.told] == [Urgency.DRAFT, Urgency.FINAL]


def test_a_guess_at_the_language_for_which_there_was_no_time_is_made_again(choosing, hearing, spoken):
    choosing.feed(spoken(GERMAN)[: 3 * SAMPLE_RATE])
    choosing.step(1.0)
    hearing.refuse()
    choosing.step(1.1)
    choosing.step(1.2)
    assert [urgency for urgency, _ in hearing.told] == [Urgency.DRAFT] * 2


@pytest.mark.parametrize("end", ["of the phrase", "of the client"])
def test_a_guess_at_the_language_is_given_up_when_nobody_wants_it(choosing, hearing, spoken, end):
    said = spoken(GERMAN, 0.6)
    choosing.feed(said[: 3 * SAMPLE_RATE])
    choosing.step(1.0)
    ((guess, _),) = hearing.waiting
    if end == "of the client":
        choosing.close()
    else:
        choosing.feed(said[3 * SAMPLE_RATE :])
        assert of(Final, choosing.step(2.0) + choosing.step(2.1))
    assert guess.cancelled()


def test_a_final_is_heard_while_its_silence_lasts_and_is_there_when_it_ends(live, hearing, spoken):
    live.feed(spoken(ONE, 0.45))
    assert not texts(live.step(1.0, partials=False))
    assert hearing.count(Urgency.AHEAD) == 1
    hearing.answer()
    live.feed(spoken(0.15))
    assert texts(live.step(1.2, partials=False)) == [ONE]
    assert hearing.count(Urgency.FINAL) == 0


def test_a_final_that_is_still_heard_ahead_when_its_silence_ends_is_hastened_and_not_asked_for_again(
    live, hearing, spoken
):
    live.feed(spoken(ONE, 0.45))
    live.step(1.0, partials=False)
    assert hearing.hastened == 0
    live.feed(spoken(0.15))
    assert texts(live.step(1.2, partials=False)) == [ONE]
    assert hearing.hastened == 1
    assert hearing.count(Urgency.FINAL) == 0


def test_no_partial_is_asked_for_while_the_final_is_heard_ahead(live, hearing, spoken):
    live.feed(spoken(ONE, 0.4))
    live.step(1.0)
    assert [urgency for urgency, _ in hearing.asked] == [Urgency.AHEAD]
    hearing.refuse()
    live.step(1.1)
    assert hearing.asked[1][0] == Urgency.AHEAD


def test_what_was_heard_ahead_is_of_no_use_when_speech_goes_on(live, hearing, spoken):
    live.feed(spoken(ONE, 0.4))
    live.step(1.0, partials=False)
    ((ahead, _),) = hearing.waiting
    live.feed(spoken(TWO))
    live.step(1.6, partials=False)
    assert ahead.cancelled()
    live.feed(spoken(0.6))
    assert texts(live.step(2.2, partials=False)) == [f"{ONE} {TWO}"]
    assert hearing.count(Urgency.FINAL) == 1


def test_a_final_for_which_there_was_no_time_ahead_is_asked_for_when_it_is_due(live, hearing, spoken):
    live.feed(spoken(ONE, 0.45))
    live.step(1.0, partials=False)
    hearing.refuse()
    live.feed(spoken(0.15))
    events = live.step(1.2, partials=False)
    assert texts(events) == [ONE]
    assert of(SpeechEnded, events)
    assert hearing.count(Urgency.FINAL) == 1


def test_streams_that_share_the_engine_hear_what_each_hears_alone(model, spoken):
    sounds = [spoken(0.3, f"stream number {n}", 0.8, ONE, 1.0, f"{n} {TWO}", 0.2) for n in range(5)]

    def finals(samples, hearing):
        stream = LiveRecognition(model, LiveOptions(), hearing=hearing)
        events = []
        for at in range(0, len(samples), 1600):
            stream.feed(samples[at : at + 1600])
            events += stream.step(at / SAMPLE_RATE)
        return of(Final, [*events, *rest_of(stream)])

    with Batcher(threads=2) as batcher, ThreadPoolExecutor(len(sounds)) as pool:
        shared = pool.map(lambda samples: finals(samples, batcher.admit("a")), sounds)
        assert list(shared) == [finals(samples, AtOnce()) for samples in sounds]
