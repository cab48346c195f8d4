"""`lect evaluate`: word error rates of models on audio with transcripts, with error bars and a verdict."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.options import locale_of_text
from lect.core.words import counted
from lect.models.catalogue import DEFAULT

if TYPE_CHECKING:
    from lect.datasets.reading import AcousticDataset
    from lect.evaluations.results import Evaluation


def evaluate(
    data: Annotated[
        Path,
        typer.Argument(metavar="DATA", help="A zip or folder of audio with trans.txt.", show_default=False),
    ],
    *,
    model: Annotated[
        list[str] | None,
        typer.Option(
            "-m",
            "--model",
            metavar="MODEL",
            help=f"A base model or a bundle; several are compared. Default: {DEFAULT}.",
        ),
    ] = None,
    locale: Annotated[
        str | None,
        typer.Option(
            metavar="LOCALE", help="Of the data. Default: the bundle's, else en-US.", callback=locale_of_text
        ),
    ] = None,
    speakers: Annotated[
        Path | None,
        typer.Option(
            metavar="TSV", help="`file<TAB>speaker`: error bars are then by speaker.", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write one page with playable errors.", show_default=False),
    ] = None,
    sclite: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write trn files for NIST's sclite.", show_default=False),
    ] = None,
    worst: Annotated[int, typer.Option(min=0, help="How many utterances to show, the worst first.")] = 5,
    beam: Annotated[int, typer.Option(min=1, max=20, help="Hypotheses kept side by side.")] = 5,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Measure how well models recognise audio whose transcripts are known.

    Words are counted as NIST's sclite counts them, after both sides are normalised. Error bars are 95 %, by bootstrap over
    speakers where they are known, else over files.

    Examples:
      lect evaluate testing.zip -m whisper-base

      lect evaluate testing.zip -m whisper-base -m coffee.lect --html report.html
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.core.files import write_bytes
    from lect.evaluations import html as page
    from lect.evaluations import report
    from lect.evaluations import sclite as trn
    from lect.evaluations.running import EvaluateOptions, locale_of

    console.require_files([data, *([speakers] if speakers else [])])
    console.require_apart(html, [*_files(data), speakers, *map(Path, model or ())])
    console.require_apart(sclite, [data])
    with parts() as lect, console.progress() as progress:
        models = [lect.pool.open(name, progress=progress) for name in model or [DEFAULT]]
        options = EvaluateOptions(locale=locale or locale_of(models), beam=beam, word_times=json, seed=seed)
        dataset = lect.read_acoustic(data, locale=options.locale, speakers=speakers)
        evaluation = lect.evaluate(dataset, models, options=options, progress=progress)
        if html:
            audio = page.gather_audio(evaluation, {each.file: each.source for each in dataset})
            write_bytes(html, page.render(evaluation, audio=audio).encode())
    if sclite:
        trn.write(evaluation, sclite)
    console.warn_of_rejected(data, dataset)
    if speakers:
        _warn_of_unknown(dataset, speakers)
    if json:
        console.print_json(evaluation.to_json())
    else:
        report.print_report(evaluation, console.screen(), worst=worst)
    if evaluation.failures:
        _tell_failures(evaluation)
        raise typer.Exit(1)


def _warn_of_unknown(dataset: AcousticDataset, speakers: Path) -> None:
    unknown = [each.file for each in dataset if not each.speaker]
    if unknown:
        typer.echo(
            f"{speakers}: no speaker for {len(unknown):,} of {counted(len(dataset), 'utterance')}, the first {unknown[0]}; "
            "error bars are by file unless every speaker is known.",
            err=True,
        )


def _files(data: Path) -> list[Path]:
    """The data, and if it is a folder what may be data in it; not an older report."""
    from lect.datasets.archive import AUDIO_SUFFIXES, TEXT_SUFFIXES

    suffixes = AUDIO_SUFFIXES | TEXT_SUFFIXES | {".zip"}
    return [data, *(file for file in data.rglob("*") if file.suffix.lower() in suffixes)]


def _tell_failures(evaluation: Evaluation) -> None:
    from lect.cli import console

    for failure in evaluation.failures:
        console.complain(failure.error)
    left_out = counted(len({failure.file for failure in evaluation.failures}), "utterance")
    typer.echo(f"{left_out} could not be heard, and no model is scored on it.", err=True)
