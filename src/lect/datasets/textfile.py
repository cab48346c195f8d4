"""What all kinds of data have in common that are one text file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lect.core.errors import InvalidInput, NotFound
from lect.datasets.codes import Code
from lect.datasets.inspection import Inspection
from lect.datasets.lines import ByteSource, Line, read_lines
from lect.datasets.report import Judged, Problem, Report, summarise

Validate = Callable[[ByteSource, Path, Inspection], Iterator[Line]]
"""The good lines of a stream of bytes, as a repaired copy has them; what is wrong goes to the findings."""

_PROGRESS_LINES = 20_000


@dataclass(frozen=True, kw_only=True)
class ReadFile(Judged):
    """A file that was read for training."""

    path: Path
    sha256: str

    @property
    def name(self) -> str:
        """The file, without its folder."""
        return self.path.name


class Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Of everything that was read, in lower-case hexadecimal."""
        return self._digest.hexdigest()

    def read(self, size: int, /) -> bytes:
        data = self._stream.read(size)
        self._digest.update(data)
        return data


def open_text(path: Path) -> BinaryIO:
    """Open a text file for reading bytes.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder, a pipe or a device.
    """
    if not path.exists():
        raise NotFound(f"{path}: there is no such file", hint="Check the path.")
    if path.is_dir():
        raise InvalidInput(
            f"{path}: one text file is wanted, and this is a folder", hint="Name the file in it."
        )
    if not path.is_file():
        raise read_once(path)
    return path.open("rb")


def read_once(path: Path) -> InvalidInput:
    """The error for what gives its bytes a single time, or no end of them."""
    return InvalidInput(
        f"{path}: this is a pipe or a device, and data is read more than once",
        hint="Save it as a file, and name that.",
    )


def lines_of(
    stream: ByteSource, path: Path, walk: Inspection, *, most_bytes: int, setting: str
) -> Iterator[Line]:
    """The lines of a text file, blank ones too, unless the file is larger than the limit, which a setting can raise."""
    size, read = path.stat().st_size, 0
    if size > most_bytes:
        walk.findings.add(_too_large(size, most_bytes, setting).at(path.name))
        return
    findings = walk.findings
    lines = read_lines(stream, name=path.name, locale=walk.locale, tell=findings.add, repair=walk.repair)
    for line in lines:
        read += len(line.text) + 1
        if line.number % _PROGRESS_LINES == 0:
            walk.progress(min(1.0, read / size))
        yield line
    walk.progress(1.0)


def judge(line: Line, problems: list[Problem], path: Path, walk: Inspection, *, shift: int = 0) -> bool:
    """Report the problems of a line, count it, and say whether it is good.

    Args:
        shift: Where in the line the columns of the problems count from.
    """
    for problem in problems:
        walk.findings.add(problem.at(path.name, line.number, text=line.text, shift=shift))
    if not line.usable or any(problem.is_error for problem in problems):
        walk.findings.reject(line.number)
        return False
    walk.findings.accept()
    return True


def tell_if_empty(path: Path, walk: Inspection, *, what: str, advice: str) -> None:
    """Report a file in which no line counted, good or bad, unless it was not read at all or is no text."""
    findings = walk.findings
    is_told = any(findings.counts[code, code.severity] for code in (Code.TOO_LARGE, Code.BAD_ENCODING))
    if not is_told and not findings.accepted + findings.rejected:
        findings.add(
            Problem(code=Code.EMPTY, message=f"there is not one {what} in it", suggestion=advice).at(
                path.name
            )
        )


def report_of(path: Path, kind: str, walk: Inspection) -> Report:
    """What was found in a file."""
    return summarise(walk.findings, dataset=path.name, kind=kind, locale=walk.locale)


def _too_large(size: int, most: int, setting: str) -> Problem:
    return Problem(
        code=Code.TOO_LARGE,
        message=f"{size:,} bytes, the limit is {most:,}; nothing of it was read",
        suggestion=f"Split the file, or raise {setting}.",
    )
