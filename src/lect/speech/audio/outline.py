"""The outline of a recording: its peaks over time, which is all that drawing a waveform takes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from lect.speech.audio.waveform import SAMPLE_RATE, Samples

MOST = 80_000  # parts of one recording: an hour has some 20 a second
_PART = SAMPLE_RATE // 100  # samples of the shortest part
_LOUDEST = 255


def outline(blocks: Iterable[Samples]) -> tuple[bytes, float]:
    """The peak of each equal part of a recording, and how long it is.

    Args:
        blocks: its samples in order, each shape = (n_samples,) at 16 kHz

    Returns:
        A byte for each part, 255 for the highest peak of them, and the duration in seconds. A part is a hundredth of a second, or as
        many of these as keep the outline short.
    """
    peaks: list[Samples] = []
    left, count = np.zeros(0, np.float32), 0
    for block in blocks:
        count += len(block)
        samples = np.concatenate([left, np.abs(block)])
        whole = len(samples) // _PART * _PART
        peaks.append(samples[:whole].reshape(-1, _PART).max(axis=1))
        left = samples[whole:]
    if len(left):
        peaks.append(left.max(keepdims=True))
    found = np.concatenate(peaks) if peaks else np.zeros(0, np.float32)
    found = _in_fewer(found)
    loudest = float(found.max(initial=0.0))
    scaled = np.round(found * (_LOUDEST / loudest)) if loudest > 0 else found
    return scaled.astype(np.uint8).tobytes(), count / SAMPLE_RATE


def _in_fewer(peaks: Samples) -> Samples:
    """The same of parts that are so many times longer that there are not too many."""
    times = -(-len(peaks) // MOST)
    if times <= 1:
        return peaks
    padded = np.pad(peaks, (0, -len(peaks) % times))
    joined: Samples = padded.reshape(-1, times).max(axis=1)
    return joined
