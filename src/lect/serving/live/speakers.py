"""Who speaks in a stream: each phrase belongs to one of the voices that were heard before, or to a new one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lect.serving.voices import MOST_SPEAKERS, Voice, VoiceEncoder
from lect.speech.audio import SAMPLE_RATE, Samples

UNKNOWN = "Unknown"  # what the protocol calls a speaker who cannot be told


@dataclass(frozen=True, kw_only=True)
class SpeakerOptions:
    """When a voice is one that was heard before. Found on the development speakers of `benchmarks/listening/speakers.py`."""

    same: float = 0.42  # cosine to all that a speaker said, from which it is the same
    introducing: float = 1.0  # seconds that a phrase lasts, at the least, to introduce a speaker
    most: int = MOST_SPEAKERS  # in one stream


class Guests:
    """The speakers of one stream, by number in the order in which they were first heard."""

    def __init__(self, encoder: VoiceEncoder, options: SpeakerOptions = SpeakerOptions()) -> None:
        self._encoder, self._options = encoder, options
        self._heard: list[Voice] = []  # of each, the sum of all voices, each as long as it spoke, in seconds

    def name(self, phrase: Samples) -> str:
        """Who says a phrase: "Guest-1" and so on, or `UNKNOWN` where too little is said to tell."""
        voice, seconds = self._encoder.voice(phrase), len(phrase) / SAMPLE_RATE
        number = None if voice is None else self._find(voice, seconds)
        if voice is None or number is None:
            return UNKNOWN
        self._heard[number] = self._heard[number] + voice * np.float32(seconds)
        return f"Guest-{number + 1}"

    def _find(self, voice: Voice, seconds: float) -> int | None:
        alike = [float(heard @ voice / np.linalg.norm(heard)) for heard in self._heard]
        best = int(np.argmax(alike)) if alike else None
        if best is not None and (alike[best] >= self._options.same or len(alike) >= self._options.most):
            return best
        if seconds < self._options.introducing:
            return None
        self._heard.append(np.zeros_like(voice))
        return len(alike)
