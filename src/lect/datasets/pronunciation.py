"""Pronunciations: how words are said whose spelling does not tell, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lect.datasets.codes import Code
from lect.datasets.columns import Columns, column_problems, split
from lect.datasets.inspection import Inspection, inspection
from lect.datasets.lines import ByteSource, Line
from lect.datasets.repair import repair_text
from lect.datasets.report import Problem, printable
from lect.datasets.rules import entry_repeated, line_rules, problems_of, writing_rules
from lect.datasets.spoken import display_problems, spoken_problems
from lect.datasets.textfile import Hashing, ReadFile, judge, lines_of, open_text, report_of, tell_if_empty
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation

KIND = "pronunciation"


@dataclass(frozen=True, kw_only=True)
class PronunciationFiles:
    """The pronunciations of some files in their order, and what was read and left out of each."""

    entries: tuple[Pronunciation, ...]
    files: tuple[ReadFile, ...]

    def __iter__(self) -> Iterator[Pronunciation]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


def read_pronunciations(
    paths: Sequence[Path], *, locale: str = "en-US", limits: Limits = Limits()
) -> PronunciationFiles:
    """Read files for training; lines that break a rule are left out and counted.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    entries: list[Pronunciation] = []
    files: list[ReadFile] = []
    for path in paths:
        walk = inspection(locale=locale, limits=limits)
        with open_text(path) as file:
            stream = Hashing(file)
            for line in validate(stream, path, walk):
                columns = split(line.text)
                entries.append(Pronunciation(display=columns.left, spoken=" ".join(columns.right.split())))
        files.append(ReadFile(path=path, sha256=stream.sha256, report=report_of(path, KIND, walk)))
    return PronunciationFiles(entries=tuple(entries), files=tuple(files))


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines, while everything that is wrong goes to the findings."""
    judgement = _Judgement(walk.locale)
    lines = lines_of(
        stream,
        path,
        walk,
        most_bytes=walk.limits.pronunciation_bytes,
        setting="LECT_LIMITS_PRONUNCIATION_BYTES",
    )
    for line in lines:
        if walk.repair:
            mended = "\t".join(repair_text(part, walk.locale) for part in line.text.strip().split("\t"))
            line = Line(number=line.number, text=mended)
        if line.text.strip() or not line.usable:
            problems = list(judgement.problems(line)) if line.usable else []
            if judge(line, problems, path, walk):
                yield line
    tell_if_empty(path, walk, what="line", advice="Write DISPLAY<TAB>SPOKEN, such as 3CPO<TAB>three c p o.")


class _Judgement:
    """Judges line after line of one file."""

    def __init__(self, locale: str) -> None:
        self._locale = locale
        self._rules = line_rules(locale)
        self._first: dict[tuple[str, str], int] = {}  # display, spoken -> line
        self._displays: dict[str, str] = {}  # spoken -> display

    def problems(self, line: Line) -> Iterator[Problem]:
        found = list(column_problems(line.text, left="DISPLAY", right="SPOKEN"))
        yield from found
        if not found:
            columns = split(line.text)
            yield from problems_of(columns.left, (*writing_rules(), display_problems))
            yield from self._spoken(columns)
            yield from self._others(columns, line.number)

    def _spoken(self, columns: Columns) -> Iterator[Problem]:
        found = spoken_problems(columns.left, columns.right, self._locale)
        for problem in (*problems_of(columns.right, self._rules), *found):
            yield replace(problem, column=(problem.column or 1) + columns.shift)

    def _others(self, columns: Columns, number: int) -> Iterator[Problem]:
        """What the lines before have to do with this one."""
        spoken = " ".join(columns.right.casefold().split())
        first = self._first.setdefault((columns.left, spoken), number)
        if first != number:
            yield entry_repeated(first)
        display = self._displays.setdefault(spoken, columns.left)
        if display != columns.left:
            yield Problem(
                code=Code.SPOKEN_SHARED,
                column=columns.shift + 1,
                message=f"{printable(spoken[:40])!r} is said for {printable(display[:40])!r} as well",
                suggestion="Keep one of the two: the words around them do not tell, and the first of the alphabet is written.",
            )
