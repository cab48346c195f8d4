"""Plain text: one file, a sentence a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path
from typing import BinaryIO

from lect.core.errors import InvalidInput, NotFound
from lect.datasets.codes import Code
from lect.datasets.inspection import Inspection, inspection
from lect.datasets.limits import Limits
from lect.datasets.lines import ByteSource, Line, read_lines
from lect.datasets.repair import repair_text
from lect.datasets.report import Problem, Report, summarise
from lect.datasets.rules import line_rules, problems_of

KIND = "text"
_PROGRESS_LINES = 20_000


@dataclass(frozen=True, kw_only=True)
class TextLines:
    """The lines of a text file that can be used; iterating reads the file again, in bounded memory."""

    path: Path
    report: Report
    sha256: str
    limits: Limits
    _kept: bytearray = field(repr=False, compare=False)  # a byte for each line of the file: 1 if it is good

    @property
    def name(self) -> str:
        """The file, without its folder."""
        return self.path.name

    @property
    def accepted(self) -> int:
        """How many lines iterating gives."""
        return self.report.accepted

    @property
    def rejected(self) -> int:
        """How many lines break a rule."""
        return self.report.rejected

    @property
    def first_rejected(self) -> int | None:
        """The number of the first of these, from 1."""
        return self.report.first_rejected

    def __iter__(self) -> Iterator[str]:
        with self.path.open("rb") as file:
            lines = read_lines(
                file, name=self.name, locale=self.report.locale, limits=self.limits, tell=lambda problem: None
            )
            yield from (line.text.strip() for line in compress(lines, self._kept))


def read_text(path: Path, *, locale: str = "en-US", limits: Limits = Limits()) -> TextLines:
    """Read and judge a text file once; its good lines come by iterating over the result.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    walk = inspection(locale=locale, limits=limits)
    digest = hashlib.sha256()
    kept = bytearray()
    with open_text(path) as file:
        for line in validate(_Hashing(file, digest), path, walk):
            kept.extend(bytes(line.number - len(kept) - 1) + b"\1")
    report = summarise(walk.findings, dataset=path.name, kind=KIND, locale=locale)
    return TextLines(path=path, report=report, sha256=digest.hexdigest(), limits=limits, _kept=kept)


def open_text(path: Path) -> BinaryIO:
    """Open a text file for reading bytes.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    if not path.exists():
        raise NotFound(f"{path}: there is no such file", hint="Check the path.")
    if path.is_dir():
        raise InvalidInput(
            f"{path}: plain text is one file, and this is a folder", hint="Name the text file in it."
        )
    return path.open("rb")


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines of a text, stripped, while everything that is wrong goes to the findings."""
    findings, size = walk.findings, path.stat().st_size
    if size > walk.limits.text_bytes:
        return findings.add(_too_large(size, walk.limits).at(path.name))
    rules, read = line_rules(walk.locale), 0
    lines = read_lines(
        stream, name=path.name, locale=walk.locale, limits=walk.limits, tell=findings.add, repair=walk.repair
    )
    for line in lines:
        read += len(line.text) + 1
        if line.number % _PROGRESS_LINES == 0:
            walk.progress(min(1.0, read / size))
        text = repair_text(line.text, walk.locale) if walk.repair else line.text.strip()
        if not text and line.usable:
            continue  # a blank line separates; it is neither good nor bad
        problems = problems_of(text, rules) if line.usable else []
        for problem in problems:
            shift = len(line.text) - len(line.text.lstrip())
            findings.add(problem.at(path.name, line.number, text=line.text, shift=shift))
        if line.usable and not any(problem.is_error for problem in problems):
            findings.accept()
            yield Line(number=line.number, text=text)
        else:
            findings.reject(line.number)
    if not findings.accepted + findings.rejected:
        findings.add(_empty().at(path.name))
    walk.progress(1.0)


def _too_large(size: int, limits: Limits) -> Problem:
    return Problem(
        code=Code.TOO_LARGE,
        message=f"{size:,} bytes, the limit is {limits.text_bytes:,}; nothing of it was read",
        suggestion="Split the file, or raise LECT_LIMITS_TEXT_BYTES.",
    )


def _empty() -> Problem:
    return Problem(
        code=Code.EMPTY,
        message="there is not one line of text in it",
        suggestion="Write one sentence a line.",
    )


class _Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO, digest: hashlib._Hash) -> None:
        self._stream = stream
        self._digest = digest

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        return data
