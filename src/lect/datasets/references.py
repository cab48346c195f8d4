"""The sentences of structured text: words, and references such as `{@food}`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lect.datasets.codes import Code
from lect.datasets.headings import LIST_NAME, list_name
from lect.datasets.report import Problem, printable
from lect.speech.text.structured import Piece, Reference, Text

_REFERENCE = re.compile(rf"\{{@\s*({LIST_NAME})\s*\}}")
_ALMOST = re.compile(r"\{\s*@?\s*([^{}=@]*\w[^{}=@]*)\}")
_BRACE = re.compile("[{}]")


def pieces(text: str) -> tuple[Piece, ...]:
    """A sentence as words and references."""
    parts = _REFERENCE.split(text)
    return tuple(Reference(part) if at % 2 else Text(part) for at, part in enumerate(parts) if part)


def references(text: str) -> Iterator[tuple[str, int]]:
    """The names that a sentence refers to, each with its column."""
    for match in _REFERENCE.finditer(text):
        yield match[1], match.start() + 1


def without_references(text: str) -> str:
    """A sentence of the same length with a number in place of each reference, which rules about words leave alone."""
    if "{" not in text:
        return text
    numbers = iter(range(len(text)))
    return _REFERENCE.sub(lambda match: f"{next(numbers):0{len(match[0])}d}", text)


def mend_references(text: str) -> str:
    """`{food}` and `{@ my food }` as `{@food}` and `{@my_food}`."""
    return _ALMOST.sub(lambda match: f"{{@{list_name(match[1])}}}", text)


def brace_problems(text: str) -> Iterator[Problem]:
    """Braces without a partner, and braces that hold no reference."""
    opened = None
    for match in _BRACE.finditer(text):
        at = match.start()
        if match[0] == "{":
            if opened is not None:
                yield _lonely("{", opened)
            opened = at
        elif opened is None:
            yield _lonely("}", at)
        else:
            if not _REFERENCE.fullmatch(text, opened, at + 1):
                yield _no_reference(text[opened : at + 1], opened)
            opened = None
    if opened is not None:
        yield _lonely("{", opened)


def _lonely(brace: str, at: int) -> Problem:
    return Problem(
        code=Code.BRACES,
        column=at + 1,
        message=f"this {brace} has no partner",
        suggestion="Write a reference as {@name}; braces have no other use.",
    )


def _no_reference(text: str, at: int) -> Problem:
    mended = mend_references(text)
    return Problem(
        code=Code.REFERENCE_SYNTAX,
        column=at + 1,
        message=f"{printable(text[:40])} is no reference to a list",
        suggestion=f"Write {mended[:40]}"
        if _REFERENCE.fullmatch(mended)
        else "Write the name of a list, as {@name}.",
    )
