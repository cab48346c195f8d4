"""Lines of two columns with a tab between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lect.datasets.codes import Code
from lect.datasets.report import Problem


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The two sides of a line, stripped, and where the right one begins."""

    left: str
    right: str
    shift: int  # characters of the line before the right side


def split(text: str) -> Columns:
    """Split a line at its first tab; without one, all of it is on the left."""
    left, tab, right = text.partition("\t")
    shift = len(left) + len(tab) + len(right) - len(right.lstrip())
    return Columns(left=left.strip(), right=right.strip(), shift=shift)


def column_problems(text: str, *, left: str, right: str) -> Iterator[Problem]:
    """What is wrong with the columns themselves; `left` and `right` say what they are, in capitals."""
    form = f"{left}<TAB>{right}"
    if "\t" not in text:
        yield _problem(
            Code.NO_TAB,
            len(text.rstrip()),
            "there is no tab in the line",
            f"Write {form}, with one tab between.",
        )
        return
    columns = split(text)
    if "\t" in columns.right:
        at = columns.shift + columns.right.index("\t")
        yield _problem(
            Code.SEVERAL_TABS, at, "there is a second tab in the line", f"Write {form}, with one tab between."
        )
    if not columns.left:
        yield _problem(Code.EMPTY_COLUMN, 0, f"there is no {left} before the tab", f"Write {form}.")
    if not columns.right:
        yield _problem(
            Code.EMPTY_COLUMN, columns.shift, f"there is no {right} after the tab", f"Write {form}."
        )


def _problem(code: Code, at: int, message: str, advice: str) -> Problem:
    return Problem(code=code, column=at + 1, message=message, suggestion=advice)
