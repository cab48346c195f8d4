"""Log-mel features as Whisper was trained on them, for windows of any length.

16 kHz, 25 ms Hann window, 10 ms hop, Slaney mel bands, log10, floor 8 below the loudest cell, (x + 4) / 4.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from .weights import Array

SAMPLE_RATE = 16_000
HOP = 160
FFT = 400
FRAMES_PER_SECOND = SAMPLE_RATE // HOP  # 100; the encoder halves them to 50
RANGE = 8.0  # log10 units kept below the loudest cell
FLOOR = 1e-10


def log_mel(samples: npt.NDArray[np.float32], *, mels: int, frames: int) -> Array:
    """Features of the audio followed by digital silence.

    Args:
        samples: mono 16 kHz, shape = (n_samples,)
        mels: bands, 80 or 128
        frames: length of the window in frames of 10 ms; what exceeds it is cut off

    Returns:
        shape = (frames, mels)
    """
    samples = samples[: frames * HOP]
    heard = min(
        frames, -(-(len(samples) + FFT // 2) // HOP)
    )  # frames that any sample touches; the rest is silence
    power = _power(samples, heard)
    cells = np.log10(np.maximum(power @ _filters(mels), FLOOR))
    floor = max(float(cells.max(initial=-10.0)) - RANGE, -10.0)
    out = np.full((frames, mels), (floor + 4) / 4, np.float32)
    out[:heard] = (np.maximum(cells, floor) + 4) / 4
    return out


def _power(samples: npt.NDArray[np.float32], frames: int) -> Array:
    """Power spectrum of centred frames, reflected at the start, silent after the end. shape = (frames, 201)"""
    start = samples[1 : FFT // 2 + 1][::-1]
    padded = np.zeros(FFT // 2 + frames * HOP + FFT, np.float32)
    padded[FFT // 2 - len(start) : FFT // 2] = start
    padded[FFT // 2 : FFT // 2 + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, FFT)[: frames * HOP : HOP]
    spectrum = np.fft.rfft(windows * _hann())
    return (spectrum.real**2 + spectrum.imag**2).astype(np.float32)


@cache
def _hann() -> Array:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)


@cache
def _filters(mels: int) -> Array:
    """Triangles on the Slaney mel scale, each of unit area. shape = (201, mels)"""
    frequencies = np.fft.rfftfreq(FFT, 1 / SAMPLE_RATE)
    edges = _hertz(np.linspace(_mel(0.0), _mel(SAMPLE_RATE / 2), mels + 2))
    rising = (frequencies[:, None] - edges[None, :-2]) / np.diff(edges)[:-1]
    falling = (edges[None, 2:] - frequencies[:, None]) / np.diff(edges)[1:]
    triangles = np.maximum(0, np.minimum(rising, falling))
    return (triangles * 2 / (edges[2:] - edges[:-2])).astype(np.float32)


# Slaney's scale: linear below 1 kHz (15 mel), logarithmic above (27 steps for a factor of 6.4).
_LINEAR, _KNEE_HERTZ, _KNEE_MEL, _STEP = 200 / 3, 1000.0, 15.0, np.log(6.4) / 27


def _mel(hertz: float) -> float:
    if hertz < _KNEE_HERTZ:
        return hertz / _LINEAR
    return float(_KNEE_MEL + np.log(hertz / _KNEE_HERTZ) / _STEP)


def _hertz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mel < _KNEE_MEL, mel * _LINEAR, _KNEE_HERTZ * np.exp(_STEP * (mel - _KNEE_MEL)))
