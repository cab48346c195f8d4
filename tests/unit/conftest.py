"""Audio of the toy engine as files, and a speech detector that takes tones for speech."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from lect.engines.toy import speak
from lect.serving.live import listening
from lect.speech.audio import SAMPLE_RATE, vad
from lect.speech.audio.silero import FRAME


class Loudness:
    """Whatever is loud is speech."""

    def __call__(self, samples):
        frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
        return (np.abs(frames).max(axis=1) > 0.01).astype(np.float32)


@pytest.fixture
def tones_are_speech(monkeypatch):
    monkeypatch.setattr(vad, "SpeechProbability", Loudness)
    monkeypatch.setattr(listening, "SpeechProbability", Loudness)


@pytest.fixture(scope="session")
def say():
    """say("one", 2.0, "two") -> the bytes of a WAV file that says both, 2 s apart."""

    def wav(*parts):
        file = io.BytesIO()
        soundfile.write(file, sound(*parts), SAMPLE_RATE, format="WAV")
        return file.getvalue()

    return wav


@pytest.fixture(scope="session")
def spoken():
    """As `say`, samples in place of a file."""
    return sound


def sound(*parts):
    return np.concatenate(
        [
            speak(part) if isinstance(part, str) else np.zeros(round(part * SAMPLE_RATE), np.float32)
            for part in parts
        ]
    )
