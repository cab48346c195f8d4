"""`lect train`: data to a custom model."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.options import locale_of_text
from lect.core.words import counted, size
from lect.models.catalogue import DEFAULT

if TYPE_CHECKING:
    from lect.models.plan import Plan
    from lect.models.training import Trained

_MARKED_UP = frozenset({"structured", "pronunciation"})  # kinds with an option of their own


def train(
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT.lect", help="The bundle to write.", show_default=False),
    ],
    base: Annotated[str, typer.Option(metavar="NAME", help="The base model to adapt.")] = DEFAULT,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="Of the data, such as en-US.", callback=locale_of_text)
    ] = "en-US",
    text: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Plain text, a sentence a line. May be given again.", show_default=False
        ),
    ] = None,
    structured: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Lists, and sentences in which they stand for any of their items. May be given again.",
            show_default=False,
        ),
    ] = None,
    pronunciation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Terms that are not said as they are written: DISPLAY, a tab, what is said. May be given again.",
            show_default=False,
        ),
    ] = None,
    dev: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA", help="Audio with transcripts on which the weight is chosen.", show_default=False
        ),
    ] = None,
    weight: Annotated[
        int | None,
        typer.Option(
            min=1, max=100, help="How far the text may steer, percent. Default: 40, or chosen on --dev."
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(help="Noted in the bundle. Training on text draws nothing at random and needs none."),
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Load the base and read the data, but train nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a custom model from plain text, structured text and pronunciations, in seconds.

    Lines that break a rule are dropped; how many, and the first of them, is said on standard error. The same data gives the
    same bundle, byte for byte.

    Examples:
      lect train -o coffee.lect --text orders.txt

      lect train -o coffee.lect --text menu.txt --text orders.txt --dev dev.zip --base whisper-tiny.en

      lect train -o parts.lect --pronunciation part-numbers.txt --text tickets.txt

      lect train -o directory.lect --structured staff.md
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.models.plan import TrainOptions

    if output.suffix != ".lect":
        raise typer.BadParameter("the name of a bundle ends in .lect", param_hint="--output")
    files = [*(text or ()), *(structured or ()), *(pronunciation or ())]
    if not files:
        raise typer.BadParameter("name the data to train on: --text, --structured or --pronunciation FILE")
    console.require_files([*files, *([dev] if dev else [])])
    console.require_apart(output, [*files, dev, Path(base)])
    _warn_of_markup(text or ())
    options = TrainOptions(
        locale=locale,
        text=tuple(text or ()),
        structured=tuple(structured or ()),
        pronunciation=tuple(pronunciation or ()),
        weight=weight,
        seed=seed,
    )
    with parts() as lect, console.progress(quiet=json) as progress:
        if dry_run:
            planned = lect.plan(output, options, base=base, dev=dev, progress=progress)
            _warn_of_rejected(planned)
            return console.print_json(planned.to_json()) if json else _tell_plan(planned, output)
        trained = lect.train(output, options, base=base, dev=dev, progress=progress)
    _warn_of_rejected(trained.plan)
    return console.print_json(trained.to_json()) if json else _tell(trained)


def _warn_of_markup(files: Iterable[Path]) -> None:
    """Say which files of plain text look like another kind: their markup would be learned as if it were spoken."""
    from lect.datasets.kinds import guess_kind

    for path in files:
        if path.is_file() and (kind := guess_kind(path)) in _MARKED_UP:  # a pipe can be read only once
            typer.echo(
                f"{path}: learned as plain text, but it looks like {kind} data; if it is, use --{kind} instead of --text.",
                err=True,
            )


def _warn_of_rejected(planned: Plan) -> None:
    from lect.cli import console

    for file in planned.files:
        console.warn_of_rejected(file.path, file)


def _tell(trained: Trained) -> None:
    typer.echo(
        f"{trained.bundle.path}: learned from {counted(trained.plan.accepted, 'line')} in {trained.seconds:.1f} s "
        f"({trained.cpu_seconds:.1f} CPU seconds), {size(trained.bundle.path.stat().st_size)} large"
    )
    if trained.choice:
        choice = trained.choice
        typer.echo(
            f"dev data: {choice.before.rate:.1%} WER before, {choice.after.rate:.1%} after, "
            f"weight {choice.mixture.weight:.0%} (chosen on this data: report another set's WER)"
        )
    typer.echo(f"Next: lect evaluate DATA -m {trained.bundle.manifest.base.name} -m {trained.bundle.path}")


def _tell_plan(planned: Plan, output: Path) -> None:
    typer.echo(f"{planned.base}: the base model is ready")
    for file in planned.files:
        typer.echo(f"{file.name}: {counted(file.accepted, 'line')} to learn from, {file.rejected:,} rejected")
    if planned.dev_utterances is not None:
        typer.echo(f"dev data: {counted(planned.dev_utterances, 'utterance')} to choose the weight on")
    typer.echo(f"{output} would be written.")
