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


@pytest.mark.parametrize("rt60", [0.2, 0.6])
def test_a_room_dies_away_by_sixty_decibels_in_its_time(rt60, rng):
    room = augmenting.draw_room(rt60=rt60, direct=3, rng=rng)
    tenths = [10 * np.log10(augmenting.power(part)) for part in np.array_split(room[1:], 10)]

    assert len(room) == rt60 * RATE
    assert np.diff(tenths) == pytest.approx(-6, abs=1)
    assert room[0] == 1
    assert 10 * np.log10(1 / np.square(room[1:]).sum()) == pytest.approx(3, abs=0.1)


def test_a_room_keeps_loudness_length_and_onset(rng):
    click = np.zeros(RATE, np.float32)
    click[4000] = 0.5
    heard = augmenting.reverberate(click, augmenting.draw_room(rt60=0.3, direct=5, rng=rng))

    assert heard.shape == click.shape
    assert heard.dtype == np.float32
    assert augmenting.power(heard) == pytest.approx(augmenting.power(click), rel=1e-3)
    assert np.abs(heard).argmax() == 4000
    assert np.abs(heard[:4000]).max() < 1e-6
    assert np.abs(heard[4001:8000]).max() > 1e-3


def test_a_room_answers_with_the_sum_of_delayed_copies(rng):
    room = augmenting.draw_room(rt60=0.2, direct=0, rng=rng)
    plain = np.convolve(tone(), room)[:RATE]
    heard = augmenting.reverberate(tone(), room)

    assert np.allclose(heard, plain * (np.linalg.norm(tone()) / np.linalg.norm(plain)), atol=1e-4)


def test_silence_stays_silent_in_a_room(rng):
    silence = np.zeros(RATE, np.float32)

    assert not augmenting.reverberate(silence, augmenting.draw_room(rt60=0.3, direct=5, rng=rng)).any()


@pytest.mark.parametrize("seconds", [0.3, 1.0, 5.0])
def test_recorded_noise_is_heard_from_a_random_moment_on(seconds, rng):
    noise = np.arange(round(seconds * RATE), dtype=np.float32)
    starts = set()
    for _ in range(5):
        heard = augmenting.excerpt(noise, RATE, rng)
        starts.add(heard[0])
        assert len(heard) == RATE
        assert set(np.diff(heard)) <= {1, 1 - len(noise)}

    assert len(starts) > 1


def test_of_recorded_noise_only_what_is_heard_is_read(tmp_path, rng):
    np.arange(10 * RATE, dtype=np.float32).tofile(tmp_path / "noise")
    noise = np.memmap(tmp_path / "noise", np.float32, mode="r")

    assert np.shares_memory(augmenting.excerpt(noise, RATE, rng), noise)


def test_half_of_the_noise_is_the_users_where_there_is_any(rng):
    hum = np.full(100, 0.5, np.float32)
    drawn = [augmenting.draw_noise(10, noises=[hum], options=AugmentOptions(), rng=rng) for _ in range(200)]

    assert np.mean([(noise == 0.5).all() for noise in drawn]) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(("share", "changed"), [(0, 0), (1, 100)])
def test_so_many_are_heard_in_a_room(share, changed, rng):
    options = AugmentOptions(speed=(1, 1), noisy=0, reverberant=share)
    heard = [augment(tone(), limit=RATE, options=options, rng=rng) for _ in range(100)]

    assert sum(not np.array_equal(each, tone()) for each in heard) == changed


def test_draws_come_from_the_generator_alone():
    options = AugmentOptions(noisy=1)

    def draw(seed):
        rng = np.random.default_rng(seed)
        return augment(tone(), voices=[tone(700)], limit=30 * RATE, options=options, rng=rng)

    assert np.array_equal(draw(1), draw(1))
    assert not np.array_equal(draw(1)[:1000], draw(2)[:1000])


def test_masks_hide_stretches_of_what_is_heard_and_nothing_behind(rng):
    mel = np.random.default_rng(1).normal(size=(300, 80)).astype(np.float32)
    masked = mask(mel, 200, options=AugmentOptions(), rng=rng)
    hidden = masked == mel[:200].mean()

    assert np.array_equal(masked[200:], mel[200:])
    assert np.array_equal(masked[~hidden], mel[~hidden])
    assert 0 < hidden[:200].all(axis=0).sum() <= 28
    assert 0 < hidden[:200].all(axis=1).sum() <= 40
