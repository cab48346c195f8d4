"""Live recognition with real weights on real recordings: as good as the same recordings as files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from lect.datasets.recordings import Recording
from lect.serving.live.batching import Batcher
from lect.serving.live.events import Final, LiveOptions, Partial
from lect.serving.live.hearing import AtOnce
from lect.serving.live.recognising import LiveRecognition
from lect.serving.live.turn import rest_of
from lect.serving.pool import Pool
from lect.serving.transcriptions import transcribe
from lect.speech.audio import SAMPLE_RATE, AudioDecoder
from lect.speech.scoring import ErrorCounts, align
from lect.speech.text import normaliser

RECORDINGS = 6
PAUSE = np.zeros(round(0.8 * SAMPLE_RATE), np.float32)


@pytest.fixture(scope="module")
def model(tiny_en, settings):
    return Pool(settings).open(tiny_en.name)


@pytest.fixture(scope="module")
def spoken(sample):
    """path -> what was said, of some recordings of the sample."""
    folder = sample / "testing" / "audio-and-trans"
    lines = (folder / "trans.txt").read_text("utf-8").splitlines()
    pairs = [line.split("\t") for line in lines[:RECORDINGS]]
    return {folder / name: said for name, said in pairs}


@pytest.fixture(scope="module")
def sounds(spoken):
    with AudioDecoder() as decoder:
        return [decoder.decode(path, name=path.name) for path in spoken]


@pytest.fixture(scope="module")
def as_files(spoken, model):
    """Errors of the recordings transcribed as files."""
    recordings = [Recording(name=path.name, open=lambda path=path: path) for path in spoken]
    with AudioDecoder() as decoder:
        heard = [each.display for each in transcribe(recordings, model, decoder=decoder)]
    return errors(" ".join(spoken.values()), " ".join(heard))


def errors(said, heard) -> ErrorCounts:
    norm = normaliser("en-US")
    return align(norm(said).split(), norm(heard).split()).counts


def live(model, samples, *, block=1600, **options):
    recognition = LiveRecognition(model, LiveOptions(**options), timer=lambda: 0.0)  # as on a quick machine
    events = []
    for at in range(0, len(samples), block):
        recognition.feed(samples[at : at + block])
        events += recognition.step((at + block) / SAMPLE_RATE)
    return [*events, *rest_of(recognition)]


def finals(events):
    return [event for event in events if isinstance(event, Final)]


def text(events):
    return " ".join(final.result.best.display for final in finals(events))


def test_a_stream_of_recordings_is_heard_as_well_as_the_files(model, spoken, sounds, as_files):
    events = live(model, np.concatenate([part for sound in sounds for part in (sound, PAUSE)]), words=True)
    assert len(finals(events)) >= RECORDINGS
    assert errors(" ".join(spoken.values()), text(events)).errors <= as_files.errors + 2
    for final in finals(events):
        words = final.result.best.words
        assert final.offset <= words[0].offset
        assert all(one.offset <= other.offset for one, other in pairwise(words))
    shown = [event.text for event in events if isinstance(event, Partial)]
    assert len(shown) >= RECORDINGS
    said = set(" ".join(final.result.best.lexical for final in finals(events)).split())
    words = " ".join(shown).split()
    assert sum(word in said for word in words) >= 0.8 * len(words)


def test_the_finals_are_the_same_however_the_stream_is_fed(model, sounds):
    samples = np.concatenate([sounds[0], PAUSE, sounds[1]])
    assert finals(live(model, samples)) == finals(live(model, samples, block=len(samples)))


def test_streams_that_share_engine_calls_hear_what_each_hears_alone(model, sounds):
    def lexical(samples, hearing):
        stream = LiveRecognition(model, LiveOptions(), hearing=hearing)
        stream.feed(samples)
        return [final.result.best.lexical for final in finals(rest_of(stream))]

    with Batcher() as batcher, ThreadPoolExecutor(4) as pool:
        shared = list(pool.map(lambda samples: lexical(samples, batcher.admit("a")), sounds[:4]))
    assert shared == [lexical(samples, AtOnce()) for samples in sounds[:4]]


def test_no_word_is_lost_or_doubled_where_long_speech_is_cut(model, spoken, sounds, as_files):
    tight = np.concatenate(sounds)
    events = live(model, tight, end_silence=5.0, longest_segment=6.0, block=len(tight))
    assert len(finals(events)) >= len(tight) / SAMPLE_RATE / 6.0
    heard = errors(" ".join(spoken.values()), text(events))
    assert heard.errors <= as_files.errors + 3
