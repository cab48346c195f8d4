"""`lect train`: data to a custom model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lect.models.training import Plan, Trained


def train(
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT.lect", help="The bundle to write.", show_default=False),
    ],
    base: Annotated[str, typer.Option(metavar="NAME", help="The base model to adapt.")] = "whisper-base",
    locale: Annotated[str, typer.Option(metavar="LOCALE", help="Of the data, such as en-US.")] = "en-US",
    text: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Plain text, a sentence a line. May be given again.", show_default=False
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
    seed: Annotated[int, typer.Option(help="Of all that is drawn.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read the data and say what would be done.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a custom model from plain text, in seconds.

    Lines that break a rule are dropped; how many, and the first of them, is said on standard error. The same data gives the
    same bundle, byte for byte.

    Examples:
      lect train -o coffee.lect --text orders.txt

      lect train -o coffee.lect --text menu.txt --text orders.txt --dev dev.zip --base whisper-tiny.en
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.datasets.limits import limits_of
    from lect.models.training import TrainOptions, plan
    from lect.settings import Settings

    if output.suffix != ".lect":
        raise typer.BadParameter("the name of a bundle ends in .lect", param_hint="--output")
    if not text:
        raise typer.BadParameter("name the data to train on: --text FILE", param_hint="--text")
    console.require_files([*text, *([dev] if dev else [])])
    options = TrainOptions(locale=locale, text=tuple(text), weight=weight, seed=seed)
    if dry_run:
        planned = plan(options, limits=limits_of(Settings().limits))
        console.print_json(planned.to_json()) if json else _tell_plan(planned, output)
        return
    with parts() as lect, console.progress() as tell:
        trained = lect.train(output, options, base=base, dev=dev, report=tell)
    _warn_of_rejected(trained.plan)
    console.print_json(trained.to_json()) if json else _tell(trained)


def _tell(trained: Trained) -> None:
    size = trained.bundle.path.stat().st_size / 1e6 if trained.bundle.path.is_file() else 0.0
    typer.echo(
        f"{trained.bundle.path}: {trained.plan.accepted:,} lines, {size:.1f} MB, "
        f"{trained.seconds:.1f} s ({trained.cpu_seconds:.1f} CPU seconds)"
    )
    if trained.choice:
        choice = trained.choice
        typer.echo(
            f"dev data: {choice.before.rate:.1%} WER before, {choice.after.rate:.1%} after, "
            f"weight {choice.mixture.weight:.0%} (chosen on this data: report another set's WER)"
        )
    typer.echo(f"Next: lect evaluate DATA -m {trained.bundle.manifest.base.name} -m {trained.bundle.path}")


def _tell_plan(planned: Plan, output: Path) -> None:
    for file in planned.files:
        typer.echo(f"{file.name}: {file.accepted:,} lines to learn from, {file.rejected:,} rejected")
    typer.echo(f"{output} would be written.")
    _warn_of_rejected(planned)


def _warn_of_rejected(planned: Plan) -> None:
    from lect.cli import console

    for file in planned.files:
        console.warn_of_rejected(file.name, file.rejected, file.first_rejected)
