"""The command `lect`: registers the commands and turns every error into a message and an exit code."""

from __future__ import annotations

import errno
import json
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

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


class _Commands(TyperGroup):
    """The commands, with what typer leaves open: a word at Ctrl-C, and output that is out before typer looks away."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command. If nobody reads its output any more, typer ends the program without a word."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except KeyboardInterrupt:
            typer.echo("interrupted", err=True)
            raise typer.Exit(INTERRUPTED) from None


app = typer.Typer(
    cls=_Commands,
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
    from lect.cli.console import complain

    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": error.to_json()}, ensure_ascii=False))
    complain(error)
    return FAILED
