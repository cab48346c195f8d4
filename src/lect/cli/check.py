"""`lect check`: everything that is wrong with some data, and a repaired copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.options import locale_of_text
from lect.core.words import counted

if TYPE_CHECKING:
    from rich.text import Text

    from lect.datasets.report import Fixed, Problem, Report

_UNMARKED = "No byte-order mark: Lect needs none, only Azure does (--fix OUT writes it)."
_SHOWN = 5  # problems of one kind; --json has more
_THINGS = {"audio": "file", "acoustic": "utterance"}  # else lines
_STYLES = {"error": "bold red", "warning": "yellow"}


def check(
    data: Annotated[
        Path, typer.Argument(metavar="DATA", help="A zip, a folder, or a text file.", show_default=False)
    ],
    *,
    kind: Annotated[
        str | None,
        typer.Option(
            metavar="KIND",
            help="acoustic, audio, text, structured, pronunciation or display. Guessed if left out.",
            show_default=False,
        ),
    ] = None,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="Of the text, such as en-US.", callback=locale_of_text)
    ] = "en-US",
    fix: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT", help="Write a repaired copy to this new file: of audio a zip.", show_default=False
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Check data before it is used: every problem with its file, line, column and what to do.

    Exits 0 if there are no errors (warnings are fine), 1 if there is one, 2 if called wrongly.

    With --fix the exit code is still that of DATA. The copy passes the check; OUT.changes.tsv beside it names every line and
    file that was changed or left out.

    Examples:
      lect check orders.txt

      lect check training.zip --locale de-DE

      lect check training.zip --fix repaired.zip
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.core.errors import InvalidDataset, InvalidInput

    try:
        with parts() as lect, console.progress(quiet=json) as progress:
            report = lect.check(data, kind=kind, locale=locale, fix=fix, progress=progress)
    except InvalidDataset:
        raise
    except InvalidInput as error:  # a wrong kind or locale: wrong usage, not wrong data
        raise typer.BadParameter(f"{error.message}. {error.hint}") from error
    if json:
        console.print_json(report.to_json())
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(1)


def _print(report: Report) -> None:
    from lect.cli import console

    screen = console.screen()
    for text in _render(report):
        screen.print(text, soft_wrap=True)  # lines stay whole for other programs


def _render(report: Report) -> Iterator[Text]:
    """The report as a person reads it: by kind of problem, errors first, then the counts, and what asks for nothing last."""
    from lect.datasets.codes import Code

    for group in _groups(problem for problem in report.problems if problem.code is not Code.MISSING_BOM):
        first = group[0]
        yield _heading(first, report.counts[first.code, first.severity])
        yield from _places(group)
    unmarked = report.counts.get((Code.MISSING_BOM, Code.MISSING_BOM.severity), 0)
    yield _summary(report, warnings=report.warnings - unmarked)
    if unmarked:
        yield _note(_UNMARKED, "dim")
    if report.other_locale:
        hint = f"The text looks like {report.other_locale}; it was checked by the rules of {report.locale}."
        yield _note(f"{hint} If it is, add: --locale {report.other_locale}", "yellow")
    if report.fixed is not None:
        yield from _places(report.fixed.problems)
        yield _outcome(report.fixed)


def _groups(problems: Iterable[Problem]) -> list[list[Problem]]:
    def key(problem: Problem) -> tuple[bool, str]:
        return (not problem.is_error, problem.code.value)

    return [list(group) for _, group in groupby(sorted(problems, key=key), key)]


def _heading(problem: Problem, count: int) -> Text:
    from rich.text import Text

    heading = Text(problem.severity.value, _STYLES[problem.severity.value])
    heading.append(f" {problem.code.value}", "bold")
    heading.append(f"  {problem.code.meaning}", "default")
    if count > _SHOWN:
        heading.append(f"  {count:,} times; the first {_SHOWN}:", "dim")
    return heading


def _places(problems: Sequence[Problem]) -> Iterator[Text]:
    """`  file:line:column: message` and the excerpt; what to do is said once if it is the same for all."""
    shown = problems[:_SHOWN]
    for problem, following in zip_longest(shown, shown[1:]):
        yield _place(problem)
        if problem.suggestion and (following is None or following.suggestion != problem.suggestion):
            yield _note(f"    {problem.suggestion}", "green")


def _place(problem: Problem) -> Text:
    from lect.datasets.report import printable

    place = ":".join(str(part) for part in (problem.file, problem.line, problem.column) if part is not None)
    text = _note(f"  {printable(place)}: ", "cyan")
    text.append(printable(problem.message), "default")
    if problem.excerpt:
        text.append(f"\n    {problem.excerpt}", "dim")
    return text


def _summary(report: Report, *, warnings: int) -> Text:
    thing = _THINGS.get(report.kind, "line")
    parts = [f"{counted(report.accepted, thing)} can be used", f"{report.rejected:,} cannot"]
    if report.audio_seconds:
        minutes = report.audio_seconds / 60
        parts.append(
            f"{minutes:.1f} min of audio" if minutes >= 1 else f"{report.audio_seconds:.1f} s of audio"
        )
    parts.append(f"{counted(report.errors, 'error')}, {counted(warnings, 'warning')}")
    verdict = f"{report.dataset} ({report.kind}, {report.locale}): {'ok' if report.ok else 'has errors'}"
    return _note(f"{verdict}; {'; '.join(parts)}", "bold green" if report.ok else "bold red")


def _outcome(fixed: Fixed) -> Text:
    if fixed.path is None:
        return _note("Nothing could be saved, so no copy was written.", "bold red")
    lost = f"{fixed.dropped:,} left out" if fixed.dropped else "nothing left out"
    told = f"; {fixed.listing} names each of them" if fixed.listing else ""
    kept = f"{fixed.accepted:,} kept, {fixed.changed:,} changed, {lost}{told}"
    return _note(f"{fixed.path}: the repaired copy, {kept}", "bold")


def _note(text: str, style: str) -> Text:
    from rich.text import Text

    return Text(text, style)
