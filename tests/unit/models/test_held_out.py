"""Dev data held back: whole speakers, the same ones each time."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.models.held_out import ONE_SPEAKER, PARTLY_UNKNOWN, UNEVEN, UNKNOWN, hold_out
from lect.models.spoken import Spoken
from lect.speech.scoring.intervals import FEWEST_BLOCKS


def spoken(file, speaker=None):
    return Spoken(file=file, transcript="yes", speaker=speaker, samples=np.zeros(1, np.float32))


def by(*speakers):
    return [spoken(f"{at}.wav", speaker) for at, speaker in enumerate(speakers)]


@given(st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=60))
def test_no_speaker_is_on_both_sides_and_nothing_is_lost(speakers):
    split = hold_out(by(*speakers))
    if split.by_speaker:
        assert not {each.speaker for each in split.dev} & {each.speaker for each in split.training}
    assert {each.file for each in (*split.dev, *split.training)} == {
        f"{at}.wav" for at in range(len(speakers))
    }
    assert len(split.dev) + len(split.training) == len(speakers)
    assert split.training
    assert split.dev


def test_about_an_eighth_of_many_speakers_is_held_back():
    split = hold_out(by(*(f"speaker {at % 50}" for at in range(500))))
    assert 60 <= len(split.dev) <= 69


def test_the_same_speakers_are_held_back_whatever_the_order():
    data = by(*"abcdefgh" * 3)
    assert {each.file for each in hold_out(data).dev} == {each.file for each in hold_out(data[::-1]).dev}


def test_where_one_speaker_is_unknown_files_are_held_back():
    split = hold_out(by(*"abcdefghijklmnopqrst", None))
    assert split.by_speaker is False
    assert len(split.dev) == FEWEST_BLOCKS  # of 21: fewer could not tell merit from chance


def test_a_speaker_with_most_of_the_speech_is_trained_on():
    split = hold_out(by(*"a" * 90, *"b" * 10))
    assert {each.speaker for each in split.training} >= {"a"}
    assert len(split.training) > len(split.dev)


def test_speakers_that_make_too_few_recordings_to_tell_merit_from_chance_are_none():
    """Of 49 recordings a speaker with five of them was held back where others have a dozen, and no model could pass."""
    first, *others = sorted("abcde", key=lambda name: sha256(name.encode()).hexdigest())
    split = hold_out(by(*first * 5, *(name for name in others for _ in range(11))))

    assert (split.by_file, len(split.dev)) == (UNEVEN, FEWEST_BLOCKS)


def test_one_speaker_alone_is_split_by_file():
    assert hold_out(by("a", "a", "a")).by_speaker is False


def test_of_one_recording_nothing_is_held_back():
    assert hold_out(by("a")).dev == ()


@pytest.mark.parametrize(
    ("speakers", "why"),
    [
        pytest.param([None] * 8, UNKNOWN, id="nobody is known"),
        pytest.param([*"abcdefgh" * 2, None], PARTLY_UNKNOWN, id="somebody is unknown"),
        pytest.param("aaaaaaaa", ONE_SPEAKER, id="one alone"),
        pytest.param("a" * 99 + "b", UNEVEN, id="one has nearly all"),
        pytest.param("abcdefgh" * 2, None, id="many"),
    ],
)
def test_why_files_are_held_back_instead_of_speakers_is_known(speakers, why):
    split = hold_out(by(*speakers))
    assert (split.by_file, split.by_speaker) == (why, why is None)
