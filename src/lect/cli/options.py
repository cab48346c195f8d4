"""What options of several commands are checked for."""

from __future__ import annotations

import re
from pathlib import Path

import typer

_TIMES = re.compile(r"(.+):(\d+(?:\.\d+)?|\.\d+)")


def locale_of_text(tag: str | None) -> str | None:
    """The canonical form of a `--locale`; wrong usage if there is none, a word if it has no rules of its own."""
    from lect.core.errors import UnsupportedLocale
    from lect.core.locale import canonicalise_known
    from lect.speech.text import normaliser

    if tag is None:
        return None
    try:
        locale = canonicalise_known(tag)
    except UnsupportedLocale as error:
        raise typer.BadParameter(f"{error.message}. {error.hint}") from error
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
    where the whole is the name of something that is there.
    """
    found = _TIMES.fullmatch(str(argument))
    if found is None or argument.exists():
        return argument, 1.0
    return Path(found[1]), float(found[2])
