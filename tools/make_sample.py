"""Speak the built-in sample again: one FLAC file for each line of its `trans.txt` files, and one of them as WAV.

The transcripts are the source. A file name ends in the Flite voice that speaks it (`testing-01-slt.flac`), and its pace if
that is not the voice's own (`guard-21-slt-fast.flac`).
Needs `flite` (Debian package `flite`). The same version of Flite gives the same files.

    python tools/make_sample.py
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soundfile

SAMPLE = Path(__file__).parents[1] / "src" / "lect" / "sample"
SAMPLE_RATE = 16_000  # what these Flite voices speak at
SENTENCE = "guard-28-kal16-fast.flac"  # is `sentence.wav` as well
QUIET = 10 ** (-45 / 20)  # below -45 dBFS of the peak counts as silence at the ends
MARGIN = SAMPLE_RATE // 5  # 200 ms of it is kept
PEAK = 0.5
PACES = {"fast": 0.65}  # how long a sound lasts, of what is usual
STEP = 2**-11  # 12 bits are plenty for a synthetic voice and halve the files


def lines() -> Iterator[tuple[Path, str]]:
    """Every audio file that the transcripts name, with its text."""
    for transcripts in sorted(SAMPLE.glob("*/audio-and-trans/trans.txt")):
        for line in transcripts.read_text(encoding="utf-8-sig").splitlines():
            name, text = line.split("\t")
            yield transcripts.with_name(name), text


def speak(text: str, *, voice: str, pace: str = "") -> npt.NDArray[np.float32]:
    """The text spoken by a Flite voice, shape = (n_samples,)."""
    stretch = ["--setf", f"duration_stretch={PACES[pace]}"] if pace else []
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder, "speech.wav")
        subprocess.run(["flite", "-voice", voice, *stretch, "-t", text, "-o", str(wav)], check=True)
        samples, rate = soundfile.read(wav, dtype="float32")
    if rate != SAMPLE_RATE:
        raise SystemExit(f"voice {voice!r} speaks at {rate} Hz, not {SAMPLE_RATE} Hz")
    return np.asarray(samples, np.float32)


def finish(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Trimmed to short silences at both ends, at an even level, in 12-bit steps."""
    samples = samples / np.abs(samples).max()
    loud = np.flatnonzero(np.abs(samples) > QUIET)
    kept = samples[max(loud[0] - MARGIN, 0) : loud[-1] + MARGIN] * PEAK
    return np.asarray(np.round(kept / STEP) * STEP, np.float32)


def main() -> None:
    """Write every file anew and say how large the sample is."""
    total = 0
    for path, text in lines():
        _, _, voice, *pace = path.stem.split("-")
        samples = finish(speak(text, voice=voice, pace="".join(pace)))
        soundfile.write(path, samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
        total += path.stat().st_size
        if path.name == SENTENCE:
            soundfile.write(SAMPLE / "sentence.wav", samples, SAMPLE_RATE, subtype="PCM_16")
    print(f"{total:,} bytes under {SAMPLE}")


if __name__ == "__main__":
    main()
