"""What options of several commands are checked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

_TIMES = re.compile(r"(.+):([^:/\\]+)")


@contextmanager
def usage(hint: str | None = None) -> Iterator[None]:
    """Values that options cannot have, which whoever takes them refuses, are wrong usage.

    Args:
        hint: the option, where the message does not name it
    """
    from lect.core.errors import InvalidInput

    try:
        yield
    except InvalidInput as error:
        raise typer.BadParameter(f"{error.message}. {error.hint}", param_hint=hint) from error


def locale_of_speech(tag: str | None) -> str | None:
    """The canonical form of a `--locale` that may be `auto`; wrong usage if there is none."""
    from lect.core.locale import canonicalise

    with usage():
        return None if tag is None else canonicalise(tag)


def locale_of_text(tag: str | None) -> str | None:
    """The canonical form of a `--locale`; wrong usage if there is none, a word if it has no rules of its own."""
    from lect.core.locale import canonicalise_known
    from lect.speech.text import normaliser

    if tag is None:
        return None
    with usage():
        locale = canonicalise_known(tag)
    if normaliser(locale).name == "generic":
        typer.echo(
            f"{locale}: there are no rules for this language; words are compared in lower case and without punctuation.",
            err=True,
        )
    return locale


def split_times(argument: Path) -> tuple[Path, float]:
    """The path of DATA:TIMES, and the number; without one, 1.

    A colon and a number behind the path rather than a second option, since each dataset has its own, and options are not tied
    to those beside them. Paths may hold colons, as of a drive: only a number behind the last one is split off, and not
    where the whole is the name of something that is there. What follows the colon of something that is there was meant as
    a number, so that any other is wrong usage.
    """
    from lect.models.plan import MOST_TIMES

    found = _TIMES.fullmatch(str(argument))
    if found is None or argument.exists():
        return argument, 1.0
    path, times = Path(found[1]), _number(found[2])
    if times is None and not path.exists():
        return argument, 1.0
    if times is None or not 0 < times <= MOST_TIMES:  # NaN is no such number
        raise typer.BadParameter(
            f"{argument}: behind the colon stands how often the data is heard: a number above 0, up to {MOST_TIMES}",
            param_hint="--audio",
        )
    return path, times


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
