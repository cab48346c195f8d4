"""Who speaks when in a recording; a voice is how loud somebody is."""

from itertools import pairwise

import numpy as np
import pytest

from lect.core.errors import InvalidInput
from lect.serving.diarization import DiarizationOptions, Turn, diarize
from lect.speech.audio import SAMPLE_RATE

pytestmark = pytest.mark.usefixtures("tones_are_speech")

LOUD = {"anna": 0.9, "ben": 0.3, "cleo": 0.1}


class Encoder:
    """Tells the speakers by their loudness, and nothing of less than half a second."""

    def voice(self, samples):
        if len(samples) < SAMPLE_RATE / 2:
            return None
        levels = np.array(list(LOUD.values()))
        voice = np.array([np.isclose(np.abs(samples), level).mean() for level in levels], np.float32)
        return voice / np.linalg.norm(voice)


def says(*parts):
    """("anna", 3.0) speaks for 3 s; a number is a pause."""
    return np.concatenate(
        [
            np.full(round(part[1] * SAMPLE_RATE), LOUD[part[0]], np.float32)
            if isinstance(part, tuple)
            else np.zeros(round(part * SAMPLE_RATE), np.float32)
            for part in parts
        ]
    )


def turns(*parts, **options):
    found = diarize([says(*parts)], Encoder(), DiarizationOptions(**options))
    return [(turn.speaker, round(turn.start, 1), round(turn.end, 1)) for turn in found]


def near(*expected):
    """Times to the tenth of a second: speech is found by frames of 32 ms."""
    return [
        (number, pytest.approx(start, abs=0.11), pytest.approx(end, abs=0.11))
        for number, start, end in expected
    ]


def test_speakers_are_numbered_as_they_begin_to_speak():
    found = turns(1.0, ("ben", 4.0), 1.0, ("anna", 4.0), 1.0, ("ben", 4.0), 1.0)

    assert found == near((1, 1.0, 5.0), (2, 6.0, 10.0), (1, 11.0, 15.0))


def test_who_follows_without_a_pause_is_told_within_half_a_window():
    first, second = turns(("anna", 6.0), ("ben", 6.0), 1.0)

    assert (first[0], second[0]) == (1, 2)
    assert first[2] == second[1] == pytest.approx(6.0, abs=DiarizationOptions().window / 2)


def test_blocks_change_nothing():
    sound = says(("anna", 5.0), 0.7, ("ben", 40.0), 0.7, ("anna", 5.0))

    whole, parted = (diarize(blocks, Encoder()) for blocks in ([sound], np.array_split(sound, 77)))

    assert whole == parted and len(whole) > 2


def test_who_speaks_too_little_to_be_a_speaker_is_taken_for_the_nearest():
    found = turns(("anna", 9.0), 1.0, ("ben", 1.2), 1.0, ("anna", 9.0))

    assert {speaker for speaker, _, _ in found} == {1}


@pytest.mark.parametrize(("most", "numbers"), [(2, {1, 2}), (1, {1})])
def test_there_are_no_more_speakers_than_may_be(most, numbers):
    found = turns(("anna", 6.0), 1.0, ("ben", 6.0), 1.0, ("cleo", 6.0), most=most)

    assert {speaker for speaker, _, _ in found} == numbers


@pytest.mark.parametrize(("fewest", "numbers"), [(1, {1}), (2, {1, 2})])
def test_there_are_as_many_speakers_as_must_be_however_alike_they_are(fewest, numbers):
    found = turns(("anna", 6.0), 1.0, ("ben", 6.0), same=-1.0, fewest=fewest)

    assert {speaker for speaker, _, _ in found} == numbers


def test_more_are_not_made_of_too_little():
    assert {speaker for speaker, _, _ in turns(("anna", 1.2), fewest=3)} == {1}


@pytest.mark.parametrize("parts", [(3.0,), (1.0, ("anna", 0.3), 1.0)], ids=["silence", "a syllable"])
def test_where_nobody_can_be_told_there_are_no_turns(parts):
    assert turns(*parts) == []


def test_turns_are_in_order_and_apart():
    chance = np.random.default_rng(4)
    parts = [
        part
        for _ in range(30)
        for part in ((chance.choice(list(LOUD)), chance.uniform(0.4, 6)), chance.uniform(0, 1))
    ]

    found = diarize([says(*parts)], Encoder())

    assert all(a.end <= b.start for a, b in pairwise(found))
    assert all(turn.start < turn.end for turn in found)
    assert isinstance(found[0], Turn) and found[0].speaker == 1


@pytest.mark.parametrize("bounds", [{"fewest": 3, "most": 2}, {"fewest": 0}, {"most": 36}])
def test_bounds_that_cannot_be_meant_are_refused(bounds):
    with pytest.raises(InvalidInput, match="speakers cannot be told apart"):
        DiarizationOptions(**bounds)
