"""Where a live stream is cut, from written probabilities."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.audio.segmenting import Cut, Segmenter, Started, Stopped, frames_of
from lect.speech.audio.vad import VadOptions

OPTIONS = VadOptions()
PAD, END, LONGEST = frames_of(OPTIONS.pad), frames_of(0.5), frames_of(4.0)
SHORTEST, PATIENCE = frames_of(OPTIONS.min_speech), frames_of(OPTIONS.min_silence)


def marks(*parts, finish=True, **options):
    """Parts are (frames, probability) or (frames, probability, loudness)."""
    segmenter = Segmenter(**{"end_silence": 0.5, "longest": 4.0, **options})
    found = []
    for count, probability, *loudness in parts:
        for _ in range(count):
            found += segmenter.take(probability, *(loudness or [probability]))
    return found + (segmenter.finish() if finish else [])


def cuts(*parts, **options):
    return [mark for mark in marks(*parts, **options) if isinstance(mark, Cut)]


def test_a_segment_has_its_speech_and_a_little_of_the_silence_around_it():
    assert marks((30, 0.0), (20, 0.9), (40, 0.0)) == [
        Started(frame=30),
        Stopped(frame=50),
        Cut(start=30 - PAD, end=50 + PAD, spoken_from=30, spoken_to=50),
    ]


def test_a_segment_ends_as_soon_as_the_silence_is_long_enough_and_not_before():
    assert len(marks((20, 0.9), (END - 1, 0.0), finish=False)) == 1
    assert len(marks((20, 0.9), (END, 0.0), finish=False)) == 3


def test_a_short_silence_does_not_end_a_segment():
    (cut,) = cuts((20, 0.9), (END - 1, 0.0), (20, 0.9), (40, 0.0))
    assert (cut.spoken_from, cut.spoken_to) == (0, 39 + END)


def test_a_noise_is_no_speech():
    assert marks((30, 0.0), (SHORTEST - 1, 0.9), (40, 0.0)) == []


def test_a_word_however_short_after_a_pause_belongs_to_the_segment():
    (cut,) = cuts((20, 0.9), (10, 0.0), (1, 0.9), (40, 0.0))
    assert cut.spoken_to == 31


def test_speech_that_the_stream_breaks_off_is_a_segment():
    assert marks((20, 0.9)) == [
        Started(frame=0),
        Stopped(frame=20),
        Cut(start=0, end=20, spoken_from=0, spoken_to=20),
    ]


def test_two_segments_close_together_share_the_silence_and_no_audio():
    first, second = cuts((20, 0.9), (END, 0.0), (20, 0.9), (40, 0.0))
    assert first.end == 20 + PAD
    assert second.start == max(first.end, 20 + END - PAD)


def test_a_long_segment_is_cut_in_the_longest_silence_of_its_later_half():
    half = LONGEST // 2
    first, second = cuts(
        (10, 0.9), (8, 0.0), (half, 0.9), (3, 0.0), (10, 0.9), (6, 0.0), (80, 0.9), (40, 0.0), longest=4.0
    )[:2]
    assert first.end == second.start == 10 + 8 + half + 3 + 10 + 3


def test_a_long_segment_without_a_silence_is_cut_where_it_is_least_loud():
    first, second = cuts((90, 0.9, 5.0), (4, 0.9, 1.0), (LONGEST, 0.9, 5.0))[:2]
    assert first.end == second.start == 92


def test_speech_goes_on_behind_a_cut_without_a_new_start():
    found = marks((2 * LONGEST + 20, 0.9), (40, 0.0))
    assert [type(mark) for mark in found] == [Started, Cut, Cut, *[Cut] * (len(found) - 5), Stopped, Cut]


def test_what_is_left_of_a_word_behind_a_cut_is_not_taken_for_noise():
    (first, second) = cuts((LONGEST - 4, 0.9, 5.0), (2, 0.4, 5.0), (2, 0.4, 1.0), (2, 0.4, 5.0), (40, 0.0))
    assert first.end == second.start
    assert second.spoken_to == LONGEST + 2


def test_silence_alone_behind_a_cut_is_no_segment():
    found = marks((LONGEST - 10, 0.9), (40, 0.0))
    assert [type(mark) for mark in found] == [Started, Cut, Stopped]


def test_segments_that_could_not_hold_a_word_are_refused():
    with pytest.raises(ValueError, match="too short"):
        Segmenter(end_silence=0.5, longest=0.5)


PROBABILITIES = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), st.integers(0, 9)), max_size=30
)


@given(parts=PROBABILITIES)
def test_segments_are_in_order_short_enough_and_hold_all_speech(parts):
    found = cuts(*parts)
    for cut in found:
        assert 0 <= cut.start <= cut.spoken_from < cut.spoken_to <= cut.end <= sum(part[0] for part in parts)
        assert cut.end - cut.start <= LONGEST
    assert all(one.end <= other.start for one, other in pairwise(found))
    inside = {frame for cut in found for frame in range(cut.start, cut.end)}
    at = 0
    for count, probability, _ in parts:
        if probability >= OPTIONS.threshold and count >= SHORTEST:
            assert set(range(at, at + count)) <= inside
        at += count


@given(parts=PROBABILITIES)
def test_starts_and_stops_alternate(parts):
    kinds = [type(mark) for mark in marks(*parts) if not isinstance(mark, Cut)]
    assert kinds == [Started, Stopped] * (len(kinds) // 2)
