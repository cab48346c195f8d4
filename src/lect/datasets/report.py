"""What a check found: problems with their places, and the counts."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lect.datasets.codes import Code, Severity

_EXCERPT = 60  # characters shown around a problem


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    code: Code
    message: str
    suggestion: str = ""
    file: str = ""
    line: int | None = None  # from 1; None: the file as a whole
    column: int | None = None  # characters, from 1
    excerpt: str = ""  # printable, on one line
    softened: bool = False  # a warning here, although its kind is an error elsewhere

    @property
    def severity(self) -> Severity:
        """Error or warning."""
        return Severity.WARNING if self.softened else self.code.severity

    @property
    def is_error(self) -> bool:
        """It costs the line or the file."""
        return self.severity is Severity.ERROR

    def at(self, file: str, line: int | None = None, *, text: str = "", shift: int = 0) -> Problem:
        """The same problem at a place: `text` is the whole line, `shift` where in it the column counts from."""
        column = None if self.column is None else self.column + shift
        return replace(self, file=file, line=line, column=column, excerpt=excerpt(text, column or 1))

    def to_json(self) -> dict[str, Any]:
        """One entry of `lines` in the report."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity.value,
            "code": self.code.value,
            "excerpt": self.excerpt,
            "message": self.message,
            "suggestion": self.suggestion,
        }


def excerpt(text: str, column: int) -> str:
    """The part of a line around a column, without control characters: it will be shown on terminals."""
    start = max(0, min(column - 1 - _EXCERPT // 3, len(text) - _EXCERPT))
    shown = text[start : start + _EXCERPT]
    before = "…" if start else ""
    after = "…" if start + _EXCERPT < len(text) else ""
    return before + printable(shown) + after


def printable(text: str) -> str:
    r"""`text` with escapes such as `\x1b` in place of what is not printable."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


KEPT_PER_CODE = 100  # problems of one kind that a report spells out; the others are counted


class Findings:
    """Gathers problems: every one is counted, the first of each kind are kept."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[Code, Severity]] = Counter()
        self.problems: list[Problem] = []
        self.accepted = 0
        self.rejected = 0
        self.files = 0
        self.audio_seconds = 0.0
        self.first_rejected: int | None = None  # line

    def add(self, problem: Problem) -> None:
        """Take a problem in."""
        kind = (problem.code, problem.severity)
        self.counts[kind] += 1
        if self.counts[kind] <= KEPT_PER_CODE:
            self.problems.append(problem)

    def is_full(self, code: Code) -> bool:
        """More problems of this kind would only be counted, so their details are not worth working out."""
        return self.counts[code, code.severity] >= KEPT_PER_CODE

    def accept(self) -> None:
        """Count a line or file that can be used."""
        self.accepted += 1

    def retract(self, line: int) -> None:
        """Count a line that was good by itself as one that cannot be used."""
        self.accepted -= 1
        self.reject(line)

    def reject(self, line: int | None = None) -> None:
        """Count a line or file that cannot be used."""
        self.rejected += 1
        if line is not None and (self.first_rejected is None or line < self.first_rejected):
            self.first_rejected = line


@dataclass(frozen=True, kw_only=True)
class Fixed:
    """A repaired copy."""

    path: Path | None  # None: nothing was left to write
    accepted: int  # lines or files in the copy
    dropped: int
    changed: int = 0  # lines and files in it that are not as they were
    listing: Path | None = None  # names each line and file that was changed or left out; None: there is none
    problems: tuple[Problem, ...] = ()  # why they were dropped: the first of each kind

    def to_json(self) -> dict[str, Any]:
        """The `fix` part of the report."""
        return {
            "path": None if self.path is None else str(self.path),
            "accepted": self.accepted,
            "dropped": self.dropped,
            "changed": self.changed,
            "listing": None if self.listing is None else str(self.listing),
            "lines": [problem.to_json() for problem in self.problems],
        }


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result of a check."""

    dataset: str
    kind: str
    locale: str
    accepted: int  # lines of text, utterances, or audio files
    rejected: int
    files: int  # audio files that were decoded
    audio_seconds: float
    problems: tuple[Problem, ...]  # the first of each kind; `counts` has the true numbers
    counts: dict[tuple[Code, Severity], int] = field(repr=False)
    first_rejected: int | None = None  # the number of the first line that cannot be used
    fixed: Fixed | None = None
    other_locale: str | None = (
        None  # what the text is plainly in, where that is not of the language of `locale`
    )

    @property
    def ok(self) -> bool:
        """There is no error; there may be warnings."""
        return not self.errors

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return self._total(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """How many problems are warnings."""
        return self._total(Severity.WARNING)

    def command(self, path: Path) -> str:
        """The command that makes this report again, for a shell."""
        return shlex.join(["lect", "check", str(path), "--kind", self.kind, "--locale", self.locale])

    def _total(self, severity: Severity) -> int:
        return sum(count for (_, grade), count in self.counts.items() if grade is severity)

    def to_json(self) -> dict[str, Any]:
        """The document of `lect check --json`."""
        totals: Counter[str] = Counter()
        for (code, _), count in self.counts.items():
            totals[code.value] += count
        return {
            "dataset": self.dataset,
            "kind": self.kind,
            "locale": self.locale,
            "other_locale": self.other_locale,
            "ok": self.ok,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "files": self.files,
            "audio_seconds": round(self.audio_seconds, 3),
            "errors": self.errors,
            "warnings": self.warnings,
            "counts": dict(sorted(totals.items())),
            "complete": sum(totals.values()) == len(self.problems),
            "lines": [problem.to_json() for problem in self.problems],
            "fix": None if self.fixed is None else self.fixed.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Data that was read, with what was found in it: the good is used, the rest is left out and counted."""

    report: Report

    @property
    def kind(self) -> str:
        """What data it is."""
        return self.report.kind

    @property
    def accepted(self) -> int:
        """How many lines or utterances can be used."""
        return self.report.accepted

    @property
    def rejected(self) -> int:
        """How many break a rule; `report` says which."""
        return self.report.rejected

    @property
    def first_rejected(self) -> int | None:
        """The line of the first of these, from 1."""
        return self.report.first_rejected


def summarise(findings: Findings, *, dataset: str, kind: str, locale: str) -> Report:
    """The report of what was gathered."""
    return Report(
        dataset=dataset,
        kind=kind,
        locale=locale,
        accepted=findings.accepted,
        rejected=findings.rejected,
        files=findings.files,
        audio_seconds=findings.audio_seconds,
        problems=tuple(findings.problems),
        counts=dict(findings.counts),
        first_rejected=findings.first_rejected,
    )
