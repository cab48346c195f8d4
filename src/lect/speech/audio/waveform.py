"""Samples as the whole of Lect knows them: mono float32 at 16 kHz, full scale = 1."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.float32]

_FULL_SCALE = 1 << 15  # of 16-bit PCM


def duration(samples: Samples) -> float:
    """The length in seconds."""
    return len(samples) / SAMPLE_RATE


def level(samples: Samples) -> float:
    """The mean power in dB below full scale (dBFS); minus infinity for digital silence."""
    power = float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
    return 10 * float(np.log10(power)) if power else -np.inf


def write_wav(path: Path, samples: Samples) -> None:
    """Write a RIFF WAV file: 16-bit PCM, mono, 16 kHz. Louder than full scale is clipped."""
    _write(path, samples, "WAV")


def write_flac(path: Path, samples: Samples) -> None:
    """Write a FLAC file: 16-bit, mono, 16 kHz. Louder than full scale is clipped."""
    _write(path, samples, "FLAC")


def _write(path: Path, samples: Samples, container: Literal["WAV", "FLAC"]) -> None:
    import soundfile

    scaled = np.clip(np.round(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    soundfile.write(path, scaled.astype(np.int16), SAMPLE_RATE, subtype="PCM_16", format=container)
