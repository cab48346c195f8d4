"""The command `lect`: registers the commands and turns every error into a message and an exit code."""

from __future__ import annotations

import errno
import json
import os
import sys
from typing import Annotated

import typer

import lect
from lect.cli import check, demo, evaluate, models, score, train, transcribe
from lect.core.errors import LectError

FAILED = 1  # the thing itself failed, or the data was rejected
INTERRUPTED = 130

# What the system says of places that a user named; anything else is a fault of ours and keeps its traceback.
_FULL = {errno.ENOSPC, errno.EDQUOT}
_WRONG_PLACE = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EIO,
}  # fmt: skip

app = typer.Typer(
    name="lect",
    help="Custom speech recognition you own: adapt Whisper to your words, and measure it honestly.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(check.check)
app.command()(train.train)
app.command()(transcribe.transcribe)
app.command()(evaluate.evaluate)
app.command()(score.score)
app.add_typer(models.app)


def _version(wanted: bool) -> None:  # noqa: FBT001 typer calls it with a value
    if wanted:
        typer.echo(f"lect {lect.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Custom speech recognition you own."""


def run() -> None:
    """Run the command line; the program's entry point."""
    try:
        app()
    except LectError as error:
        sys.exit(_report(error))
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:  # the reader of our output, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.errno not in _FULL | _WRONG_PLACE:
            raise
        hint = (
            "Free some room, or write elsewhere."
            if error.errno in _FULL
            else "Check the path, or choose another."
        )
        sys.exit(_report(LectError(f"{error.filename or 'output'}: {error.strerror}", hint=hint)))


def _report(error: LectError) -> int:
    if "--json" in sys.argv:
        document = {"error": {"code": error.code, "message": error.message, "hint": error.hint}}
        typer.echo(json.dumps(document, ensure_ascii=False))
    typer.echo(f"error: {error.message}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)
    return FAILED
