"""Sentences spoken by synthetic voices, each by two of them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sets import Utterance

Command = tuple[str, ...]

_VOICES: tuple[Command, ...] = (
    ("flite", "-voice", "slt"),
    ("espeak-ng", "-v", "en-us"),
    ("flite", "-voice", "rms"),
    ("espeak-ng", "-v", "en-gb-x-rp"),
    ("flite", "-voice", "awb"),
    ("espeak-ng", "-v", "en-gb-scotland"),
)


def installed() -> list[Command]:
    """The voices of this machine."""
    return [voice for voice in _VOICES if shutil.which(voice[0])]


def speak(sentences: Sequence[str], voices: Sequence[Command], *, folder: Path) -> list[Utterance]:
    """Every sentence twice, by neighbouring voices. What counts as independent is the sentence."""
    folder.mkdir(parents=True, exist_ok=True)
    utterances = []
    for number, sentence in enumerate(sentences):
        for at in (number, number + 1):
            voice = voices[at % len(voices)]
            file = folder / f"{number:03}-{voice[-1]}.wav"
            _speak(sentence, voice, file)
            utterances.append(Utterance(audio=file, reference=sentence, speaker=f"sentence {number}"))
    return utterances


def _speak(sentence: str, voice: Command, file: Path) -> None:
    options = ["-t", sentence, "-o", str(file)] if voice[0] == "flite" else ["-w", str(file), sentence]
    subprocess.run([*voice, *options], check=True, capture_output=True)
