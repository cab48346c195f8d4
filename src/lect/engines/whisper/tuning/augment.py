"""Recordings made different each time they are heard: faster or slower, in noise, with parts of the features hidden.

All draws come from the generator that is passed in. Nothing here outlives its call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lect.engines.whisper.weights import Array
from lect.speech.audio import SAMPLE_RATE, Samples


@dataclass(frozen=True, kw_only=True)
class AugmentOptions:
    """How much recordings are changed. Ranges are drawn from evenly."""

    speed: tuple[float, float] = (0.9, 1.1)  # pitch moves along, as on a tape
    noisy: float = 0.5  # share of the utterances that noise is added to
    snr: tuple[float, float] = (5.0, 20.0)  # decibels of speech over noise
    voices: tuple[int, int] = (3, 6)  # of babble
    masks: int = 2  # of each kind
    mask_bands: int = 14  # the widest, of 80 or 128
    mask_seconds: float = 0.6  # the longest, but never more than
    mask_share: float = 0.1  # of the utterance


def augment(
    samples: Samples,
    others: Sequence[Samples],
    *,
    limit: int,
    options: AugmentOptions,
    rng: np.random.Generator,
) -> Samples:
    """The utterance at another speed and perhaps in noise.

    Args:
        samples: mono 16 kHz, shape = (n_samples,)
        others: utterances of other people, for babble; may be empty
        limit: samples that the answer may be long; slowing down stops there
    """
    slowest = max(options.speed[0], len(samples) / limit)
    speed = max(rng.uniform(*options.speed), slowest)
    samples = change_speed(samples, speed)[:limit]
    if rng.random() < options.noisy:
        noise = draw_noise(len(samples), others, options=options, rng=rng)
        samples = add_noise(samples, noise, snr=rng.uniform(*options.snr))
    return samples


def change_speed(samples: Samples, speed: float) -> Samples:
    """Play faster (> 1) or slower (< 1). (n,) -> (about n / speed,), at least one sample"""
    import soxr

    if speed == 1 or len(samples) < 2:
        return samples
    changed: Samples = soxr.resample(samples, SAMPLE_RATE * speed, SAMPLE_RATE, quality="HQ")
    return changed if len(changed) else samples


def draw_noise(
    n: int, others: Sequence[Samples], *, options: AugmentOptions, rng: np.random.Generator
) -> Samples:
    """Noise of a kind drawn: white, pink, or other people talking if there are any. shape = (n,)"""
    kind = rng.integers(3 if others else 2)
    if kind == 0:
        return white_noise(n, rng)
    if kind == 1:
        return pink_noise(n, rng)
    voices = rng.integers(options.voices[0], options.voices[1] + 1)
    return babble([others[i] for i in rng.integers(len(others), size=voices)], n, rng)


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
    """Several people at once, equally loud, each from a random moment on and over again. shape = (n,)"""
    mixed = np.zeros(n, np.float32)
    for voice in voices:
        level = power(voice) ** 0.5
        start = int(rng.integers(len(voice)))
        if level:
            mixed += voice[(start + np.arange(n)) % len(voice)] / np.float32(level)
    return mixed


def add_noise(samples: Samples, noise: Samples, *, snr: float) -> Samples:
    """Mix so that speech is `snr` decibels louder than noise; made softer where the sum would exceed full scale.

    Silence on either side changes nothing.
    """
    speech, disturbance = power(samples), power(noise)
    if not speech or not disturbance:
        return samples
    mixed = samples + noise * np.float32((speech / disturbance / 10 ** (snr / 10)) ** 0.5)
    return mixed * np.float32(1 / max(1.0, np.abs(mixed).max()))


def power(samples: Samples) -> float:
    """The mean square."""
    return float(np.mean(np.square(samples), dtype=np.float64))


def mask(mel: Array, heard: int, *, options: AugmentOptions, rng: np.random.Generator) -> Array:
    """SpecAugment (https://arxiv.org/abs/1904.08779): some bands and some stretches silenced, in a copy.

    Args:
        mel: shape = (frames, mels)
        heard: frames before the padding; only these are hidden
    """
    masked, silence = mel.copy(), mel.min()
    longest = int(min(100 * options.mask_seconds, options.mask_share * heard))
    for _ in range(options.masks):
        masked[:heard, _stretch(mel.shape[1], options.mask_bands, rng)] = silence
        masked[_stretch(heard, longest, rng)] = silence
    return masked


def _stretch(length: int, longest: int, rng: np.random.Generator) -> slice:
    size = int(rng.integers(min(longest, length) + 1))
    start = int(rng.integers(length - size + 1))
    return slice(start, start + size)
