"""The headings of structured text: `@ list NAME =`, `@ speech:phoneticlexicon` and `# NAME`."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from enum import Enum

from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable

LIST_NAME = r"[\w.-]+"

_LIST = re.compile(r"@\s*list\b(?P<name>[^=]*)(?P<equals>=?)(?P<rest>.*)", re.IGNORECASE)
_LEXICON = re.compile(r"@\s*speech\s*:\s*phoneticlexicon", re.IGNORECASE)
_ADVICE = {
    "list": "Did you mean: @ list NAME =",
    "speech:phoneticlexicon": "Did you mean: @ speech:phoneticlexicon",
}


class Kind(Enum):
    """What the lines under a heading are."""

    LIST = "list"
    LEXICON = "lexicon"
    SENTENCES = "sentences"
    UNKNOWN = "unknown"  # the heading is wrong, so nobody can tell


@dataclass(frozen=True, kw_only=True)
class Heading:
    """The first line of a list, of the lexicon, or of a section of sentences."""

    kind: Kind
    name: str = ""

    def __str__(self) -> str:
        if self.kind is Kind.SENTENCES:
            return f"# {self.name}"
        return f"@ list {self.name} =" if self.kind is Kind.LIST else "@ speech:phoneticlexicon"


UNKNOWN = Heading(kind=Kind.UNKNOWN)


def is_heading(text: str) -> bool:
    """Whether a stripped line is a heading, good or bad."""
    return text.startswith(("@", "#"))


def parse_heading(text: str) -> tuple[Heading, Problem | None]:
    """Read a stripped line that begins with `@` or `#`, and what is wrong with it if anything is."""
    if text.startswith("#"):
        return _section(text)
    if _LEXICON.fullmatch(text):
        return Heading(kind=Kind.LEXICON), None
    match = _LIST.fullmatch(text)
    return (UNKNOWN, _no_heading(text)) if match is None else _list(match)


def list_name(name: str) -> str:
    """The name of a list without what names do not hold: `my food` gives `my_food`."""
    return "_".join(re.findall(LIST_NAME, name))


def _section(text: str) -> tuple[Heading, Problem | None]:
    name = text[1:].strip()
    heading = Heading(kind=Kind.SENTENCES, name="_".join(re.findall(r"\w+", name)) or "Sentences")
    return heading, _name_problem(name, text.index(name), heading) if name != heading.name else None


def _list(match: re.Match[str]) -> tuple[Heading, Problem | None]:
    name = match["name"].strip()
    heading = Heading(kind=Kind.LIST, name=list_name(name))
    if not heading.name:
        return UNKNOWN, _syntax(
            "the list has no name; no item of it is used", match.end("name"), "Write: @ list NAME ="
        )
    if match["rest"].strip():
        advice = f"Write: {heading}, and each item on a line of its own after a dash."
        return UNKNOWN, _syntax(
            "something follows the =; no item of the list is used", match.start("rest"), advice
        )
    if name != heading.name:
        return heading, _name_problem(name, match.start("name") + match["name"].index(name), heading)
    if not match["equals"]:
        return heading, _syntax(
            "there is no = after the name of the list", match.end("name"), f"Write: {heading}"
        )
    return heading, None


def _name_problem(name: str, start: int, heading: Heading) -> Problem:
    bad = re.search(r"[^\w.-]" if heading.kind is Kind.LIST else r"\W", name)
    return Problem(
        code=Code.SECTION_NAME,
        column=start + (bad.start() if bad else 0) + 1,
        message=f"the name {printable(name[:40])!r} holds {bad[0]!r}" if bad else "there is no name",
        suggestion=f"Use letters, digits and underscores alone: {printable(str(heading)[:60])}",
    )


def _no_heading(text: str) -> Problem:
    word = text[1:].strip().partition(" ")[0].casefold()
    close = difflib.get_close_matches(word, _ADVICE, n=1)
    return _syntax(
        f"{printable(text[:40])!r} begins neither a list nor the lexicon; nothing under it is used",
        0,
        _ADVICE[close[0]] if close else "Write @ list NAME = before items, # NAME before sentences.",
    )


def _syntax(message: str, at: int, advice: str) -> Problem:
    return Problem(code=Code.HEADING_SYNTAX, column=at + 1, message=message, suggestion=advice)
