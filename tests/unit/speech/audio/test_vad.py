from __future__ import annotations

import tracemalloc
from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.speech.audio import SAMPLE_RATE, VadOptions, chunks, speech_spans, vad
from lect.speech.audio.silero import FRAME

OPTIONS = VadOptions()
SECOND = SAMPLE_RATE / FRAME  # frames


class StoredProbability:
    """Takes each frame's probability from its first sample, so that a test can write any."""

    def __call__(self, samples):
        return np.abs(samples[::FRAME])


@pytest.fixture
def stored(monkeypatch):
    monkeypatch.setattr(vad, "SpeechProbability", StoredProbability)


def audio(*parts):
    """Parts are (seconds, probability)."""
    return np.concatenate([np.full(round(seconds * SECOND) * FRAME, p, np.float32) for seconds, p in parts])


def seconds(chunk):
    return len(chunk.samples) / SAMPLE_RATE


# Speech and what is not


def test_a_voice_is_found_where_it_is(voice):
    quiet = np.zeros(2 * SAMPLE_RATE, np.float32)
    spans = speech_spans(np.concatenate([quiet, voice, quiet]))
    assert 1.8 < spans[0].start < 2.5
    assert len(voice) / SAMPLE_RATE + 1.5 < spans[-1].end < len(voice) / SAMPLE_RATE + 2.3


@pytest.mark.parametrize("word", ["yes", "no", "stop", "six", "uno"])
def test_a_single_word_is_speech(say, word):
    assert len(list(chunks([say(word)]))) == 1


def test_short_audio_is_cut_at_its_pauses_if_it_is_not_to_be_kept_whole(voice):
    pause = np.zeros(2 * SAMPLE_RATE, np.float32)
    options = VadOptions(max_silence=1.5)
    samples = np.concatenate([voice, pause, voice])

    (whole,) = chunks([samples])
    parts = list(chunks([samples], options=options, keep_short=False))

    assert len(whole.samples) == len(samples)
    assert len(parts) == 2
    assert parts[1].offset > len(voice) / SAMPLE_RATE + 1.5


TIME = np.arange(20 * SAMPLE_RATE) / SAMPLE_RATE
RANDOM = np.random.default_rng(5)
NOT_SPEECH = {
    "digital silence": np.zeros(len(TIME)),
    "faint noise": RANDOM.normal(0, 1e-3, len(TIME)),
    "loud noise": RANDOM.normal(0, 0.3, len(TIME)),
    "tone": np.sin(2 * np.pi * 440 * TIME) / 2,
    "direct current": np.full(len(TIME), 0.5),
    "mains hum": np.sin(2 * np.pi * 50 * TIME) / 10 + np.sin(2 * np.pi * 150 * TIME) / 30,
    "plucked chord": sum(np.sin(2 * np.pi * f * TIME) * np.exp(-(TIME % 1) * 4) for f in (262, 330, 392)) / 6,
}


@pytest.mark.parametrize("kind", NOT_SPEECH)
@pytest.mark.parametrize("longest", [28.0, 8.0], ids=["as a clip", "as a stream"])
def test_what_is_not_speech_yields_nothing(kind, longest):
    samples = NOT_SPEECH[kind].astype(np.float32)
    assert list(chunks([samples], longest=longest)) == []
    assert speech_spans(samples) == []


def test_no_audio_yields_nothing():
    assert list(chunks([])) == list(chunks([np.zeros(0, np.float32)])) == []
    assert speech_spans(np.zeros(0, np.float32)) == []


# Spans from probabilities


@pytest.mark.parametrize(
    ("probabilities", "spans"),
    [
        ([0.4] * 20, []),  # between release and threshold does not begin a span
        ([0.6] + [0.4] * 19, [(0, 20)]),  # but goes on with it
        ([0.0] * 5 + [0.9] * 10 + [0.1] * 5, [(5, 15)]),
        ([0.9] * 10 + [0.1] * 2 + [0.9] * 10, [(0, 22)]),  # too short a silence
        ([0.9] * 10 + [0.1] * 3 + [0.9] * 10, [(0, 10), (13, 23)]),
        ([0.9] * 6 + [0.0] * 10, []),  # too short to be speech
        ([0.9] * 10, [(0, 10)]),
        ([], []),
    ],
)
def test_spans_follow_the_two_thresholds(probabilities, spans):
    assert vad._find_spans(np.array(probabilities, np.float32), OPTIONS) == spans


# Chunks


def test_a_clip_with_speech_is_one_chunk_untouched(stored):
    clip = np.concatenate([audio((5, 0), (1, 0.9), (8, 0)), np.zeros(100, np.float32)])
    (chunk,) = chunks([clip])
    assert chunk.offset == 0
    assert np.array_equal(chunk.samples, clip)


def test_a_clip_is_cut_where_a_long_silence_parts_its_speech(stored):
    """Behind eight seconds of zeros a recogniser may not hear what is said."""
    first, second = chunks([audio((4, 0.9), (8, 0), (3, 0.9))])
    assert seconds(first) == pytest.approx(4.3, abs=0.07)
    assert (second.offset, seconds(second)) == pytest.approx((11.7, 3.3), abs=0.07)


