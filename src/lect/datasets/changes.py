"""The list beside a repaired copy: every line and file that was changed or left out, with the reason.

Tab-separated, a row for each, under the headings in `HEAD`. It is written while the copy is, so that a copy of any size needs
little memory.
"""

from __future__ import annotations

from typing import BinaryIO

from lect.core.words import character
from lect.datasets.lines import Line
from lect.datasets.report import Findings, Problem, printable

HEAD = ("file", "line", "what", "why", "before", "after")
SUFFIX = ".changes.tsv"
_NAMED = 3  # characters of a changed line


class Changes(Findings):
    """What a repair finds, written down row by row."""

    def __init__(self, file: BinaryIO, *, remembers: bool = False) -> None:
        """
        Args:
            file: takes the rows
            remembers: `left_out` is wanted, a number for each line that is
        """
        super().__init__()
        self.text = ""  # the file whose lines are judged
        self.changed = 0  # lines and files that the copy has, in another form
        self.rows = 0
        self.left_out: set[int] = set()  # lines
        self.lost: set[str] = set()  # files
        self._remembers = remembers
        self._file = file
        self._errors: list[Problem] = []  # since the last line or file that was accepted or rejected
        self._last: Problem | None = None
        self._write(HEAD)

    def add(self, problem: Problem) -> None:
        """Take a problem in; an error is the reason of what is rejected next."""
        super().add(problem)
        if problem.is_error:
            self._errors.append(problem)
            self._last = problem

    def accept(self) -> None:
        """Count a line or file that can be used."""
        super().accept()
        self._errors.clear()

    def reject(self, line: int | None = None) -> None:
        """Count a line or file that cannot be used, and write down why."""
        super().reject(line)
        own = [problem for problem in self._errors if problem.line == line]
        # Without an error of its own a line falls with its recording or its heading, which was told just before.
        reasons = own or self._errors[-1:] or ([self._last] if self._last else [])
        why = "; ".join(each.message if own else _with_place(each) for each in reasons)
        file = self.text if line is not None else reasons[-1].file if reasons else ""
        self.leave_out(file, line, why, before=reasons[-1].excerpt if own else "")
        self._errors.clear()

    def leave_out(self, file: str, line: int | None, why: str, *, before: str = "") -> None:
        """Write down what the copy lacks."""
        if line is None:
            self.lost.add(file)
        elif self._remembers:
            self.left_out.add(line)
        self._row(file, line, "left out", why, before, "")

    def keep(self, file: str, before: Line, after: str) -> None:
        """Write down a line that the copy has, if it is another there."""
        if before.guessed or before.text != after:
            self.change(file, before.number, _difference(before, after), before=before.text, after=after)

    def change(self, file: str, line: int | None, why: str, *, before: str, after: str) -> None:
        """Write down what the copy has in another form."""
        self.changed += 1
        self._row(file, line, "changed", why, before, after)

    def _row(self, file: str, line: int | None, *cells: str) -> None:
        self.rows += 1
        self._write((file, "" if line is None else str(line), *cells))

    def _write(self, cells: tuple[str, ...]) -> None:
        self._file.write(("\t".join(map(printable, cells)) + "\n").encode("utf-8", "backslashreplace"))


def _with_place(problem: Problem) -> str:
    place = ":".join(str(part) for part in (problem.file, problem.line) if part)
    return f"{place}: {problem.message}" if place else problem.message


def _difference(before: Line, after: str) -> str:
    """Why a line is another: what it held that it does not hold any more."""
    if before.guessed:
        return "its bytes are no UTF-8, and what they mean was guessed"
    gone = sorted(set(before.text.strip()) - set(after))
    if gone:
        more = f" and {len(gone) - _NAMED} more" if len(gone) > _NAMED else ""
        return f"replaced or removed: {', '.join(map(character, gone[:_NAMED]))}{more}"
    return "blanks at its ends" if before.text.strip() == after else "written as its kind asks for"
