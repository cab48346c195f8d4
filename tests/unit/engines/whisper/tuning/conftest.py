"""A very small random Whisper and a few tones to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import whisper_makers

from lect.engines.whisper.tuning.batches import Example
from lect.speech.audio import SAMPLE_RATE

START, END = 290, 289
SIZE = replace(whisper_makers.SIZE, vocabulary=300)


@pytest.fixture(scope="session")
def small():
    """A model of two layers and few tokens."""
    return whisper_makers.weights(size=SIZE)


@pytest.fixture(scope="session")
def tones():
    """Four tones with a text each."""
    return [tone(f"{hertz}.wav", hertz, text) for hertz, text in TEXTS.items()]


TEXTS = {300: [7], 700: [11, 12], 1500: [13, 14, 15], 3000: [21, 22]}


def tone(name, hertz, text, seconds=0.5):
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    samples = (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return Example(name=name, samples=samples, prompt=(START, 291), answer=(*text, END), words=len(text))