def test_long_audio_is_cut_at_the_longest_silence_of_the_second_half(stored):
    pattern = audio((18, 0.9), (0.8, 0), (4, 0.9), (0.3, 0), (10, 0.9))
    first, second = chunks([pattern])
    assert first.offset + seconds(first) == pytest.approx(18.3, abs=0.07)  # 0.3 s of the silence is kept
    assert second.offset == pytest.approx(18.5, abs=0.07)


def test_speech_without_a_silence_is_cut_at_its_least_likely_frame(stored):
    first, second = chunks([audio((20, 0.9), (0.032, 0.6), (15, 0.9))])
    assert first.offset + seconds(first) == second.offset == pytest.approx(20.03, abs=0.04)


def test_a_long_silence_is_left_out(stored):
    first, second = chunks([audio((5, 0.9), (60, 0), (5, 0.9))])
    assert seconds(first) == pytest.approx(5.3, abs=0.07)
    assert (second.offset, seconds(second)) == pytest.approx((64.7, 5.3), abs=0.07)


def test_speech_that_goes_on_quietly_after_a_cut_is_kept(stored):
    pieces = list(chunks([audio((20, 0.9), (20, 0.4), (5, 0.9))]))
    assert sum(map(seconds, pieces)) == pytest.approx(45, abs=0.1)


@st.composite
def recordings(draw):
    parts = draw(
        st.lists(
            st.tuples(
                st.floats(0.03, 12), st.sampled_from([0.0, 0.0, 0.1, 0.3, 0.4, 0.45, 0.55, 0.7, 0.9, 1.0])
            ),
            max_size=25,
        )
    )
    ragged = draw(st.integers(0, FRAME - 1))
    return np.concatenate([audio(*parts, (0, 0)), np.zeros(ragged, np.float32)])


LONGEST = st.sampled_from([2.0, 5.0, 10.0, 28.0])


@settings(max_examples=150)
@given(samples=recordings(), longest=LONGEST)
def test_chunks_are_short_enough_apart_and_as_in_the_source(samples, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "SpeechProbability", StoredProbability)
        end = 0
        for chunk in chunks([samples], longest=longest):
            start = round(chunk.offset * SAMPLE_RATE)
            assert start >= end
            assert start == pytest.approx(chunk.offset * SAMPLE_RATE, abs=1e-6)
            end = start + len(chunk.samples)
            assert 0 < len(chunk.samples) <= longest * SAMPLE_RATE
            assert np.array_equal(chunk.samples, samples[start:end])


@settings(max_examples=150)
@given(samples=recordings(), longest=LONGEST)
def test_no_speech_is_lost(samples, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "SpeechProbability", StoredProbability)
        kept = np.zeros(len(samples), bool)
        for chunk in chunks([samples], longest=longest):
            start = round(chunk.offset * SAMPLE_RATE)
            kept[start : start + len(chunk.samples)] = True
        for span in speech_spans(samples):
            assert kept[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)].all()


@settings(max_examples=150)
@given(samples=recordings(), longest=LONGEST)
def test_a_span_is_not_divided_unless_it_is_too_long_for_a_chunk(samples, longest):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "SpeechProbability", StoredProbability)
        cuts = [chunk.offset + seconds(chunk) for chunk in chunks([samples], longest=longest)]
        for span in speech_spans(samples):
            if span.end - span.start + 2 * OPTIONS.pad + 0.1 < longest:
                assert not any(span.start < cut < span.end for cut in cuts)


@settings(max_examples=60)
@given(samples=recordings(), cuts=st.lists(st.integers(0, 2_000_000), max_size=20))
def test_how_the_stream_is_split_into_blocks_changes_nothing(samples, cuts):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vad, "SpeechProbability", StoredProbability)
        whole = list(chunks([samples], longest=10))
        split = list(chunks(np.split(samples, sorted(min(cut, len(samples)) for cut in cuts)), longest=10))
    assert [chunk.offset for chunk in whole] == [chunk.offset for chunk in split]
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(whole, split, strict=True))


def test_how_a_voice_is_split_into_blocks_changes_nothing(voice):
    samples = np.tile(voice, 3)
    whole = list(chunks([samples], longest=5))
    split = list(chunks(np.array_split(samples, 777), longest=5))
    assert [(c.offset, len(c.samples)) for c in whole] == [(c.offset, len(c.samples)) for c in split]


def test_memory_does_not_grow_with_the_length(stored):
    block = audio((3, 0.9), (0.5, 0))
    peaks = []
    for blocks in (20, 200):
        tracemalloc.start()
        for _ in chunks(block for _ in range(blocks)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.2


@pytest.mark.parametrize("find", [speech_spans, lambda samples: deque(chunks([samples]), maxlen=0)])
def test_a_whole_recording_in_a_memory_map_is_not_copied(stored, find):
    samples = audio(*[(3, 0.9), (0.5, 0)] * 200)
    tracemalloc.start()
    find(samples)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < samples.nbytes / 2


def test_chunks_too_short_for_speech_are_refused():
    with pytest.raises(ValueError, match="too short"):
        list(chunks([], longest=0.5))
