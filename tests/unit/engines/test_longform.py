"""Recordings of any length and number, recognised by the toy engine."""

from __future__ import annotations

import signal
import sys
import threading
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidAudio, LectError, RecognitionFailed
from lect.engines.contract import RecogniseOptions
from lect.engines.longform import BATCH_SECONDS, MARGIN, Source, recognise_files
from lect.engines.toy import ToyRecogniser
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, speech_spans

pytestmark = pytest.mark.usefixtures("tones_are_speech")

SENTENCES = [f"sentence number {n} of a long talk, spoken slowly and with care" for n in range(60)]


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


class Blocks:
    """A decoder whose files are functions that give blocks of samples."""

    def __init__(self, **files):
        self.files = files

    def stream(self, audio, *, name, channel):
        return self.files[name]()


def in_blocks(samples, size):
    return lambda: (samples[at : at + size] for at in range(0, len(samples), size))


def recognise(sources, decoder, recogniser=None, **options):
    return list(recognise_files(recogniser or ToyRecogniser(), sources, decoder=decoder, **options))


def texts(heard):
    return [segment.recognition.best.display for segment in heard.segments]


def without_time(heard):
    return [(each.name, each.duration, each.segments, each.language) for each in heard]


def test_where_speech_was_found_is_told_so_that_it_is_looked_for_once(say, decoder):
    class Noting(ToyRecogniser):
        def recognise(self, audio, *, speech, **options):
            told.extend(zip(audio, speech, strict=True))
            return super().recognise(audio, **options)

    told = []
    recognise([Source(name="short", audio=say(SENTENCES[0]))], decoder, Noting())
    [(samples, spans)] = told
    assert list(spans) == speech_spans(samples) != []


def test_answers_come_in_the_order_of_the_sources_whole_and_exact(say, decoder):
    sources = [Source(name=text, audio=say(text)) for text in SENTENCES]
    heard = recognise(sources, decoder, threads=2)
    assert [each.name for each in heard] == SENTENCES
    assert [texts(each) for each in heard] == [[text] for text in SENTENCES]
    assert all(each.duration == pytest.approx(len(each.name) * 0.02, abs=1e-3) for each in heard)


def test_a_file_that_is_no_audio_is_answered_with_its_error_and_the_others_go_on(say, decoder):
    audio = [say(SENTENCES[0]), b"these are notes\n" * 20, say(SENTENCES[2])]
    sources = [Source(name=f"{n}.wav", audio=each) for n, each in enumerate(audio)]
    first, bad, last = recognise(sources, decoder)
    assert isinstance(bad.error, InvalidAudio)
    assert "1.wav" in str(bad.error)
    assert (bad.segments, texts(first), texts(last)) == ((), [SENTENCES[0]], [SENTENCES[2]])


def test_what_was_heard_before_a_recording_broke_is_kept(spoken):
    def broken():
        yield spoken(*(part for text in SENTENCES for part in (text, 1.0)))
        raise InvalidAudio("cut.wav: the file ends early")

    (heard,) = recognise([Source(name="cut", audio=b"")], Blocks(cut=broken))
    assert isinstance(heard.error, InvalidAudio)
    assert " ".join(texts(heard)).startswith(SENTENCES[0])


@pytest.mark.parametrize("threads", [1, 2, 3, 4])
def test_the_number_of_threads_changes_nothing(spoken, threads):
    files = {
        f"talk{n}": in_blocks(spoken(*(part for text in SENTENCES[n:] for part in (text, 1.5))), 16_000)
        for n in range(0, 50, 10)
    }
    sources = [Source(name=name, audio=b"") for name in files]
    alone = [recognise([source], Blocks(**files))[0] for source in sources]
    assert without_time(recognise(sources, Blocks(**files), threads=threads)) == without_time(alone)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(100, 2_000_000))
def test_the_size_of_the_blocks_changes_nothing(spoken, size):
    samples = spoken(*(part for text in SENTENCES[:25] for part in (text, 1.3)))
    source = [Source(name="talk", audio=b"")]
    heard = recognise(source, Blocks(talk=in_blocks(samples, size)))
    assert without_time(heard) == without_time(recognise(source, Blocks(talk=in_blocks(samples, 8192))))


