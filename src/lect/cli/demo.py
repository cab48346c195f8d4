"""`lect demo`: the whole loop on a small sample, or on your own data."""

from __future__ import annotations

import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.options import locale_of_text
from lect.core.words import counted
from lect.models.catalogue import DEFAULT

if TYPE_CHECKING:
    from lect.evaluations.results import Evaluation, ModelScore


def demo(
    *,
    data: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="A folder with training/ (a text) and testing/ (audio with transcripts). Default: the built-in sample.",
            show_default=False,
        ),
    ] = None,
    base: Annotated[str, typer.Option(metavar="NAME", help="The base model to adapt.")] = DEFAULT,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="Of the data, such as en-US.", callback=locale_of_text)
    ] = "en-US",
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Keep the bundle there. Default: a folder that is removed.",
            show_default=False,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Adapt a base model to text and measure what it brings, in about a minute.

    The built-in sample is an invented orchard full of invented words, spoken by synthetic voices. Real speech is harder: try
    your own.

    Examples:
      lect demo

      lect demo --data my-domain --base whisper-tiny.en
    """
    from lect import sample
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.evaluations.running import EvaluateOptions
    from lect.models.plan import TrainOptions

    began, began_cpu = time.monotonic(), time.process_time()
    folder = data or sample.folder()
    texts, testing = _training_texts(folder), _testing_set(folder)
    with ExitStack() as stack:
        place = work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lect-demo-")))
        lect = stack.enter_context(parts())
        progress = stack.enter_context(console.progress())
        bundle = place / "demo.lect"
        dataset = lect.read_acoustic(testing, locale=locale)
        lect.train(bundle, TrainOptions(locale=locale, text=tuple(texts)), base=base, progress=progress)
        models = [
            lect.pool.open(base, progress=progress),
            replace(lect.pool.open(str(bundle), progress=progress), name=bundle.name),
        ]
        evaluation = lect.evaluate(dataset, models, options=EvaluateOptions(locale=locale), progress=progress)
    seconds = round(time.monotonic() - began, 1)
    cpu_seconds = round(time.process_time() - began_cpu, 1)
    if json:
        console.print_json(_document(evaluation, base, bundle if work else None, seconds, cpu_seconds))
    else:
        _show(evaluation, seconds, cpu_seconds, kept=bundle if work else None, built_in=data is None)


def _training_texts(folder: Path) -> list[Path]:
    """The plain texts to train on."""
    from lect.core.errors import NotFound

    found = [
        path
        for name in ("related-text.txt", "plain-text.txt")
        if (path := folder / "training" / name).is_file()
    ]
    if not found:
        raise NotFound(
            f"{folder / 'training'}: neither related-text.txt nor plain-text.txt is there",
            hint="Put a text with a sentence a line there; `lect demo` alone runs on the built-in sample.",
        )
    return found


def _testing_set(folder: Path) -> Path:
    """The audio with transcripts to measure on."""
    from lect.core.errors import NotFound

    testing = folder / "testing"
    for path in (testing / "audio-and-trans.zip", testing / "audio-and-trans"):
        if path.exists():
            return path
    if any(testing.glob("trans.*")):
        return testing
    raise NotFound(
        f"{testing}: no audio with transcripts is there",
        hint="Put audio-and-trans.zip there, or the audio files and trans.txt.",
    )


def _document(
    evaluation: Evaluation, base: str, bundle: Path | None, seconds: float, cpu_seconds: float
) -> dict[str, Any]:
    before, after = (model.to_json() for model in evaluation.models)
    return {
        "base": {"name": base, "wer": before["wer"], "wer_ci": before["wer_ci"]},
        "adapted": {
            "bundle": str(bundle) if bundle else None,
            "wer": after["wer"],
            "wer_ci": after["wer_ci"],
        },
        "verdict": evaluation.comparisons[0].verdict,
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
    }


def _show(
    evaluation: Evaluation, seconds: float, cpu_seconds: float, *, kept: Path | None, built_in: bool
) -> None:
    from rich.table import Table
    from rich.text import Text

    from lect.cli import console
    from lect.evaluations import report

    before, after = evaluation.models
    screen = console.screen()
    n_words = before.totals.words.words
    table = Table(
        "", "WER % [95 % CI]", "wrong words", "CPU/audio",
        title=f"{counted(len(evaluation.utterances), 'utterance')}, {counted(n_words, 'word')} that no model has seen", title_justify="left",
    )  # fmt: skip
    for name, model in ((before.model, before), ("+ your text", after)):
        table.add_row(name, *_cells(model))
    screen.print(table)
    for line in report.verdicts(evaluation):
        screen.print(Text(line, "bold"))
    for utterance in report.worst_utterances(evaluation, 3):
        screen.print(report.utterance_text(evaluation, utterance))
    screen.print(Text(f"\n{seconds:.0f} s, {cpu_seconds:.0f} CPU seconds"))
    screen.print("Next:")
    if built_in:
        screen.print(Text("  the voices are synthetic; try your own:  lect demo --data DIR"))
    if kept:
        screen.print(Text(f"  lect transcribe FILE -m {kept}"))
    screen.print(Text("  lect check DATA      every problem in your data, line by line"))
    screen.print(Text("  lect train -o my.lect --text FILE"))


def _cells(model: ModelScore) -> tuple[str, str, str]:
    from lect.evaluations import report

    rate = report.rate_with_interval(model.totals.wer, model.interval)
    return rate, str(model.totals.words.errors), f"{model.cpu_seconds / model.audio_seconds:.3f}"
