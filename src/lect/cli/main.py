"""The command `lect`: registers the commands and turns every error into a message and an exit code."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import cleandoc, getdoc
from traceback import clear_frames
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import lect
from lect.cli import backup, batch, check, csr, demo, evaluate, keys, models, score, serve, train, transcribe
from lect.core.errors import LectError

FAILED = 1  # the thing itself failed, or the data was rejected
INTERRUPTED = 130

# Who asked for a document gets one; `--output json` is a file for commands that ask no server.
_JSON = re.compile(r"(^| )--json( |$)|^(csr|batch) .*(--output[ =]|-o ?)json( |$)")

# What the system says of places that a user named; anything else is a fault of ours and keeps its traceback.
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_WRONG_PLACE = {
    errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EIO,
}  # fmt: skip


class _Commands(TyperGroup):
    """The commands. What they print is out before typer looks away: a reader who is gone is no error to talk about."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except typer.BadParameter as error:
            error.message = _plainer(error)
            raise
        except KeyboardInterrupt as interrupt:
            clear_frames(interrupt.__traceback__)  # ends what waits there half done, and with it its threads
            raise
        finally:
            sys.stdout.flush()


app = typer.Typer(
    cls=_Commands,
    name="lect",
    help="""Custom speech recognition you own: adapt Whisper to your words, and measure it honestly.

    Examples:
      lect demo

      lect train -o coffee.lect --text orders.txt

      lect evaluate testing.zip -m whisper-base -m coffee.lect

      lect transcribe call.mp3 -m coffee.lect
    """,
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
app.command()(serve.serve)
app.add_typer(keys.app)
app.command()(backup.backup)
app.command()(backup.restore)
app.add_typer(csr.app)
app.add_typer(batch.app)


def _fill(group: typer.Typer) -> None:
    """Make every paragraph of help one line, which the terminal breaks where it ends; examples keep theirs."""
    for command in group.registered_commands:
        command.help = _filled(command.help or getdoc(command.callback) or "")
    for each in group.registered_groups:
        if each.typer_instance:
            each.typer_instance.info.help = _filled(each.typer_instance.info.help or "")
            _fill(each.typer_instance)


def _filled(help: str) -> str:
    paragraphs = cleandoc(help).split("\n\n")
    return "\n\n".join(each if "\n " in each else each.replace("\n", " ") for each in paragraphs)


_fill(app)


def _plainer(error: typer.BadParameter) -> str:
    """What is wrong with a value: the numbers that an option takes, rather than what the checker of types calls them."""
    least, most = (getattr(error.param, name, None) for name in ("min", "max"))
    if not error.message.startswith("Input should be"):
        return error.message.removeprefix("Value error, ")
    number = "a whole number" if "integer" in error.message else "a number"
    if least is None and most is None:
        return f"give {number}"
    if most is None:
        return f"give {number} from {least} on"
    return f"give {number} up to {most}" if least is None else f"give {number} from {least} to {most}"


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
        with _interruptible():
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


@contextmanager
def _interruptible() -> Iterator[None]:
    """Answer Ctrl-C at once, although what is running ends in order, which may take seconds; a second one ends all."""

    def end(*_: object) -> None:
        os._exit(INTERRUPTED)

    def interrupt(*_: object) -> None:
        signal.signal(signal.SIGINT, end)
        os.write(sys.stderr.fileno(), b"interrupted\n")
        raise KeyboardInterrupt  # which typer turns into the exit code

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:  # whoever started us wants it otherwise
        yield
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is interrupt:  # else a second one may come until the very end
            signal.signal(signal.SIGINT, before)


def _report(error: LectError) -> int:
    from lect.cli.console import complain

    try:
        if _JSON.search(" ".join(sys.argv[1:])):
            typer.echo(json.dumps({"error": error.to_json()}, ensure_ascii=False))
        sys.stdout.flush()
    except OSError:  # nobody can read it there; Python would try once more when it ends, and complain
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    complain(error)
    return FAILED
