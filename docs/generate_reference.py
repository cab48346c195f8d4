"""Write the parts of `docs/reference/` that the code itself knows: commands, errors, settings, problems, golden cases.

They stand between `<!-- generated -->` and `<!-- end of generated -->`; the rest of a page is written by hand.

    python docs/generate_reference.py           write the pages
    python docs/generate_reference.py --check   exit 1 and name the pages that are out of date
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel

from lect.api.errors import ANSWERS
from lect.cli.main import app
from lect.datasets.codes import Code
from lect.settings import PREFIX, Settings
from lect.speech.text import normaliser

REFERENCE = Path(__file__).parent / "reference"
WIDTH = 100
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


def problems() -> str:
    """A table of what a check can find."""
    rows = [[f"`{code.value}`", code.severity.value, code.meaning] for code in Code]
    return table(["code", "", "meaning"], rows)


def error_answers() -> str:
    """A table of how the server tells errors."""
    rows = [
        [
            f"`{error.code}`",
            str(int(answer.status)),
            f"`{answer.code}`",
            f"`{answer.detailed_code}`" if answer.detailed_code else "",
            (error.__doc__ or "").partition("\n")[0],
        ]
        for error, answer in sorted(ANSWERS.items(), key=lambda item: (item[1].status, item[0].code))
    ]
    return table(["error", "status", "code", "inner code", "meaning"], rows)


def table(head: list[str], rows: Any) -> str:
    """Rows of cells as a Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _sections(command: Any, *, path: str) -> Iterator[str]:
    children = getattr(command, "commands", {})
    if path != "lect":
        yield f"{'#' * (path.count(' ') + 1)} {path}\n\n```text\n{_help(command, path=path)}\n```\n"
    for name in sorted(children):
        if not children[name].hidden:
            yield from _sections(children[name], path=f"{path} {name}")


def _help(command: Any, *, path: str) -> str:
    """What `--help` prints, without boxes and colours."""
    command.rich_markup_mode = None
    command.help = _unfilled(command.help or "")
    context = command.make_context(path, [], resilient_parsing=True, terminal_width=WIDTH)
    return "\n".join(line.rstrip() for line in command.get_help(context).strip().splitlines())


def _unfilled(text: str) -> str:
    """The help with its indented paragraphs, which are examples, marked to keep their lines."""
    paragraphs = text.split("\n\n")
    return "\n\n".join(f"\b\n{it}" if re.search(r"^ ", it, re.M) else it for it in paragraphs)


def _settings(group: type[BaseModel], *path: str) -> Iterator[list[str]]:
    for name, field in group.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _settings(field.annotation, *path, name)
        else:
            variable = PREFIX + "_".join([*path, name]).upper()
            yield [f"`{variable}`", _default(field.default), field.description or ""]


def _default(value: Any) -> str:
    """The value as one may write it; nothing if it depends on the machine."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"`{int(value):_}`"
    return f"`{value}`" if isinstance(value, str | bool) else ""


def golden_cases() -> str:
    """How many cases the display forms are held to."""
    tables = sorted((Path(__file__).parents[1] / "tests" / "golden" / "display").glob("*.tsv"))
    lines = [line for path in tables for line in path.read_text("utf-8").splitlines()]
    count = sum(not line.startswith("#") for line in lines)
    return f"The rules are held to {count} cases, in `tests/golden/display`.\n"


PAGES = {
    "cli.md": commands,
    "display-forms.md": golden_cases,
    "error-answers.md": error_answers,
    "limits.md": settings,
    "normalisers.md": normalisers,
    "problems.md": problems,
}


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
