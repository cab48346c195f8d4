"""Write `docs/reference/cli.md` from the commands themselves.

python docs/generate_cli.py           write the page
python docs/generate_cli.py --check   exit 1 if the page is out of date
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PAGE = Path(__file__).parent / "reference" / "cli.md"
TITLE = """# The command line

<!-- Written by docs/generate_cli.py from the commands: change their help texts, then run `make docs`. -->

`--json` prints one JSON document on stdout; logs and progress go to stderr.
Exit codes: 0 done, 1 the thing itself failed or data was rejected, 2 wrong usage ([more](exit-codes.md)).
"""


def page() -> str:
    """The whole page."""
    from lect.cli.main import app

    return "\n".join([TITLE, *sections(typer.main.get_command(app), path="lect")])


def sections(command: Any, *, path: str) -> Iterator[str]:
    """One section a command, groups before their members."""
    children = getattr(command, "commands", {})
    if path != "lect":
        yield from section(command, path=path)
    for name in sorted(children):
        if not children[name].hidden:
            yield from sections(children[name], path=f"{path} {name}")


def section(command: Any, *, path: str) -> Iterator[str]:
    """Heading, usage, help and parameters of one command."""
    yield f"{'#' * (path.count(' ') + 1)} `{path}`\n"
    if not getattr(command, "commands", {}):
        yield f"```text\n{usage(command, path=path)}\n```\n"
    if command.help:
        yield f"{prose(command.help)}\n"
    rows = [row(parameter) for parameter in command.params if not getattr(parameter, "hidden", False)]
    if rows:
        yield "\n".join(["| parameter | meaning |", "| --- | --- |", *rows]) + "\n"


def usage(command: Any, *, path: str) -> str:
    """The command with its arguments, as `--help` shows it."""
    context = command.make_context(path, [], resilient_parsing=True)
    return " ".join([path, *command.collect_usage_pieces(context)])


def prose(text: str) -> str:
    r"""Help as Markdown: paragraphs after `\b` keep their lines, so they become a block."""
    paragraphs = inspect.cleandoc(text.partition("\f")[0]).split("\n\n")
    return "\n\n".join(
        f"```text\n{paragraph.removeprefix(chr(8)).strip(chr(10))}\n```"
        if paragraph.startswith("\b")
        else paragraph
        for paragraph in paragraphs
    )


def row(parameter: Any) -> str:
    """One row of the table of parameters."""
    names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
    if parameter.param_type_name == "argument":
        names = f"`{parameter.human_readable_name}`"
    return f"| {names} | {meaning(parameter)} |"


def meaning(parameter: Any) -> str:
    """Help, choices and default of one parameter, on one line."""
    parts = [" ".join((getattr(parameter, "help", None) or "").split())]
    if choices := getattr(parameter.type, "choices", None):
        parts.append("One of " + ", ".join(f"`{getattr(c, 'value', c)}`" for c in choices) + ".")
    if parameter.default not in (None, False, (), []) and not callable(parameter.default):
        parts.append(f"Default: `{getattr(parameter.default, 'value', parameter.default)}`.")
    if parameter.multiple:
        parts.append("May be repeated.")
    return " ".join(part for part in parts if part).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the page, or compare it."""
    written = page()
    if "--check" in arguments:
        return int(not PAGE.exists() or PAGE.read_text("utf-8") != written)
    PAGE.write_text(written, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
