r"""What is wrong with an ITN pattern, such as `\d\d{ to >-}\d\d`.

The grammar is that of `lect.speech.text.display.rules.patterns`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable
from lect.speech.text.display.rules.patterns import CLASSES, DEEPEST, ESCAPABLE, LONGEST, TOKEN

_RANGE = re.compile(r"(?:[0-9]-[0-9]|[A-Z]-[A-Z]|[a-z]-[a-z]|[0-9A-Za-z])+")
_ESCAPED = re.compile(r"\\.")


@dataclass(kw_only=True)
class _Group:
    """A group that is still open."""

    at: int
    is_empty: bool = True  # since its beginning or the last bar


def pattern_problems(pattern: str) -> Iterator[Problem]:
    """Everything that cannot be read in a pattern."""
    yield from _Checker().problems(pattern)


class _Checker:
    """Goes through one pattern, knowing which groups are open."""

    def __init__(self) -> None:
        self._groups: list[_Group] = []
        self._after_group = False  # a suffix may follow
        self._readers = {
            "escaped": self._escaped,
            "range_end": self._range,
            "mapping_end": self._mapping,
            "open": self._open,
            "close": self._close,
            "bar": self._bar,
            "suffix": self._suffix,
            "stray": self._stray,
        }

    def problems(self, pattern: str) -> Iterator[Problem]:
        if len(pattern) > LONGEST:
            yield _wrong(
                LONGEST,
                f"the pattern has {len(pattern):,} characters, and {LONGEST} is the limit",
                "Write several patterns.",
            )
        for match in TOKEN.finditer(pattern):
            what = match.lastgroup or ""
            if what in self._readers:
                yield from self._readers[what](match)
            self._after_group = what == "close"
            if self._groups and what not in {"open", "bar"}:
                self._groups[-1].is_empty = False
        for group in self._groups:
            yield _wrong(
                group.at, "the ( is never closed", r"Add the ), or write \( for the character itself."
            )

    def _escaped(self, match: re.Match[str]) -> Iterator[Problem]:
        char = match["escaped"]
        if not char:
            yield _wrong(
                match.start(), "the pattern ends in a backslash", r"Write \\ for the character itself."
            )
        elif char not in CLASSES and char not in ESCAPABLE:
            known = ", ".join(f"\\{each}" for each in CLASSES)
            yield _wrong(
                match.start(),
                f"{printable(match[0])} means nothing",
                f"Classes are {known}; most characters need no backslash.",
            )

    def _range(self, match: re.Match[str]) -> Iterator[Problem]:
        inside = match["range"]
        if not match["range_end"]:
            yield _wrong(
                match.start(), "the [ is never closed", r"Add the ], or write \[ for the character itself."
            )
        elif not _RANGE.fullmatch(inside):
            yield _wrong(
                match.start(),
                f"[{printable(inside[:20])}] is no range of digits or letters",
                "Write a range such as [5-7], or some characters such as [05].",
            )
        else:
            for low, high in re.findall(r"(.)-(.)", inside):
                if low > high:
                    yield _wrong(
                        match.start(), f"the range {low}-{high} runs backwards", f"Write {high}-{low}."
                    )

    def _mapping(self, match: re.Match[str]) -> Iterator[Problem]:
        inside = match["mapping"]
        spoken, *written = _ESCAPED.sub("xx", inside).split(">")
        if not match["mapping_end"]:
            yield _wrong(
                match.start(), "the { is never closed", r"Add the }, or write \{ for the character itself."
            )
        elif re.fullmatch(r"\s*\d+(\s*,\s*\d*)?\s*", inside):
            yield _wrong(
                match.start(),
                f"{{{inside}}} repeats nothing here: braces hold {{spoken>written}}",
                r"Write the pattern out, such as \d\d\d.",
            )
        elif not spoken.strip():
            yield _wrong(
                match.start(),
                "the braces hold nothing that is spoken",
                "Write {spoken>written}, or {spoken} to recognise and drop.",
            )
        elif len(written) > 1:
            yield _wrong(
                match.start(),
                "the braces hold more than one >",
                r"Write {spoken>written}, and \> for the character itself.",
            )

    def _open(self, match: re.Match[str]) -> Iterator[Problem]:
        if self._groups:
            self._groups[-1].is_empty = False
        self._groups.append(_Group(at=match.start()))
        if len(self._groups) == DEEPEST + 1:
            yield _wrong(
                match.start(), f"more than {DEEPEST} groups are in each other", "Write several patterns."
            )

    def _close(self, match: re.Match[str]) -> Iterator[Problem]:
        if not self._groups:
            yield _wrong(match.start(), "the ) closes nothing", r"Write \) for the character itself.")
        elif self._groups.pop().is_empty:
            yield _wrong(
                match.start(),
                "there is nothing in the group",
                "Write (a|b) for one of several, (a)? for something or nothing.",
            )

    def _bar(self, match: re.Match[str]) -> Iterator[Problem]:
        if not self._groups:
            yield _wrong(
                match.start(),
                "the | stands outside of a group",
                r"Write (a|b), or \| for the character itself.",
            )
        elif self._groups[-1].is_empty:
            yield _wrong(
                match.start(),
                "there is nothing before the |",
                "Write (a|b) for one of several, (a)? for something or nothing.",
            )
        if self._groups:
            self._groups[-1].is_empty = True

    def _suffix(self, match: re.Match[str]) -> Iterator[Problem]:
        if not self._after_group:
            char = match[0]
            yield _wrong(
                match.start(),
                f"{char} follows something that is no group",
                rf"Write it as a group, such as (\d){char}, or \{char} for the character itself.",
            )

    def _stray(self, match: re.Match[str]) -> Iterator[Problem]:
        yield _wrong(
            match.start(), f"the {match[0]} closes nothing", f"Write \\{match[0]} for the character itself."
        )


def _wrong(at: int, message: str, advice: str) -> Problem:
    return Problem(code=Code.ITN_SYNTAX, column=at + 1, message=message, suggestion=advice)
