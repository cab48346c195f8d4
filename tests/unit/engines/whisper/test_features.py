"""Log-mel features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.engines.whisper.features import HOP, SAMPLE_RATE, log_mel


def noise(n: int) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.1, n).astype(np.float32)


def test_features_equal_a_plain_spectrogram_of_the_padded_audio() -> None:
    samples = noise(SAMPLE_RATE)
    padded = np.concatenate([samples, np.zeros(2 * SAMPLE_RATE, np.float32)])
    assert np.allclose(log_mel(samples, mels=80, frames=300), log_mel(padded, mels=80, frames=300), atol=1e-6)


@pytest.mark.parametrize("mels", [80, 128])
def test_features_equal_those_of_another_implementation(mels: int) -> None:
    other = pytest.importorskip("faster_whisper.feature_extractor").FeatureExtractor(feature_size=mels)
    samples = noise(2 * SAMPLE_RATE) * np.repeat(np.float32([1, 0.001]), SAMPLE_RATE)
    expected = other(np.concatenate([samples, np.zeros(SAMPLE_RATE, np.float32)]), padding=0).T
    assert np.allclose(log_mel(samples, mels=mels, frames=300), expected, atol=1e-5)


def test_silence_is_flat() -> None:
    mel = log_mel(np.zeros(SAMPLE_RATE, np.float32), mels=80, frames=200)
    assert mel.shape == (200, 80)
    assert np.ptp(mel) == 0.0
    assert mel[0, 0] == np.float32(-1.5)


def test_a_tone_is_loudest_in_its_own_band() -> None:
    seconds = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    bands = [
        int(log_mel(np.sin(2 * np.pi * hertz * seconds).astype(np.float32), mels=80, frames=100)[50].argmax())
        for hertz in (200, 400, 1000, 2000, 4000)
    ]
    assert bands == sorted(set(bands))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 40_000), st.integers(1, 200).map(lambda n: 2 * n))
def test_any_length_of_audio_fills_any_window(n_samples: int, frames: int) -> None:
    mel = log_mel(noise(n_samples), mels=80, frames=frames)
    assert mel.shape == (frames, 80)
    assert np.isfinite(mel).all()


def test_what_exceeds_the_window_is_cut_off() -> None:
    samples = noise(3 * SAMPLE_RATE)
    assert np.array_equal(
        log_mel(samples, mels=80, frames=100), log_mel(samples[: 100 * HOP], mels=80, frames=100)
    )
