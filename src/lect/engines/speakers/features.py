"""Filterbank features as the speaker network was trained on them: Kaldi's, without dither, each band's mean taken off.

16 kHz, 25 ms Povey window, 10 ms hop, 80 bands from 20 Hz to 8 kHz.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

BANDS = 80
SAMPLE_RATE = 16_000
HOP, WINDOW, FFT = 160, 400, 512
_EMPHASIS = 0.97
_LOWEST = 20.0  # Hz
_SCALE = 32768.0  # Kaldi counts samples of 16 bits
_FLOOR = 1.0


def filterbank(samples: Array) -> Array:
    """Features of mono 16 kHz audio of at least one window. shape = (n_frames, BANDS)"""
    frames = np.lib.stride_tricks.sliding_window_view(samples * np.float32(_SCALE), WINDOW)[::HOP]
    frames = frames - frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.fft.rfft((frames - _EMPHASIS * before) * _window(), FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    bands = np.log(np.maximum(power @ _filters(), _FLOOR))
    return np.asarray(bands - bands.mean(axis=0), np.float32)


@cache
def _window() -> Array:
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / (WINDOW - 1))
    return (hann**0.85).astype(np.float32)


@cache
def _filters() -> Array:
    """Triangles that are even on the mel scale. shape = (FFT / 2 + 1, BANDS)"""
    edges = np.linspace(_mel(_LOWEST), _mel(SAMPLE_RATE / 2), BANDS + 2)
    mel = _mel(np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE))[:, None]
    rising = (mel - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - mel) / np.diff(edges)[1:]
    filters = np.maximum(0, np.minimum(rising, falling))
    filters[-1] = 0  # Kaldi leaves the highest frequency out
    return filters.astype(np.float32)


def _mel(hertz: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(1127.0 * np.log1p(np.asarray(hertz) / 700.0))
