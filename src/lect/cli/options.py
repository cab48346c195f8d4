"""What options of several commands are checked for."""

from __future__ import annotations

import typer


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
