"""Augmented recordings are what was asked for, measured."""

from __future__ import annotations

import numpy as np
import pytest

from lect.engines.whisper.tuning import augment as augmenting
from lect.engines.whisper.tuning.augment import AugmentOptions, add_noise, augment, change_speed, mask

RATE = 16_000


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def tone(hertz=440.0, seconds=1.0):
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(RATE * seconds)) / RATE)).astype(np.float32)


def pitch(samples):
    return np.abs(np.fft.rfft(samples)).argmax() * RATE / len(samples)


@pytest.mark.parametrize("speed", [0.9, 1.0, 1.1])
def test_speed_moves_length_and_pitch(speed):
    changed = change_speed(tone(), speed)

    assert len(changed) == pytest.approx(RATE / speed, abs=1)
    assert pitch(changed) == pytest.approx(440 * speed, abs=2)
    assert changed.dtype == np.float32


@pytest.mark.parametrize("snr", [5.0, 20.0])
def test_noise_is_as_loud_as_asked_for(snr, rng):
    clean = tone()
    noise = add_noise(clean, augmenting.white_noise(RATE, rng), snr=snr) - clean

    assert 10 * np.log10(augmenting.power(clean) / augmenting.power(noise)) == pytest.approx(snr, abs=0.01)


def test_noisy_sound_stays_within_full_scale(rng):
    mixed = add_noise(3 * tone(), augmenting.white_noise(RATE, rng), snr=0)

    assert np.abs(mixed).max() == pytest.approx(1)


def test_silence_stays_what_it_is(rng):
    silence = np.zeros(RATE, np.float32)

    assert np.array_equal(add_noise(silence, augmenting.pink_noise(RATE, rng), snr=5), silence)
    assert np.array_equal(add_noise(tone(), silence, snr=5), tone())
    assert not augmenting.babble([silence], RATE, rng).any()


def test_pink_noise_falls_by_three_decibels_an_octave(rng):
    spectrum = np.square(np.abs(np.fft.rfft(augmenting.pink_noise(1 << 18, rng))))
    octaves = [spectrum[1 << k : 2 << k].mean() for k in range(8, 16)]

    assert 10 * np.log10(np.divide(octaves[:-1], octaves[1:])) == pytest.approx(3, abs=0.5)


def test_babble_holds_every_voice_equally_loud(rng):
    babble = augmenting.babble([tone(500), 0.01 * tone(1000, 0.3)], RATE, rng)
    spectrum = np.abs(np.fft.rfft(babble))

    assert spectrum[1000] == pytest.approx(spectrum[500], rel=0.1)
    assert spectrum[500] > 10 * np.median(spectrum)


def test_draws_come_from_the_generator_alone():
    options = AugmentOptions(noisy=1)

    def draw(seed):
        rng = np.random.default_rng(seed)
        return augment(tone(), [tone(700)], limit=30 * RATE, options=options, rng=rng)

    assert np.array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1)[:1000], draw(2)[:1000])


def test_masks_hide_stretches_of_what_is_heard_and_nothing_behind(rng):
    mel = np.random.default_rng(1).normal(size=(300, 80)).astype(np.float32)
    masked = mask(mel, 200, options=AugmentOptions(), rng=rng)
    hidden = masked == mel.min()

    assert np.array_equal(masked[200:], mel[200:])
    assert np.array_equal(masked[~hidden], mel[~hidden])
    assert 0 < hidden[:200].all(axis=0).sum() <= 28
    assert 0 < hidden[:200].all(axis=1).sum() <= 40
