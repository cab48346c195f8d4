"""Sentences spoken by synthetic voices."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sets import Utterance

Command = tuple[str, ...]

_ENGINES: dict[str, tuple[Command, ...]] = {
    "flite": (("flite", "-voice", "slt"), ("flite", "-voice", "rms"), ("flite", "-voice", "awb")),
    "espeak-ng": (
        ("espeak-ng", "-v", "en-us"),
        ("espeak-ng", "-v", "en-gb-x-rp"),
        ("espeak-ng", "-v", "en-gb-scotland"),
    ),
}


def installed() -> dict[str, tuple[Command, ...]]:
    """The voices of this machine, by the engine that speaks."""
    return {engine: voices for engine, voices in _ENGINES.items() if shutil.which(engine)}


def speak(
    sentences: Sequence[str],
    voices: Sequence[Command],
    *,
    folder: Path,
    aloud: Sequence[str] | None = None,
) -> tuple[Utterance, ...]:
    """Every sentence once, by the voices in turn. What counts as independent is the sentence.

    Args:
        folder: where to put the recordings
        aloud: what the voices read, where that is not what is written
    """
    folder.mkdir(parents=True, exist_ok=True)
    utterances = []
    for number, (sentence, words) in enumerate(zip(sentences, aloud or sentences, strict=True)):
        voice = voices[number % len(voices)]
        file = folder / f"{voice[0]}-{number:03}-{voice[-1]}.wav"
        _speak(words, voice, file)
        utterances.append(Utterance(audio=file, reference=sentence, speaker=f"sentence {number}"))
    return tuple(utterances)


def _speak(sentence: str, voice: Command, file: Path) -> None:
    options = ["-t", sentence, "-o", str(file)] if voice[0] == "flite" else ["-w", str(file), sentence]
    subprocess.run([*voice, *options], check=True, capture_output=True)
