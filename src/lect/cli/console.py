"""What the commands share on the terminal: progress, messages, where output goes."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lect.core.errors import Conflict, LectError, NotFound
from lect.core.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from lect.datasets.report import Judged


def console() -> Console:
    """Where people read: standard error, so that standard output stays clean for programs."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=False)


def screen() -> Console:
    """Where results for people go: standard output, in colour on a terminal alone."""
    from rich.console import Console

    return Console(highlight=False)


_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Bars = Callable[[str, float | None], None]  # a `Progress` that may not know how far it is


@contextmanager
def progress(*, quiet: bool = False, clock: Callable[[], float] = time.monotonic) -> Iterator[Bars]:
    """A progress bar a task, on a terminal. What follows " · " in its name may change on the way.

    Elsewhere there is a line for what is done once and takes a while, since nobody else says what a first use waits for; and
    one every half a minute.
    """
    from rich import progress as rich

    from lect.cli.signs import SignsOfLife
    from lect.core.progress import KEPT

    screen = console()
    bars = rich.Progress(
        rich.SpinnerColumn(),
        rich.TextColumn("{task.description}", markup=False),  # it holds names that others gave
        rich.BarColumn(),
        rich.TaskProgressColumn("{task.percentage:>3.0f} %"),  # nothing if that is not known
        rich.TimeElapsedColumn(),
        console=screen,
        disable=quiet or not screen.is_terminal,
        transient=True,
    )
    tasks: dict[str, rich.TaskID] = {}
    is_lines = not (quiet or screen.is_terminal)
    signs = SignsOfLife(partial(typer.echo, err=True), clock=clock)

    def tell(what: str, done: float | None) -> None:
        description = printable(what)
        what = description.partition(" · ")[0]
        if what not in tasks:
            for other in tasks.values():
                bars.update(other, completed=1.0)
            tasks[what] = bars.add_task(what, total=None)
            if KEPT in description and is_lines:
                typer.echo(description, err=True)
        if is_lines:
            signs.tell(description, done)
        total = None if done is None else 1.0
        bars.update(tasks[what], total=total, completed=done or 0.0, description=description)

    with bars:
        yield tell


@contextmanager
def output(path: Path | None) -> Iterator[Callable[[str], None]]:
    """A function that writes text to a file, which appears when all is written, or to standard output."""
    if path is None:

        def write(text: str) -> None:
            sys.stdout.write(text)
            sys.stdout.flush()

        yield write
        return
    from lect.core.files import atomic_write

    with atomic_write(path) as file:
        yield lambda text: (file.write(text.encode()), None)[1]


def print_json(document: Any) -> None:
    """Print one JSON document to standard output."""
    sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def flattened(document: Mapping[str, Any], path: str = "") -> list[tuple[str, str]]:
    """One row a fact; `base.name` for what is nested."""
    rows: list[tuple[str, str]] = []
    for key, value in document.items():
        if isinstance(value, dict):
            rows += flattened(value, f"{path}{key}.")
        elif isinstance(value, list | tuple) and value and all(isinstance(item, dict) for item in value):
            for number, item in enumerate(value, 1):
                rows += flattened(item, f"{path}{key}.{number}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            rows.append((path + key, text))
    return rows


def printable(text: str) -> str:
    """A text whose control characters are spelt: what others named must not move the cursor or hide anything."""
    return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print columns whose cells stay whole, however narrow the terminal: hashes are copied from there."""
    lines = [[printable(cell) for cell in line] for line in ([head, *rows] if any(head) else rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def complain(error: LectError) -> None:
    """Say what is wrong, and what to do about it."""
    first, *more = map(printable, str(error).split("\n"))
    typer.echo("\n  ".join([f"error: {first}", *more]), err=True)


def warn_of_rejected(path: Path, data: Judged) -> None:
    """Say that parts of the data were left out, and the command that tells why."""
    if data.rejected:
        were = "was" if data.rejected == 1 else "were"
        where = f", the first in line {data.first_rejected}" if data.first_rejected else ""
        typer.echo(
            f"{path.name}: {counted(data.rejected, 'line')} {were} left out{where}; `{data.report.command(path)}` says why.",
            err=True,
        )


def require_files(paths: list[Path]) -> None:
    """Make sure that files are there before anything is done.

    Raises:
        NotFound: one of them is not.
    """
    for path in paths:
        if not path.exists():
            raise NotFound(f"{path}: there is no such file", hint="Check the path.")


def require_apart(output: Path | None, inputs: Iterable[Path | None]) -> None:
    """Make sure that writing an output does not destroy what is read, before anything is done.

    Raises:
        Conflict: the output is one of the inputs, whatever it is called there.
    """
    if output is None or not output.exists():
        return
    if any(path is not None and path.exists() and output.samefile(path) for path in inputs):
        raise Conflict(
            f"{output}: this is one of the inputs, which would be lost",
            hint="Choose another name for the output.",
        )