def test_a_long_recording_keeps_every_word_and_its_time(spoken):
    pause = 1.0
    samples = spoken(*(part for text in SENTENCES for part in (text, pause)))
    (heard,) = recognise([Source(name="talk", audio=b"")], Blocks(talk=in_blocks(samples, 10_000)), threads=2)
    assert len(heard.segments) > 3
    assert " ".join(texts(heard)) == " ".join(SENTENCES)
    expected, at = [], 0.0
    for text in SENTENCES:
        expected.append(at)
        at += len(text) * 0.02 + pause
    found = [
        segment.offset + word.offset
        for segment in heard.segments
        for word in segment.recognition.best.words
        if word.word == "sentence"
    ]
    assert found == pytest.approx(expected, abs=0.002)
    longest = max(segment.recognition.duration for segment in heard.segments)
    assert longest <= ToyRecogniser.window - MARGIN


def test_two_hours_take_no_more_memory_than_a_few_batches(spoken):
    minute = spoken("one more minute has gone by", 59.46)  # of speech 0.54 s

    def two_hours():
        for _ in range(120):
            yield minute

    tracemalloc.start()
    try:
        (heard,) = recognise([Source(name="long", audio=b"")], Blocks(long=two_hours))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert texts(heard) == ["one more minute has gone by"] * 120
    assert heard.duration == pytest.approx(7200, abs=0.1)
    assert peak < 6 * BATCH_SECONDS * SAMPLE_RATE * 4  # all of it would be 60 times BATCH_SECONDS


def test_the_language_is_settled_for_each_recording_by_itself(say, decoder):
    audio = [say("the dog ran home"), say("der Hund rannte heim"), say("the cat sat down"), say(1.0)]
    sources = [Source(name=str(n), audio=each) for n, each in enumerate(audio)]
    heard = recognise(sources, decoder, options=RecogniseOptions(locale="auto"), threads=2)
    assert [each.language for each in heard[:3]] == ["en", "de", "en"]
    assert [texts(each) for each in heard] == [
        ["the dog ran home"],
        ["der Hund rannte heim"],
        ["the cat sat down"],
        [],
    ]


def test_silence_has_a_duration_and_no_segments(say, decoder):
    (heard,) = recognise([Source(name="silence", audio=say(45.0))], decoder)
    assert (heard.segments, heard.error, heard.duration) == ((), None, 45.0)


def test_no_recordings_give_no_answers(decoder):
    assert recognise([], decoder) == []


def test_a_failure_of_the_engine_is_raised_and_nothing_hangs(say, decoder):
    sources = [
        Source(name=text, audio=say(text)) for text in (SENTENCES[0], "there is a bomb in here", SENTENCES[1])
    ]
    with pytest.raises(RecognitionFailed, match="bomb"):
        recognise(sources, decoder, ToyRecogniser(fail_on="bomb"), threads=2)


def test_whoever_has_heard_enough_may_stop(spoken):
    samples = spoken(*(part for text in SENTENCES for part in (text, 1.0)))
    sources = (Source(name="talk", audio=b"") for _ in range(1000))
    answers = recognise_files(ToyRecogniser(), sources, decoder=Blocks(talk=in_blocks(samples, 16_000)))
    assert " ".join(texts(next(answers))) == " ".join(SENTENCES)
    answers.close()
    assert next(sources, None) is not None


class Interrupted(ToyRecogniser):
    """Is never done in the time of a test; somebody presses Ctrl-C as soon as it begins."""

    def __init__(self):
        super().__init__()
        self.begun = []
        self.answered = []

    def recognise(self, audio, *, on_step, **options):
        self.begun.append(audio)
        if len(self.begun) == 1:
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
        for _ in range(100_000_000):
            on_step()
        self.answered.append(audio)
        return super().recognise(audio, **options)


@pytest.fixture
def ctrl_c():
    """Ctrl-C is a KeyboardInterrupt, whatever the runner of the tests wants of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals to a thread")
@pytest.mark.usefixtures("ctrl_c")
@pytest.mark.parametrize("threads", [1, 2])
def test_after_an_interrupt_no_batch_goes_on_and_none_begins(spoken, threads):
    talk = [spoken(*(part for text in SENTENCES for part in (text, 1.0)))] * 10  # a batch each
    recogniser, before = Interrupted(), set(threading.enumerate())

    with pytest.raises(KeyboardInterrupt):
        recognise([Source(name="talk", audio=b"")], Blocks(talk=lambda: talk), recogniser, threads=threads)
    for thread in set(threading.enumerate()) - before:  # one that was just being started is not waited for
        thread.join()
    assert 1 <= len(recogniser.begun) <= threads
    assert recogniser.answered == []


def test_errors_other_than_ours_are_not_swallowed():
    def bug():
        yield np.zeros(10, np.float32)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as raised:
        recognise([Source(name="bug", audio=b"")], Blocks(bug=bug))
    assert not isinstance(raised.value, LectError)
