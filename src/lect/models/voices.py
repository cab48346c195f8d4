"""Synthetic voices of this machine: programs that speak a sentence into a file. `run` is the one place that starts them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lect.core.errors import LectError, NotFound
from lect.core.locale import language_of

SECONDS = 60.0  # that a program may take to answer
LONGEST = 400  # characters of a sentence that is spoken
_ANSWER = 1 << 20  # bytes of what a program says; more is cut off
_LIKE_PEOPLE = (
    "m1",
    "m3",
    "m5",
    "m7",
    "f1",
    "f2",
    "f3",
    "f4",
    "f5",
    "klatt2",
)  # variants of espeak-ng that are in all its releases


@dataclass(frozen=True, kw_only=True)
class Voice:
    """One voice of one program."""

    name: str  # such as "espeak-ng en-us+f3"
    command: Callable[[Path, float], list[str]]
    """What writes the sentence on its standard input to a wav file, at a speed (1: as usual)."""

    def speak(self, sentence: str, file: Path, *, speed: float = 1.0) -> None:
        """Write a sentence to a wav file.

        Raises:
            LectError: the program fails, takes too long, or writes nothing.
        """
        run(self.command(file, speed), sentence)
        if not file.exists():
            raise LectError(f"{self.name}: it wrote no audio", hint="Try the program by itself.")


def find_voices(locale: str, *, piper: Path | None = None) -> list[Voice]:
    """The voices of this machine that speak a language: of espeak-ng, of flite, and of Piper.

    Args:
        piper: folder of Piper's voices, NAME.onnx beside NAME.onnx.json

    Raises:
        NotFound: there is none.
    """
    language = language_of(locale)
    voices = [*_espeak(language), *_flite(language), *_piper_voices(language, piper)]
    if not voices:
        raise NotFound(
            f"no program on this machine speaks {locale}",
            hint="Install espeak-ng (`apt-get install espeak-ng`, `brew install espeak-ng`), for English flite, "
            "or Piper with a voice in the folder that LECT_PIPER_VOICES names.",
        )
    return voices


def run(command: Sequence[str], text: str = "") -> str:
    """Run a program with a text on its standard input, without a shell, and give what it says.

    Raises:
        LectError: it fails or takes too long.
    """
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=SECONDS, check=False
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LectError(f"{command[0]}: {error}", hint="Try the program by itself.") from error
    if done.returncode:
        said = done.stderr[-500:].decode(errors="replace").strip()
        raise LectError(
            f"{command[0]}: it failed ({done.returncode}): {said}", hint="Try the program by itself."
        )
    return done.stdout[:_ANSWER].decode(errors="replace")


def _espeak(language: str) -> Iterator[Voice]:
    """Each accent of the language in several variants. Voices of mbrola need another program and are left out."""
    program = shutil.which("espeak-ng")
    if program is None:
        return
    columns = [line.split() for line in run([program, f"--voices={language}"]).splitlines()[1:]]
    accents = {each[1] for each in columns if len(each) > 4 and not each[4].startswith(("mb/", "!v/"))}
    for accent in sorted(accents):
        for variant in _LIKE_PEOPLE:
            voice = f"{accent}+{variant}"
            yield Voice(name=f"espeak-ng {voice}", command=_espeak_command(program, voice))


def _espeak_command(program: str, voice: str) -> Callable[[Path, float], list[str]]:
    return lambda file, speed: [program, "-v", voice, "-s", f"{160 * speed:.0f}", "--stdin", "-w", str(file)]


def _flite(language: str) -> Iterator[Voice]:
    """Its voices speak American English alone."""
    program = shutil.which("flite")
    if program is None or language != "en":
        return
    for voice in run([program, "-lv"]).partition(":")[2].split():
        if voice != "awb_time":  # which only tells the time
            yield Voice(name=f"flite {voice}", command=_flite_command(program, voice))


def _flite_command(program: str, voice: str) -> Callable[[Path, float], list[str]]:
    return lambda file, speed: [
        program, "-voice", voice, "--setf", f"duration_stretch={1 / speed:.2f}", "-f", "/dev/stdin", "-o", str(file),
    ]  # fmt: skip


def _piper_voices(language: str, folder: Path | None) -> Iterator[Voice]:
    """Voices are named as Piper's own are: en_US-amy-medium.onnx."""
    program = shutil.which("piper")
    if program is None or folder is None:
        return
    for model in sorted(folder.glob(f"{language}_*.onnx")):
        yield Voice(name=f"piper {model.stem}", command=_piper_command(program, model))


def _piper_command(program: str, model: Path) -> Callable[[Path, float], list[str]]:
    """Without its random noise, so that it says the same each time."""
    return lambda file, speed: [
        program, "--model", str(model), "--output_file", str(file), "--length_scale", f"{1 / speed:.2f}",
        "--noise_scale", "0", "--noise_w", "0",
    ]  # fmt: skip
