"""Write the parts of `docs/reference/` that the code itself knows: commands, settings, normalisers.

They stand between `<!-- generated -->` and `<!-- end of generated -->`; the rest of a page is written by hand.

    python docs/generate_reference.py           write the pages
    python docs/generate_reference.py --check   exit 1 and name the pages that are out of date
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from lect.cli.main import app
from lect.settings import PREFIX, Settings
from lect.speech.text import normaliser

REFERENCE = Path(__file__).parent / "reference"
REGION = re.compile(r"(?<=<!-- generated -->\n).*?(?=<!-- end of generated -->)", re.S)
EXAMPLES = {
    "en-US": "It's Mr. Smith's 2nd order: twenty-one dollars!",
    "de-DE": "Das macht einundzwanzig Euro, Frau Müller.",
    "fr-FR": "L'addition, s'il vous plaît : vingt et un euros.",
    "es-ES": "¿Son veintiún euros, señora?",
    "it-IT": "Sono ventuno euro, signora.",
    "pt-BR": "São vinte e um reais, senhora.",
    "zh-CN": "一共二十一块，谢谢。",
    "ja-JP": "合計は二十一円です。",
    "ko-KR": "모두 이십일 원입니다.",
    "sv-SE": "Det blir tjugoen kronor, tack.",
}


def commands() -> str:
    """A section a command."""
    return "\n".join(_sections(typer.main.get_command(app), path="lect"))


def settings() -> str:
    """A table of the environment variables."""
    return table(["variable", "default", "meaning"], _settings(Settings))


def normalisers() -> str:
    """A table of the normalisers, each at work on an example."""
    rows = []
    for locale, text in EXAMPLES.items():
        chosen = normaliser(locale)
        rows.append([f"`{locale}`", f"`{chosen.name}`", chosen.version, text, chosen(text)])
    return table(["locale", "name", "version", "text", "compared as"], rows)


def table(head: list[str], rows: Any) -> str:
    """Rows of cells as a Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _sections(command: Any, *, path: str) -> Iterator[str]:
    children = getattr(command, "commands", {})
    if path != "lect":
        yield from _section(command, path=path, group=bool(children))
    for name in sorted(children):
        if not children[name].hidden:
            yield from _sections(children[name], path=f"{path} {name}")


def _section(command: Any, *, path: str, group: bool) -> Iterator[str]:
    yield f"{'#' * (path.count(' ') + 1)} {path}\n"
    if not group:
        context = command.make_context(path, [], resilient_parsing=True)
        yield f"```text\n{' '.join([path, *command.collect_usage_pieces(context)])}\n```\n"
    if command.help:
        yield f"{_prose(command.help)}\n"
    if rows := [_parameter(it) for it in command.params if not getattr(it, "hidden", False)]:
        yield table(["parameter", "meaning"], rows)


def _prose(text: str) -> str:
    r"""Help as Markdown. A paragraph that `\b` opens keeps its lines, so it becomes a block."""
    paragraphs = inspect.cleandoc(text.partition("\f")[0]).split("\n\n")
    return "\n\n".join(
        f"```text\n{paragraph[1:].strip()}\n```" if paragraph.startswith("\b") else paragraph
        for paragraph in paragraphs
    )


def _parameter(parameter: Any) -> list[str]:
    """Names, then help, choices and default on one line."""
    parts = [" ".join((getattr(parameter, "help", None) or "").split())]
    if choices := getattr(parameter.type, "choices", None):
        parts.append(f"One of {', '.join(f'`{getattr(it, "value", it)}`' for it in choices)}.")
    default = getattr(parameter.default, "value", parameter.default)
    if default not in (None, False, (), []) and not callable(default) and "Sentinel" not in repr(default):
        parts.append(f"Default: `{default}`.")
    if getattr(parameter, "multiple", False):
        parts.append("May be repeated.")
    names = [*parameter.opts, *parameter.secondary_opts]
    if parameter.param_type_name == "argument":
        names = [parameter.human_readable_name]
    return [", ".join(f"`{name}`" for name in names), " ".join(part for part in parts if part)]


def _settings(group: type[BaseModel], *path: str) -> Iterator[list[str]]:
    for name, field in group.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation, *path, name)
        else:
            variable = PREFIX + "_".join([*path, name]).upper()
            default = "" if field.default_factory or field.default is None else f"`{field.default}`"
            yield [f"`{variable}`", default, field.description or ""]


PAGES = {"cli.md": commands, "limits.md": settings, "normalisers.md": normalisers}


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    stale = []
    for name, part in PAGES.items():
        page = REFERENCE / name
        before = page.read_text("utf-8")
        after = REGION.sub(lambda _, part=part: part(), before)
        if after != before:
            stale.append(name)
            if "--check" not in arguments:
                page.write_text(after, "utf-8")
    print(*stale, sep="\n", end="\n" if stale else "")
    return int("--check" in arguments and bool(stale))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
