"""Plain text: one file, a sentence a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import compress
from pathlib import Path

from lect.datasets.inspection import Inspection, inspection
from lect.datasets.lines import ByteSource, Line, read_lines
from lect.datasets.repair import repair_text
from lect.datasets.rules import line_rules, problems_of
from lect.datasets.textfile import Hashing, ReadFile, judge, lines_of, open_text, report_of, tell_if_empty
from lect.settings import Limits

KIND = "text"


@dataclass(frozen=True, kw_only=True)
class TextLines(ReadFile):
    """The lines of a text file that are accepted; iterating reads the file again, in bounded memory."""

    _kept: bytearray = field(repr=False, compare=False)  # a byte for each line of the file: 1 if it is good

    def __iter__(self) -> Iterator[str]:
        with self.path.open("rb") as file:
            lines = read_lines(file, name=self.name, locale=self.report.locale, tell=lambda problem: None)
            yield from (line.text.strip() for line in compress(lines, self._kept))


def read_text(path: Path, *, locale: str = "en-US", limits: Limits = Limits()) -> TextLines:
    """Read and judge a text file once; its good lines come by iterating over the result.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    walk = inspection(locale=locale, limits=limits)
    kept = bytearray()
    with open_text(path) as file:
        stream = Hashing(file)
        for line in validate(stream, path, walk):
            kept.extend(bytes(line.number - len(kept) - 1) + b"\1")
    report = report_of(path, KIND, walk)
    return TextLines(path=path, report=report, sha256=stream.sha256, _kept=kept)


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines of a text, stripped, while everything that is wrong goes to the findings."""
    rules = line_rules(walk.locale)
    lines = lines_of(stream, path, walk, most_bytes=walk.limits.text_bytes, setting="LECT_LIMITS_TEXT_BYTES")
    for line in lines:
        text = repair_text(line.text, walk.locale) if walk.repair else line.text.strip()
        if not text and line.usable:
            continue  # a blank line separates; it is neither good nor bad
        problems = problems_of(text, rules) if line.usable else []
        shift = len(line.text) - len(line.text.lstrip())
        if judge(line, problems, path, walk, shift=shift):
            yield Line(number=line.number, text=text)
    tell_if_empty(path, walk, what="line of text", advice="Write one sentence a line.")
