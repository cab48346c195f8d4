"""Small datasets made on the spot, and a decoder that needs no child process."""

import io
import wave

import numpy as np

from lect.core.errors import InvalidAudio
from lect.speech.audio.decode import AudioInfo

RATE = 16_000


def tone(seconds=1.0, *, level=0.3, pitch=440.0):
    return (level * np.sin(2 * np.pi * pitch * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def wav(samples=None, *, rate=RATE, channels=1, width=2):
    """The bytes of a WAV file of integer PCM."""
    samples = tone() if samples is None else samples
    scaled = np.clip(np.round(samples * (1 << 15)), -(1 << 15), (1 << 15) - 1).astype("<i2")
    data = np.repeat(scaled, channels).tobytes()
    if width == 1:
        data = ((scaled >> 8) + 128).astype(np.uint8).tobytes()
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((channels, width, rate, 0, "NONE", ""))
        out.writeframes(data)
    return file.getvalue()


class WaveDecoder:
    """Reads integer PCM in WAV with the standard library, and refuses all else as the real decoder does."""

    def probe(self, source, *, name):
        with self._open(source, name) as file:
            width = file.getsampwidth()
            return AudioInfo(
                container="wav",
                codec="pcm_s16le" if width == 2 else "pcm_u8",
                rate=file.getframerate(),
                channels=file.getnchannels(),
                bits=8 * width,
                is_pcm=True,
                duration=file.getnframes() / file.getframerate(),
            )

    def stream(self, source, *, name, channel=None):
        with self._open(source, name) as file:
            while data := file.readframes(RATE):
                kind, middle = ("<i2", 0) if file.getsampwidth() == 2 else (np.uint8, 128)
                samples = (np.frombuffer(data, kind).astype(np.float32) - middle) / (1 << 15)
                yield samples[:: file.getnchannels()]

    def _open(self, source, name):
        try:
            return wave.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "rb")
        except (wave.Error, EOFError) as error:
            raise InvalidAudio(f"{name}: no audio in it", hint="Listen to it.") from error


def codes(report):
    """The names of the kinds of problems in a report."""
    return {code.value for code, _ in report.counts}


def problem(report, code):
    """The first problem of a kind."""
    return next(each for each in report.problems if each.code.value == code)
