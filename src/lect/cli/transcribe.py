"""`lect transcribe`: audio files to text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lect.serving.transcriptions import Transcript

DEFAULT_MODEL = "whisper-base"
NEEDS_TIMES = frozenset({"jsonl", "srt", "vtt", "ctm"})
SUBTITLES = frozenset({"srt", "vtt"})  # files of their own: several cannot stand in one


class Format(StrEnum):
    """How transcripts are written."""

    TEXT = "text"
    JSONL = "jsonl"
    SRT = "srt"
    VTT = "vtt"
    TSV = "tsv"
    CTM = "ctm"


def transcribe(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="PATH...", help="Audio files, or folders of them.", show_default=False),
    ],
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "-m", "--model", metavar="MODEL", help="A base model or a bundle. Default: whisper-base."
        ),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show where two models differ, word by word.")] = False,
    locale: Annotated[
        str | None,
        typer.Option(metavar="LOCALE", help="Such as de-DE, or auto. Default: the model's, else en-US."),
    ] = None,
    form: Annotated[
        Format, typer.Option("--format", "-f", help="How to write the transcripts.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write there, not to standard output."),
    ] = None,
    beam: Annotated[int, typer.Option(min=1, max=20, help="Hypotheses kept side by side.")] = 5,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document: a list of transcripts.")
    ] = False,
) -> None:
    """Transcribe audio files of any format and length.

    A file that cannot be read is named on standard error, the others are transcribed, and the exit code is 1.

    Examples:
      lect transcribe call.mp3

      lect transcribe talks/ -m coffee.lect --format srt -o subtitles/

      lect transcribe call.wav -m whisper-base -m coffee.lect --diff
    """
    from lect.bootstrap import parts
    from lect.cli import console

    names = model or [DEFAULT_MODEL]
    _check_usage(names, diff=diff)
    files = find_audio(paths)
    is_split = form in SUBTITLES and len(files) > 1 and not (diff or json)
    if is_split and output is None:
        raise typer.BadParameter("subtitles of several files need a folder: -o DIR", param_hint="--output")
    quiet = output is None and sys.stdout.isatty()  # results and bars would run into each other
    with parts() as lect, console.progress(quiet=quiet) as tell:
        transcripts = [
            lect.transcribe(
                lect.pool.open(name, progress=lambda done: tell("Reading what the base knows", done)),
                files,
                locale=locale,
                beam=beam,
                word_times=json or form in NEEDS_TIMES,
                progress=lambda done, name=name: tell(f"Transcribing with {name}", done),  # type: ignore[misc]
            )
            for name in names
        ]
        if is_split and output:
            failed = _write_files(transcripts[0], form, output)
        else:
            with console.output(output) as write:
                if diff:
                    failed = _write_differences(*transcripts, write=write, json=json)
                elif json:
                    failed = _write_json(transcripts[0], write)
                else:
                    failed = _write(transcripts[0], form, write, named=len(files) > 1)
    if failed:
        raise typer.Exit(1)


def _check_usage(names: list[str], *, diff: bool) -> None:
    if diff and len(names) != 2:
        raise typer.BadParameter("--diff compares two models: give -m twice", param_hint="--diff")
    if not diff and len(names) > 1:
        raise typer.BadParameter("give one model, or two with --diff", param_hint="--model")


def find_audio(paths: list[Path]) -> list[Path]:
    """The files named, and of each folder those within whose names end like audio, in order.

    Raises:
        NotFound: a path is not there, or a folder holds no audio.
    """
    from lect.cli.console import require_files
    from lect.core.errors import NotFound
    from lect.datasets.archive import AUDIO_SUFFIXES

    require_files(paths)
    files = []
    for path in paths:
        if path.is_dir():
            found = sorted(file for file in path.rglob("*") if file.suffix.lower() in AUDIO_SUFFIXES)
            if not found:
                raise NotFound(f"{path}: no audio file is in this folder", hint="Name the files themselves.")
            files.extend(found)
        else:
            files.append(path)
    return files


def _write(
    transcripts: Iterable[Transcript], form: Format, write: Callable[[str], None], *, named: bool
) -> bool:
    """Write transcripts as they come; whether any file failed."""
    from lect.serving.formats import FORMATS

    failed = False
    for transcript in transcripts:
        if transcript.error:
            failed = True
            _complain(transcript)
        if transcript.error and form is not Format.JSONL:
            continue
        if named and form is Format.TEXT:
            write(f"{transcript.file}\n  ")
        write(FORMATS[form](transcript))
    return failed


def _write_files(transcripts: Iterable[Transcript], form: Format, folder: Path) -> bool:
    """Write a file for each recording, named like it; whether any failed."""
    from lect.core.files import write_bytes
    from lect.serving.formats import FORMATS

    failed = False
    written: set[str] = set()
    for transcript in transcripts:
        if transcript.error:
            failed = True
            _complain(transcript)
        else:
            name = _free_name(Path(transcript.file), f".{form}", written)
            write_bytes(folder / name, FORMATS[form](transcript).encode())
    return failed


def _free_name(file: Path, suffix: str, taken: set[str]) -> str:
    """The file's name; as many of its folders before it as tell it from files of the same name."""
    parts = [part for part in file.parts if part not in ("/", ".", "..")]
    names = ["-".join(parts[start:]) + suffix for start in range(len(parts) - 1, -1, -1)]
    name = next((name for name in names if name not in taken), f"{len(taken)}-{names[0]}")
    taken.add(name)
    return name


def _write_json(transcripts: Iterable[Transcript], write: Callable[[str], None]) -> bool:
    from json import dumps

    results = list(transcripts)
    for transcript in results:
        if transcript.error:
            _complain(transcript)
    write(
        dumps({"transcripts": [result.to_json() for result in results]}, ensure_ascii=False, indent=2) + "\n"
    )
    return any(result.error for result in results)


def _write_differences(
    first: Iterable[Transcript], second: Iterable[Transcript], *, write: Callable[[str], None], json: bool
) -> bool:
    """Write what each of two models heard where they differ, aligned word by word."""
    from lect.speech.scoring import align
    from lect.speech.scoring.display import as_lines

    if json:
        return _write_json(chain.from_iterable(zip(first, second, strict=True)), write)
    failed, same, total = False, 0, 0
    for a, b in zip(first, second, strict=True):
        total += 1
        if a.error:
            failed = True
            _complain(a)
            continue
        alignment = align(a.display.split(), b.display.split())
        if not alignment.counts.errors:
            same += 1
            continue
        write(f"{a.file}  {alignment.counts.errors} of {alignment.counts.words} words differ\n")
        write(f"{as_lines(alignment)}\n\n")
    write(f"{same} of {total} files are the same to the letter.\n")
    return failed


def _complain(transcript: Transcript) -> None:
    if transcript.error:
        typer.echo(f"error: {transcript.error}", err=True)
