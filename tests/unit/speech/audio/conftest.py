from __future__ import annotations

import struct
import subprocess

import numpy as np
import pytest

from lect.speech.audio import AudioDecoder

PCM, FLOAT = 1, 3


@pytest.fixture(scope="session")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture(scope="session")
def make_wav():
    return wav


def wav(samples, *, rate=16_000, channels=None, data_length=None):
    """A WAV file of an int16 or float32 array, shape = (n,) or (n, channels), whose header may lie."""
    samples = np.atleast_2d(samples.T).T
    tag, bits = (FLOAT, 32) if samples.dtype == np.float32 else (PCM, 16)
    channels = samples.shape[1] if channels is None else channels
    data = samples.tobytes()
    size = len(data) if data_length is None else data_length
    frame = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame % 2**32, frame % 2**16, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", size) + data
    return b"RIFF" + struct.pack("<I", min(len(body), 2**32 - 1)) + body


@pytest.fixture(scope="session")
def say(espeak, decoder):
    """Speak a text with a synthetic voice; samples at 16 kHz."""

    def speak(text):
        done = subprocess.run([espeak, "--stdout", text], capture_output=True, check=True)
        return decoder.decode(done.stdout, name=text)

    return speak


@pytest.fixture(scope="session")
def voice(say):
    """About six seconds of speech."""
    return say("Please put two sugars in my coffee. And then, if you have the time, open the window.")
