"""Recordings with generated noise: white, pink and babble of other recordings of the set, in turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.sets import EvaluationSet
from lect.engines.whisper.tuning.augment import add_noise, babble, pink_noise, white_noise
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples

VOICES = 4  # of babble


def noisy(
    clean: EvaluationSet, *, name: str, snr: float, folder: Path, decoder: AudioDecoder, seed: int = 0
) -> EvaluationSet:
    """The set with noise behind each recording.

    Args:
        snr: decibels of the whole recording over its noise
        folder: for the new recordings
    """
    folder.mkdir(parents=True, exist_ok=True)
    heard = [decoder.decode(each.audio, name=each.audio.name) for each in clean.utterances]
    utterances = []
    for at, utterance in enumerate(clean.utterances):
        noise = draw(heard, at, np.random.default_rng([seed, at]))
        file = folder / f"{at:04}.wav"
        soundfile.write(file, add_noise(heard[at], noise, snr=snr), SAMPLE_RATE, subtype="FLOAT")
        utterances.append(replace(utterance, audio=file))
    return replace(clean, name=name, utterances=tuple(utterances))


def draw(heard: Sequence[Samples], at: int, rng: np.random.Generator) -> Samples:
    """Noise for one of the recordings, as long as it is; its own voice is not in the babble."""
    n, kind = len(heard[at]), at % 3
    if kind == 0:
        return white_noise(n, rng)
    if kind == 1:
        return pink_noise(n, rng)
    others = [*heard[:at], *heard[at + 1 :]]
    return babble([others[i] for i in rng.integers(len(others), size=VOICES)], n, rng)
