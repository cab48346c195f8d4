"""`lect transcribe`: audio files to text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.options import locale_of_speech
from lect.core.words import counted
from lect.models.catalogue import DEFAULT

if TYPE_CHECKING:
    from lect.serving.transcriptions import Transcript

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


class ProfanityChoice(StrEnum):
    """What is done to profanity; as in `lect.speech.text.display`, which help need not load."""

    MASKED = "masked"
    REMOVED = "removed"
    TAGGED = "tagged"
    RAW = "raw"


class PunctuationChoice(StrEnum):
    """Where marks come from; as in `lect.speech.text.display`, which help need not load."""

    AUTOMATIC = "automatic"
    DICTATED = "dictated"
    BOTH = "both"
    NONE = "none"


def transcribe(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...", help="Audio files, or folders and zips of them.", show_default=False
        ),
    ],
    *,
    model: Annotated[
        list[str] | None,
        typer.Option("-m", "--model", metavar="MODEL", help=f"A base model or a bundle. Default: {DEFAULT}."),
    ] = None,
    diff: Annotated[bool, typer.Option("--diff", help="Show where two models differ, word by word.")] = False,
    locale: Annotated[
        str | None,
        typer.Option(
            metavar="LOCALE",
            help="Such as de-DE, or auto. Default: the model's, else en-US.",
            callback=locale_of_speech,
        ),
    ] = None,
    form: Annotated[
        Format,
        typer.Option("--format", "-f", help="How to write the transcripts; --json writes one JSON document."),
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write there, not to standard output."),
    ] = None,
    phrases: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Phrases to expect, one a line; a tab and a weight may follow. May be given again.",
            show_default=False,
        ),
    ] = None,
    phrase: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="A phrase to expect. May be given again.", show_default=False),
    ] = None,
    profanity: Annotated[
        ProfanityChoice | None,
        typer.Option(
            help="What is done to profanity; masked is a star for each letter. Default: masked with --profanity-list; else only what the model's own "
            "display rules name is masked.",
            show_default=False,
        ),
    ] = None,
    profanity_list: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Your own profanity, a word or phrase a line. Default: a short list of English.",
            show_default=False,
        ),
    ] = None,
    punctuation: Annotated[
        PunctuationChoice,
        typer.Option(
            help='Where marks come from: the model, the speaker who says "comma", both, or none are written.'
        ),
    ] = PunctuationChoice.AUTOMATIC,
    diarize: Annotated[
        bool, typer.Option("--diarize", help="Tell speakers apart, and name each by a number.")
    ] = False,
    max_speakers: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=35, help="At most so many speak; with --diarize.", show_default=False
        ),
    ] = None,
    beam: Annotated[int, typer.Option(min=1, max=20, help="Hypotheses kept side by side.")] = 5,
    json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document: a list of transcripts.")
    ] = False,
) -> None:
    """Transcribe audio files of any format and length.

    A file that cannot be read or recognised is named on standard error, the others are transcribed, and the exit code is 1.

    Examples:
      lect transcribe call.mp3

      lect transcribe talks/ -m coffee.lect --format srt -o subtitles/

      lect transcribe call.wav -m whisper-base -m coffee.lect --diff

      lect transcribe meeting.mp3 --diarize --max-speakers 4

      lect transcribe call.wav --phrase "Lena Overby" --phrases products.txt
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.serving.diarization import DiarizationOptions
    from lect.serving.forms import Writing
    from lect.serving.voices import MOST_SPEAKERS
    from lect.speech.text.display import ProfanityMode, Punctuation
    from lect.speech.text.phrases import PhraseList, phrases_of

    names = model or [DEFAULT]
    _check_usage(names, diff=diff)
    if max_speakers and not diarize:
        raise typer.BadParameter("it bounds the speakers of --diarize", param_hint="--max-speakers")
    speakers = DiarizationOptions(most=max_speakers or MOST_SPEAKERS) if diarize else None
    profanity = profanity or (ProfanityChoice.MASKED if profanity_list else None)
    writing = Writing(
        profanity=ProfanityMode(profanity) if profanity else None,
        profane=profanity_list,
        punctuation=Punctuation(punctuation),
    )
    writing.forms("und")  # a list that cannot be read is told before any model is loaded
    listed = PhraseList(phrases=phrases_of(phrases or (), phrase or ()))
    if phrases and not listed:
        typer.echo(f"{', '.join(map(str, phrases))}: no phrase stands there, so none is expected.", err=True)
    quiet = output is None and sys.stdout.isatty()  # results and bars would run into each other
    with parts() as lect:
        recordings = lect.recordings(paths)
        is_split = form in SUBTITLES and len(recordings) > 1 and not (diff or json)
        if is_split and output is None:
            raise typer.BadParameter(
                "subtitles of several files need a folder: -o DIR", param_hint="--output"
            )
        if not is_split:
            heard = [each.path for each in recordings]
            console.require_apart(
                output, [*paths, *heard, *(phrases or ()), profanity_list, *map(Path, names)]
            )
        with console.progress() as progress:
            models = [
                lect.expecting(
                    lect.pool.open(name, progress=progress), listed, locale=locale, progress=progress
                )
                for name in names
            ]
        with console.progress(quiet=quiet) as progress:
            transcripts = [
                lect.transcribe(
                    model,
                    recordings,
                    locale=locale,
                    beam=beam,
                    word_times=json or form in NEEDS_TIMES,
                    writing=writing,
                    speakers=speakers,
                    progress=progress,
                )
                for model in models
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
                        failed = _write(transcripts[0], form, write, files=[each.name for each in recordings])
    if failed:
        typer.echo(f"{counted(failed, 'file')} of {len(recordings):,} could not be transcribed.", err=True)
        raise typer.Exit(1)


def _check_usage(names: list[str], *, diff: bool) -> None:
    if diff and len(names) != 2:
        raise typer.BadParameter("--diff compares two models: give -m twice", param_hint="--diff")
    if not diff and len(names) > 1:
        raise typer.BadParameter("give one model, or two with --diff", param_hint="--model")


def _write(
    transcripts: Iterable[Transcript], form: Format, write: Callable[[str], None], *, files: Sequence[str]
) -> int:
    """Write transcripts as they come; how many failed."""
    from lect.serving.formats import writer

    failed, as_written = 0, writer(form, files)
    for transcript in transcripts:
        failed += _complain(transcript)
        if transcript.error and form is not Format.JSONL:
            continue
        if len(files) > 1 and form is Format.TEXT:
            write(f"{transcript.file}\n  ")
        write(as_written(transcript))
    return failed


def _write_files(transcripts: Iterable[Transcript], form: Format, folder: Path) -> int:
    """Write a file for each recording, named like it; how many failed."""
    from lect.core.files import write_bytes
    from lect.serving.formats import FORMATS

    failed = 0
    written: set[str] = set()
    for transcript in transcripts:
        failed += _complain(transcript)
        if not transcript.error:
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


def _write_json(transcripts: Iterable[Transcript], write: Callable[[str], None]) -> int:
    from json import dumps

    results = list(transcripts)
    write(
        dumps({"transcripts": [result.to_json() for result in results]}, ensure_ascii=False, indent=2) + "\n"
    )
    return sum(map(_complain, results))


def _write_differences(
    first: Iterable[Transcript], second: Iterable[Transcript], *, write: Callable[[str], None], json: bool
) -> int:
    """Write what each of two models heard where they differ, aligned word by word; how many files failed."""
    from lect.speech.scoring import align
    from lect.speech.scoring.display import as_lines

    if json:
        return _write_json(chain.from_iterable(zip(first, second, strict=True)), write)
    failed, same, total = 0, 0, 0
    for a, b in zip(first, second, strict=True):
        if a.error or b.error:
            failed += _complain(a) or _complain(b)
            continue
        total += 1
        alignment = align(a.display.split(), b.display.split())
        if not alignment.counts.errors:
            same += 1
            continue
        counts = alignment.counts
        write(f"{a.file}  {counts.errors} of {counted(counts.words, 'word')} differ\n")
        write(f"{as_lines(alignment)}\n\n")
    write(f"{same} of {counted(total, 'file')} {'is' if total == 1 else 'are'} the same to the letter.\n")
    return failed


def _complain(transcript: Transcript) -> bool:
    """Say why a file failed, if it did."""
    from lect.cli.console import complain

    if transcript.error:
        complain(transcript.error)
    return transcript.error is not None
