"""An evaluation for the terminal: a table of models, verdicts, and the worst utterances word by word."""

from __future__ import annotations

import math
from pathlib import PurePath

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from lect.core.words import counted
from lect.evaluations.results import Comparison, EvaluatedUtterance, Evaluation, ModelScore
from lect.speech.scoring.display import as_text
from lect.speech.scoring.intervals import Interval

COLUMNS = ("model", "WER % [95 % CI]", "S/D/I", "CER %", "SER %", "TER %", "CPU/audio")

_CLASS_NAMES = {
    "punctuation": "punctuation",
    "capitalization": "capitals",
    "itn": "written forms",
    "lexical": "wrong words",
    "others": "others",
}


def print_report(evaluation: Evaluation, console: Console, *, worst: int = 5) -> None:
    """Print the whole report.

    Args:
        evaluation: what was found.
        console: where to print.
        worst: how many of the utterances with most errors to show.
    """
    console.print(model_table(evaluation))
    for line in token_lines(evaluation):
        console.print(Text(line, "dim"))
    for line in verdicts(evaluation):
        console.print(Text(line))
    shown = worst_utterances(evaluation, worst)
    if shown:
        console.print(
            Text(
                f"\nMost errors ({len(shown)} of {counted(len(evaluation.utterances), 'utterance')}):", "bold"
            )
        )
    for utterance in shown:
        console.print(utterance_text(evaluation, utterance))


def model_table(evaluation: Evaluation) -> Table:
    """One row for each model."""
    words = evaluation.models[0].totals.words.words
    amount = f"{counted(len(evaluation.utterances), 'utterance')}, {counted(words, 'word')}"
    title = f"{evaluation.dataset}: {amount}, normaliser {evaluation.normaliser}"
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for at, name in enumerate(COLUMNS):
        table.add_column(name, justify="right" if at else "left", no_wrap=at > 0, overflow="fold")
    for model in evaluation.models:
        table.add_row(*model_cells(model))
    return table


def model_cells(model: ModelScore) -> tuple[str, ...]:
    """What stands in the columns of a model's row."""
    words = model.totals.words
    return (
        PurePath(model.model).name,  # a bundle's folder would take the room of the figures
        rate_with_interval(model.totals.wer, model.interval),
        f"{words.substitutions}/{words.deletions}/{words.insertions}",
        percent(model.totals.cer),
        percent(model.totals.ser),
        percent(model.tokens.rate),
        f"{model.cpu_seconds / model.audio_seconds:.3f}" if model.audio_seconds else "-",
    )


def token_lines(evaluation: Evaluation) -> list[str]:
    """What the token errors of each model are, the most frequent class first."""
    lines = []
    for model in evaluation.models:
        shares = sorted(model.token_errors.shares().items(), key=lambda each: -each[1])
        classes = ", ".join(f"{share:.0%} {_CLASS_NAMES[name]}" for name, share in shares if share)
        if classes:
            name = PurePath(model.model).name
            lines.append(f"Token errors of {name} ({model.token_errors.edits}): {classes}")
    return lines


def verdicts(evaluation: Evaluation) -> list[str]:
    """A line for each comparison, and one for each model that heard something in silence."""
    lines = [_verdict(comparison) for comparison in evaluation.comparisons]
    for model in evaluation.models:
        silence = model.silence
        if silence.utterances:
            lines.append(
                f"{model.model} heard words in {silence.hallucinations} of "
                f"{counted(silence.utterances, 'utterance')} in which nothing is said"
            )
    return lines


def worst_utterances(evaluation: Evaluation, most: int | None = None) -> list[EvaluatedUtterance]:
    """The utterances with errors of any model, the worst first."""
    wrong = [each for each in evaluation.utterances if each.errors]
    return sorted(wrong, key=lambda each: each.errors, reverse=True)[:most]


def percent(ratio: float) -> str:
    """A ratio as a percentage without its sign; a dash where there are no words."""
    return f"{100 * ratio:.2f}" if math.isfinite(ratio) else "-"


def rate_with_interval(rate: float, interval: Interval | None) -> str:
    """As `4.10 [3.05-5.20]`."""
    return (
        f"{percent(rate)} [{percent(interval.low)}-{percent(interval.high)}]" if interval else percent(rate)
    )


def _verdict(comparison: Comparison) -> str:
    if comparison.difference.p is None:
        return comparison.verdict
    blocks = f"{comparison.test}, {comparison.difference.blocks} in all"
    return f"{comparison.verdict}. ({blocks}; MAPSSWE p = {comparison.matched_pairs.p:.2g})"


def utterance_text(evaluation: Evaluation, utterance: EvaluatedUtterance) -> Text:
    """What each model made of one utterance, word by word."""
    lines = Text(f"{utterance.file}", "bold")
    for model, score in zip(evaluation.models, utterance.models, strict=True):
        lines.append(f"\n  {model.model}: ", "dim")
        lines.append_text(as_text(score.alignment))
    return lines
