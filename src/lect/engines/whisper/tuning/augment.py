"""Recordings made different each time they are heard: faster or slower, in a room, in noise, with parts of the features hidden.

All draws come from the generator that is passed in. Nothing here outlives its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from lect.engines.whisper.weights import Array
from lect.speech.audio import SAMPLE_RATE, Samples


class Voices(Protocol):
    """Utterances of other people, each looked up when it is to be heard: most never are."""

    def __len__(self) -> int: ...
    def __getitem__(self, i: int, /) -> Samples: ...


@dataclass(frozen=True, kw_only=True)
class AugmentOptions:
    """How much recordings are changed. Ranges are drawn from evenly."""

    speed: tuple[float, float] = (0.9, 1.1)  # pitch moves along, as on a tape
    reverberant: float = 0.3  # share of the utterances that are heard in a room
    rt60: tuple[float, float] = (0.2, 0.6)  # seconds until its echoes are 60 dB softer
    direct: tuple[float, float] = (0.0, 10.0)  # decibels of the voice itself over its echoes
    noisy: float = 0.5  # share of the utterances that noise is added to
    recorded: float = 0.5  # share of the noise that is the user's, where there is any
    snr: tuple[float, float] = (5.0, 20.0)  # decibels of speech over noise
    voices: tuple[int, int] = (3, 6)  # of babble
    masks: int = 2  # of each kind
    mask_bands: int = 14  # the widest, of 80 or 128
    mask_seconds: float = 0.6  # the longest, but never more than
    mask_share: float = 0.1  # of the utterance


def augment(
    samples: Samples,
    *,
    voices: Voices = (),
    noises: Sequence[Samples] = (),
    limit: int,
    options: AugmentOptions,
    rng: np.random.Generator,
) -> Samples:
    """The utterance at another speed and perhaps in a room and in noise.

    Args:
        samples: mono 16 kHz, shape = (n_samples,)
        voices: utterances of other people, for babble
        noises: recorded
        limit: samples that the answer may be long; slowing down stops there
    """
    slowest = max(options.speed[0], len(samples) / limit)
    speed = max(rng.uniform(*options.speed), slowest)
    samples = change_speed(samples, speed)[:limit]
    if rng.random() < options.reverberant:
        room = draw_room(rt60=rng.uniform(*options.rt60), direct=rng.uniform(*options.direct), rng=rng)
        samples = reverberate(samples, room)
    if rng.random() < options.noisy:
        noise = draw_noise(len(samples), voices=voices, noises=noises, options=options, rng=rng)
        samples = add_noise(samples, noise, snr=rng.uniform(*options.snr))
    return samples


def change_speed(samples: Samples, speed: float) -> Samples:
    """Play faster (> 1) or slower (< 1). (n,) -> (about n / speed,), at least one sample"""
    import soxr

    if speed == 1 or len(samples) < 2:
        return samples
    changed: Samples = soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE, quality="HQ")
    return changed if len(changed) else samples


def draw_room(*, rt60: float, direct: float, rng: np.random.Generator) -> Samples:
    """What a room answers to a clap: the clap, and echoes as noise that dies away.

    Args:
        rt60: seconds until the echoes are 60 dB softer
        direct: decibels of the clap over all its echoes

    Returns:
        shape = (rt60 * 16000,), 1 at the start
    """
    n = round(rt60 * SAMPLE_RATE)
    response = rng.standard_normal(n, np.float32) * np.logspace(0, -3, n, dtype=np.float32)
    response *= np.float32(10 ** (-direct / 20) / np.linalg.norm(response))
    response[0] = 1
    return response


def reverberate(samples: Samples, response: Samples) -> Samples:
    """Hear it in a room: from the same moment on, as long and as loud as before. (n,) -> (n,)"""
    size = 1 << (len(samples) + len(response) - 1).bit_length()  # a power of two is quick
    spectrum = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    heard = np.fft.irfft(spectrum, size)[: len(samples)].astype(np.float32)
    level = power(heard)
    return _within_full_scale(heard * np.float32((power(samples) / level) ** 0.5 if level else 1))


def draw_noise(
    n: int,
    *,
    voices: Voices = (),
    noises: Sequence[Samples] = (),
    options: AugmentOptions,
    rng: np.random.Generator,
) -> Samples:
    """Noise of a kind drawn: recorded or other people talking if there are any, white, or pink. shape = (n,)"""
    if noises and rng.random() < options.recorded:
        return excerpt(noises[int(rng.integers(len(noises)))], n, rng)
    kind = rng.integers(3 if voices else 2)
    if kind == 0:
        return white_noise(n, rng)
    if kind == 1:
        return pink_noise(n, rng)
    count = rng.integers(options.voices[0], options.voices[1] + 1)
    return babble([voices[i] for i in rng.integers(len(voices), size=count)], n, rng)


def excerpt(recording: Samples, n: int, rng: np.random.Generator) -> Samples:
    """A random stretch; one that is too short goes on over and over again. shape = (n,)"""
    if len(recording) > n:
        start = int(rng.integers(len(recording) - n + 1))
        return np.asarray(recording[start : start + n])
    return np.resize(np.roll(recording, int(rng.integers(len(recording)))), n)


def white_noise(n: int, rng: np.random.Generator) -> Samples:
    """Equal power at all frequencies, as from a hissing line. shape = (n,)"""
    return rng.standard_normal(n, np.float32)


def pink_noise(n: int, rng: np.random.Generator) -> Samples:
    """Power that falls by 3 dB an octave, as from rooms, streets and fans. shape = (n,)"""
    spectrum = np.fft.rfft(rng.standard_normal(n, np.float32))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    return np.fft.irfft(spectrum, n).astype(np.float32)


def babble(voices: Sequence[Samples], n: int, rng: np.random.Generator) -> Samples:
    """Several people at once, equally loud, each from a random moment on. shape = (n,)"""
    mixed = np.zeros(n, np.float32)
    for voice in voices:
        level = power(voice) ** 0.5
        said = excerpt(voice, n, rng)
        if level:
            mixed += said / np.float32(level)
    return mixed


def add_noise(samples: Samples, noise: Samples, *, snr: float) -> Samples:
    """Mix so that speech is `snr` decibels louder than noise; made softer where the sum would exceed full scale.

    Silence on either side changes nothing.
    """
    speech, disturbance = power(samples), power(noise)
    if not speech or not disturbance:
        return samples
    return _within_full_scale(samples + noise * np.float32((speech / disturbance / 10 ** (snr / 10)) ** 0.5))


def _within_full_scale(samples: Samples) -> Samples:
    return samples * np.float32(1 / max(1.0, np.abs(samples).max()))


def power(samples: Samples) -> float:
    """The mean square."""
    return float(np.mean(np.square(samples), dtype=np.float64))


def mask(mel: Array, heard: int, *, options: AugmentOptions, rng: np.random.Generator) -> Array:
    """SpecAugment (https://arxiv.org/abs/1904.08779): some bands and some stretches made even, in a copy.

    They get the utterance's mean: silence amid noise would be a sound that no room makes.

    Args:
        mel: shape = (frames, mels)
        heard: frames before the padding; only these are hidden
    """
    masked, even = mel.copy(), mel[:heard].mean()
    longest = int(min(100 * options.mask_seconds, options.mask_share * heard))
    for _ in range(options.masks):
        masked[:heard, _stretch(mel.shape[1], options.mask_bands, rng)] = even
        masked[_stretch(heard, longest, rng)] = even
    return masked


def _stretch(length: int, longest: int, rng: np.random.Generator) -> slice:
    size = int(rng.integers(min(longest, length) + 1))
    start = int(rng.integers(length - size + 1))
    return slice(start, start + size)
