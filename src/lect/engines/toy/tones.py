"""Text as tones and back. Each printable ASCII letter is 20 ms of one frequency, 50 Hz from its neighbours'.

In 20 ms every such tone goes round a whole number of times, so that tones sounding together do not disturb each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lect.speech.audio import Samples

SAMPLE_RATE = 16_000
TONE = 320  # samples = 20 ms
LETTERS = tuple(range(32, 127))  # blank to ~
LOWEST = 8  # times that the tone of the first letter goes round: 400 Hz; the last letter's is 5.1 kHz
LOUDNESS = 0.3
QUIET = 0.01  # samples below this are silence
FAINT = 0.02  # share of a tone's power below which a letter is not heard
CLEAR = 0.2  # share of all power that the loudest letter has at least; else it is noise


@dataclass(frozen=True, kw_only=True)
class Tone:
    """What may have been said in 20 ms: letters with their probabilities, which add up to about 1."""

    offset: float  # seconds
    letters: dict[int, float]


def speak(text: str) -> Samples:
    """Audio of a text, 20 ms a letter.

    Raises:
        ValueError: a letter is not printable ASCII.
    """
    if unknown := sorted({letter for letter in text if ord(letter) not in LETTERS}):
        raise ValueError(f"the toy voice cannot say {unknown}")
    rounds = np.array([ord(letter) - LETTERS[0] + LOWEST for letter in text])
    phases = 2 * np.pi * rounds[:, None] * np.arange(TONE) / TONE
    return (LOUDNESS * np.cos(phases)).astype(np.float32).reshape(-1)


def hear(samples: Samples) -> Iterator[Tone]:
    """The tones in audio. Silence between them is skipped; listening begins anew after it."""
    loud = np.abs(samples) > QUIET
    at = 0
    while at < len(samples) and loud[at:].any():
        at += int(loud[at:].argmax())  # a tone begins with its loudest sample
        if letters := _letters(samples[at : at + TONE]):
            yield Tone(offset=at / SAMPLE_RATE, letters=letters)
        at += TONE


def _letters(samples: Samples) -> dict[int, float]:
    power = np.abs(np.fft.rfft(samples, TONE)) ** 2
    heard = power[LOWEST : LOWEST + len(LETTERS)]
    if heard.max() < CLEAR * power.sum():
        return {}
    shares = heard / heard.sum()
    return {LETTERS[i]: float(shares[i]) for i in np.argsort(-shares, kind="stable") if shares[i] > FAINT}
