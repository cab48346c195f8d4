"""A live stream through the toy engine: the same finals however it comes, nothing lost, partials that hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidInput, RecognitionFailed
from lect.engines.toy import ToyRecogniser, speak
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving.casing import Casing
from lect.serving.forms import Writing
from lect.serving.live.events import (
    Ended,
    Final,
    LiveOptions,
    Partial,
    Silence,
    SpeechEnded,
    SpeechStarted,
)
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE
from lect.speech.text.display import DisplayRules, Formatter, ProfanityMode, Punctuation
from lect.speech.text.phrases import Phrase, PhraseList

pytestmark = pytest.mark.usefixtures("tones_are_speech")

ONE, TWO = "the first thing that was said", "and the second, after a while"


class Counting(ToyRecogniser):
    """Notes what it was asked to hear."""

    def __init__(self, **options):
        super().__init__(**options)
        self.asked = []

    def recognise(self, audio, *, options, **rest):
        self.asked += [(options, len(samples) / SAMPLE_RATE) for samples in audio]
        return super().recognise(audio, options=options, **rest)


@pytest.fixture
def toy(tmp_path):
    def make(recogniser=None, **fields):
        folder = ModelFolder(
            name="toy", path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
        )
        return Model(name="toy", base=Base(folder, recogniser or ToyRecogniser(), cache=tmp_path), **fields)

    return make


def no_time():
    return 0.0


def live(model, samples, *, block=0.1, **options):
    """All events of a stream that is fed in real time, a step after each block."""
    recognition = LiveRecognition(model, LiveOptions(**options), timer=no_time)
    size = round(block * SAMPLE_RATE)
    events = []
    for at in range(0, len(samples), size):
        recognition.feed(samples[at : at + size])
        events += recognition.step((at + size) / SAMPLE_RATE)
    return [*events, *rest_of(recognition)]


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def texts(events):
    return [final.result.best.display for final in of(Final, events)]


# Finals


def test_each_stretch_between_silences_is_a_final_with_the_times_of_the_stream(toy, spoken):
    events = live(toy(), spoken(1.0, ONE, 1.5, TWO, 1.0), words=True)
    assert texts(events) == [ONE, TWO]
    first, second = of(Final, events)
    assert first.offset == pytest.approx(1.0, abs=0.033)
    assert first.offset + first.duration == pytest.approx(1.0 + len(ONE) * 0.02, abs=0.033)
    assert second.result.best.words[0].offset == pytest.approx(2.5 + len(ONE) * 0.02, abs=0.002)
    assert (second.result.best.offset, second.result.best.duration) == (second.offset, second.duration)
    assert events[-1] == Ended(offset=pytest.approx(3.5 + len(ONE + TWO) * 0.02))


def test_events_of_a_segment_come_in_the_order_in_which_it_happened(toy, spoken):
    kinds = [type(event) for event in live(toy(), spoken(0.5, ONE, 1.0))]
    assert kinds[0] is SpeechStarted
    assert kinds[-3:] == [SpeechEnded, Final, Ended]
    assert set(kinds[1:-3]) == {Partial}


def test_a_final_comes_with_the_step_in_which_its_silence_is_complete(toy, spoken):
    recognition = LiveRecognition(toy(), LiveOptions(end_silence=0.5))
    recognition.feed(spoken(ONE, 0.45))
    assert not of(Final, recognition.step(1.0))
    recognition.feed(spoken(0.2))
    assert texts(recognition.step(1.2)) == [ONE]


def test_a_step_ends_with_one_final_and_tells_that_there_is_more(toy, spoken):
    recognition = LiveRecognition(toy(), LiveOptions())
    recognition.feed(spoken(ONE, 1.0, TWO, 1.0))
    assert texts(recognition.step(0.0)) == [ONE]
    assert recognition.behind > 1.0
    assert texts(recognition.step(0.0)) == [TWO]
    assert recognition.behind < 1.0
    assert texts(rest_of(recognition)) == []


def test_the_end_answers_what_is_left_and_nothing_is_fed_afterwards(toy, spoken):
    recognition = LiveRecognition(toy(), LiveOptions())
    recognition.feed(spoken(ONE, 1.0, TWO))
    assert texts(rest_of(recognition)) == [ONE, TWO]
    with pytest.raises(ValueError, match="over"):
        recognition.feed(spoken(ONE))


def test_a_long_segment_is_cut_between_words(toy, spoken):
    words = [f"word number {n}" for n in range(40)]
    events = live(toy(), spoken(*(part for word in words for part in (word, 0.2))), longest_segment=3.0)
    assert " ".join(texts(events)) == " ".join(words)
    assert all(final.duration <= 3.0 for final in of(Final, events))
    assert len(of(Final, events)) > 4
    assert len(of(SpeechStarted, events)) == len(of(SpeechEnded, events)) == 1


def test_no_segment_is_longer_than_the_model_can_hear(toy, spoken):
    recogniser = Counting()
    words = [f"word number {n}" for n in range(100)]
    live(
        toy(recogniser),
        spoken(*(part for word in words for part in (word, 0.2))),
        longest_segment=600.0,
        block=1.0,
    )
    assert max(seconds for _, seconds in recogniser.asked) <= recogniser.window - 2.0


PARTS = st.lists(
    st.tuples(
        st.text("abcdefgh", min_size=13, max_size=30), st.sampled_from([0.1, 0.2, 0.3, 0.55, 0.7, 1.5])
    ),
    max_size=12,
)


BLOCKS = st.lists(
    st.tuples(st.sampled_from([1, 7, 160, 511, 512, 1600, 5000, 40_000]), st.booleans(), st.booleans()),
    min_size=1,
    max_size=8,
).filter(lambda blocks: sum(size for size, _, _ in blocks) > 500 * len(blocks))


@given(parts=PARTS, lead=st.sampled_from([0.0, 0.01, 0.7]), blocks=BLOCKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_chunking_gives_the_same_finals_and_no_word_is_lost_or_doubled(toy, spoken, parts, lead, blocks):
    samples = spoken(lead, *(part for pair in parts for part in pair))
    options = LiveOptions(longest_segment=2.0, words=True, initial_silence=0.5)
    model = toy()
    at_once = LiveRecognition(model, options)
    at_once.feed(samples)
    expected = [*rest_of(at_once)]
    assert " ".join(texts(expected)) == " ".join(word for word, _ in parts)

    recognition, events, at = LiveRecognition(model, options), [], 0
    for size, is_time, are_partials_wanted in cycle(blocks):
        if at >= len(samples):
            break
        recognition.feed(samples[at : at + size])
        at += size
        if is_time:
            events += recognition.step(at / SAMPLE_RATE, partials=are_partials_wanted)
    events += rest_of(recognition)
    assert [event for event in events if not isinstance(event, Partial)] == expected


@given(parts=PARTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_finals_and_partials_stay_within_the_stream_and_finals_do_not_overlap(toy, spoken, parts):
    samples = spoken(0.3, *(part for pair in parts for part in pair))
    events = live(toy(), samples, longest_segment=2.0, words=True)
    end = 0.0
    for final in of(Final, events):
        assert end <= final.offset < final.offset + final.duration
        end = round(final.offset + final.duration, 3)
        for word in final.result.best.words:
            assert final.offset <= word.offset
            assert word.offset + word.duration <= end + 0.001
    assert end <= round(len(samples) / SAMPLE_RATE, 3)


def test_memory_does_not_grow_with_the_stream(toy, spoken):
    recognition = LiveRecognition(toy(), LiveOptions(initial_silence=None))
    hour = np.zeros(60 * SAMPLE_RATE, np.float32)
    for minute in range(20):
        recognition.feed(hour)
        assert recognition.step(60.0 * minute) == []
        assert recognition._listening._kept.nbytes < 100_000
    assert recognition.seconds == 1200.0


# Partials


def test_partials_grow_and_the_final_begins_with_them(toy, spoken):
    said = "a long sentence that goes on and on so that it is heard many times before it ends"
    events = live(toy(), spoken(0.3, said, 1.0), partial_interval=0.2)
    shown = [partial.text for partial in of(Partial, events)]
    assert len(shown) >= 3
    assert all(later.startswith(earlier) and later != earlier for earlier, later in pairwise(shown))
    assert all(f"{said} ".startswith(f"{text} ") for text in shown)
    assert {partial.offset for partial in of(Partial, events)} == {of(Final, events)[0].offset}


def test_partials_hear_the_open_segment_alone_as_drafts_and_finals_hear_it_whole(toy, spoken):
    recogniser = Counting()
    live(toy(recogniser), spoken(ONE, 2.0, TWO, 2.0), partial_interval=0.2)
    drafts = [(options.beam, seconds) for options, seconds in recogniser.asked if options.is_draft]
    finals = [(options.beam, seconds) for options, seconds in recogniser.asked if not options.is_draft]
    assert len(drafts) >= 6
    assert len(finals) == 2
    assert {beam for beam, _ in drafts} == {1}
    assert {beam for beam, _ in finals} == {5}
    assert max(seconds for _, seconds in drafts) < len(max(ONE, TWO, key=len)) * 0.02 + 2 * 0.3 + 0.3


def test_partials_keep_their_interval_and_a_slow_machine_stretches_it(toy, spoken):
    def drafts(seconds_each):
        recogniser, now = Counting(), [0.0]

        def timer():
            now[0] += seconds_each / 2
            return now[0]

        recognition = LiveRecognition(toy(recogniser), LiveOptions(partial_interval=0.2), timer=timer)
        samples = spoken("x" * 200)
        for at in range(0, len(samples), 1600):
            recognition.feed(samples[at : at + 1600])
            recognition.step(at / SAMPLE_RATE)
        return len(recogniser.asked)

    assert 15 <= drafts(0.0) <= 20
    assert drafts(0.8) <= 5


class Parrot(ToyRecogniser):
    """Hears what it is told to."""

    says = "one"

    def recognise(self, audio, **rest):
        return super().recognise([speak(self.says) for _ in audio], **rest)


def test_a_first_word_is_shown_before_another_follows_and_a_later_one_when_it_is_surely_whole(toy):
    parrot = Parrot()
    recognition = LiveRecognition(toy(parrot), LiveOptions(), timer=no_time)
    shown = []
    for second, parrot.says in enumerate(["one", "one", "one two", "one two", "one two tea", "one two tea"]):
        recognition.feed(speak("x" * 30))
        shown.append([partial.text for partial in of(Partial, recognition.step(float(second)))])
    assert shown == [[], ["one"], [], [], [], ["one two"]]


def test_partials_come_faster_until_the_first_word_is_shown(toy):
    class Late(Parrot):
        def recognise(self, audio, **rest):
            heard.append(at / SAMPLE_RATE)
            self.says = "" if at < 2.0 * SAMPLE_RATE else "one"
            return super().recognise(audio, **rest)

    heard, at = [], 0
    recognition = LiveRecognition(toy(Late()), LiveOptions(partial_interval=0.6), timer=no_time)
    samples = speak("x" * 200)
    for at in range(0, len(samples), 1600):
        recognition.feed(samples[at : at + 1600])
        recognition.step(at / SAMPLE_RATE)
    gaps = [later - earlier for earlier, later in pairwise(heard)]
    assert max(gap for gap, begin in zip(gaps, heard, strict=False) if begin < 2.0) < 0.35
    assert min(gap for gap, begin in zip(gaps, heard, strict=False) if begin > 2.3) > 0.55


def test_no_partial_is_made_where_there_is_no_time_for_it(toy, spoken):
    recogniser = Counting()
    recognition = LiveRecognition(toy(recogniser), LiveOptions())
    recognition.feed(spoken(ONE))
    assert of(Partial, recognition.step(5.0, partials=False)) == recogniser.asked == []


def test_nothing_is_decoded_twice_where_nothing_came(toy, spoken):
    recogniser = Counting()
    recognition = LiveRecognition(toy(recogniser), LiveOptions())
    recognition.feed(spoken(ONE))
    for now in range(5):
        recognition.step(float(now))
    assert len(recogniser.asked) == 1


# Silence


def test_silence_at_the_start_is_told_once_when_it_has_lasted(toy, spoken):
    recognition = LiveRecognition(toy(), LiveOptions(initial_silence=2.0))
    recognition.feed(spoken(1.9))
    assert recognition.step(1.9) == []
    recognition.feed(spoken(3.0))
    (silence,) = recognition.step(5.0)
    assert (silence.offset, silence.duration) == (0.0, pytest.approx(2.0, abs=0.033))
    assert texts(rest_of(recognition)) == []


def test_speech_after_a_silence_that_was_told_is_heard(toy, spoken):
    events = live(toy(), spoken(2.5, ONE), initial_silence=1.0)
    assert len(of(Silence, events)) == 1
    assert texts(events) == [ONE]


def test_a_stream_without_speech_ends_with_silence(toy, spoken):
    assert live(toy(), spoken(1.0)) == [Silence(offset=0.0, duration=1.0), Ended(offset=1.0)]
    assert live(toy(), spoken(0.0)) == [Silence(offset=0.0, duration=0.0), Ended(offset=0.0)]
    assert live(toy(), spoken(1.0), initial_silence=None) == [Ended(offset=1.0)]


def test_speech_without_a_word_is_told_as_such(toy):
    noise = np.random.default_rng(1).normal(0, 0.3, SAMPLE_RATE).astype(np.float32)
    events = live(toy(), noise)
    (silence,) = of(Silence, events)
    assert silence.is_speech
    assert silence.duration == pytest.approx(1.0, abs=0.033)
    assert texts(events) == []


# What is asked for


def test_profanity_is_treated_in_partials_and_finals(toy, spoken):
    said = "well this is a damn long way to go before the night comes over the hills again"
    for mode, word in ((ProfanityMode.MASKED, "****"), (ProfanityMode.RAW, "damn")):
        events = live(toy(), spoken(said, 1.0), writing=Writing(profanity=mode), partial_interval=0.2)
        assert word in of(Partial, events)[-1].text
        best = of(Final, events)[0].result.best
        assert (word in best.display, "damn" in best.lexical) == (True, True)
        assert "****" in best.masked_itn


def test_the_display_rules_of_the_model_write_its_finals_and_mask_its_partials(toy, spoken):
    rules = Formatter(DisplayRules(rewrites=(("a long way", "far"),), profanity=("hills",)))
    said = "well this is a long way to go before the night comes over the hills again and again"
    events = live(toy(rules=rules), spoken(said, 1.0), partial_interval=0.2)
    assert "*****" in of(Partial, events)[-1].text
    assert all("hills" not in partial.text for partial in of(Partial, events))
    best = of(Final, events)[0].result.best
    assert best.display == "well this is far to go before the night comes over the ***** again and again"
    assert best.lexical == said


def test_partials_are_written_by_the_display_rules_in_what_something_follows(toy, spoken):
    rules = Formatter(
        DisplayRules(
            itn=(r"\d\d\d-\d\d\d",),
            rewrites=(("a long way", "far"), ("a long way home", "HOME")),
            profanity=("hills",),
        )
    )
    said = "well this is a long way to go on one oh five one fifteen over the hills again and again"
    events = live(toy(rules=rules), spoken(said, 1.0), partial_interval=0.2)
    (final,) = texts(events)
    assert final == "well this is far to go on 105-115 over the ***** again and again"
    shown = [partial.text for partial in of(Partial, events)]
    written = [text for text in shown if "far to go" in text]
    assert written, shown
    assert any("105-115 over the ***** again" in text for text in shown)
    assert all(text == final[: len(text)] for text in written if "five" not in text and "one" not in text)


def test_marks_that_are_said_are_written_where_somebody_dictates(toy, spoken):
    said = "so do you live in town question mark i do period"
    assert texts(live(toy(), spoken(said))) == [said]
    events = live(toy(), spoken(said), writing=Writing(punctuation=Punctuation.BOTH))
    assert texts(events) == ["so do you live in town? I do."]


def test_all_forms_and_the_n_best_list_are_in_a_final(toy, spoken):
    mixed = spoken("call the bat now") * 0.6 + spoken("call the cat now") * 0.4
    (final,) = of(Final, live(toy(), mixed, nbest=3))
    assert [text.display for text in final.result.nbest][:2] == ["call the bat now", "call the cat now"]
    (final,) = of(Final, live(toy(), spoken("it was twenty one dollars")))
    best = final.result.best
    assert (best.lexical, best.itn) == ("it was twenty one dollars", "it was $21")
    assert best.words == ()


def test_an_alternative_that_reads_like_a_better_one_is_none(toy, spoken):
    class Doubling(ToyRecogniser):
        def recognise(self, *args, **options):
            return [
                replace(each, nbest=(*each.nbest, *each.nbest))
                for each in super().recognise(*args, **options)
            ]

    mixed = spoken("call the bat now") * 0.6 + spoken("call the cat now") * 0.4
    (final,) = of(Final, live(toy(Doubling()), mixed, nbest=3))
    shown = [text.display for text in final.result.nbest]
    assert shown[:2] == ["call the bat now", "call the cat now"]
    assert len(shown) == len(set(shown))


def test_words_are_written_as_the_models_domain_writes_them(toy, spoken):
    events = live(toy(casing=Casing({"bmw": "BMW"})), spoken("my bmw is here"), words=True)
    best = of(Final, events)[0].result.best
    assert (best.display, best.words[1].word, best.lexical) == ("my BMW is here", "BMW", "my bmw is here")


def test_the_language_is_detected_by_the_first_final_and_kept(toy, spoken):
    recogniser = Counting()
    events = live(toy(recogniser), spoken("der Hund ist der Held", 1.0, "the the the end"), locale="auto")
    assert [final.result.locale for final in of(Final, events)] == ["de", "de"]


def test_phrases_change_what_is_heard(toy, spoken):
    mixed = spoken("call the bat now") * 0.51 + spoken("call the cat now") * 0.49
    assert texts(live(toy(), mixed)) == ["call the bat now"]
    phrases = PhraseList(phrases=frozenset({Phrase(text="cat now")}))
    assert texts(live(toy(), mixed, phrases=phrases)) == ["call the cat now"]


def test_a_locale_of_another_language_than_the_models_is_refused(toy):
    with pytest.raises(InvalidInput):
        LiveRecognition(toy(locale="en-US"), LiveOptions(locale="de-DE"))


# Faults


def test_a_segment_on_which_the_model_fails_is_an_error_and_the_stream_may_go_on(toy, spoken):
    recognition = LiveRecognition(toy(ToyRecogniser(fail_on="bomb")), LiveOptions())
    recognition.feed(spoken("there is a bomb in here", 1.0, ONE, 1.0))
    with pytest.raises(RecognitionFailed):
        recognition.step(1.0)
    assert texts(recognition.step(2.0)) == [ONE]


def test_finals_before_a_segment_on_which_the_model_failed_were_lost_at_the_end(toy, spoken):
    recognition = LiveRecognition(toy(ToyRecogniser(fail_on="bomb")), LiveOptions())
    recognition.feed(spoken(ONE, 1.0, TWO, 1.0, "there is a bomb in here", 1.0, ONE))

    assert texts(recognition.end()) == [ONE]
    assert texts(recognition.end()) == [TWO]
    with pytest.raises(RecognitionFailed):
        recognition.end()
    assert texts(rest_of(recognition)) == [ONE]


def test_a_partial_on_which_the_model_fails_is_left_out(toy):
    recognition = LiveRecognition(toy(ToyRecogniser(fail_on="bomb")), LiveOptions())
    recognition.feed(speak("there is a bomb in here"))
    assert [type(event) for event in recognition.step(1.0)] == [SpeechStarted]


def test_whoever_goes_away_ends_the_work(toy, spoken):
    class GoneError(Exception):
        pass

    def on_step():
        raise GoneError

    recognition = LiveRecognition(toy(), LiveOptions(), on_step=on_step)
    recognition.feed(spoken(ONE))
    with pytest.raises(GoneError):
        recognition.end()
