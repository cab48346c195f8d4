"""Structured text: lists, sentences that refer to them, and a lexicon, in one Markdown file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from lect.datasets.elements import Element, Section, elements
from lect.datasets.headings import UNKNOWN
from lect.datasets.inspection import Inspection, inspection
from lect.datasets.lines import ByteSource, Line
from lect.datasets.textfile import Hashing, ReadFile, open_text, report_of
from lect.settings import Limits
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Piece, StructuredText

KIND = "structured"


@dataclass(frozen=True, kw_only=True)
class StructuredFiles(StructuredText):
    """The structured text of some files, and what was read and left out of each."""

    files: tuple[ReadFile, ...]

    @property
    def accepted(self) -> int:
        """Items, sentences and lexicon entries that can be used."""
        return sum(file.accepted for file in self.files)

    @property
    def rejected(self) -> int:
        """Lines that break a rule."""
        return sum(file.rejected for file in self.files)


def read_structured(
    paths: Sequence[Path], *, locale: str = "en-US", limits: Limits = Limits()
) -> StructuredFiles:
    """Read files for training; lines that break a rule are left out and counted.

    A file refers to its own lists alone. Lists of the same name in several files become one.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    gathered, files = _Gathered(), []
    for path in paths:
        walk = inspection(locale=locale, limits=limits)
        with open_text(path) as file:
            stream = Hashing(file)
            for element in elements(stream, path, walk):
                gathered.add(element)
        files.append(ReadFile(path=path, sha256=stream.sha256, report=report_of(path, KIND, walk)))
    return StructuredFiles(
        lists={name: tuple(items) for name, items in gathered.lists.items()},
        sentences=tuple(gathered.sentences),
        lexicon=tuple(gathered.lexicon),
        files=tuple(files),
    )


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines, while everything that is wrong goes to the findings; of a repair, in order under headings."""
    found = elements(stream, path, walk)
    return _laid_out(found) if walk.repair else (Line(number=it.number, text=it.text) for it in found)


class _Gathered:
    """What was read so far."""

    def __init__(self) -> None:
        self.lists: dict[str, list[str]] = {}
        self.sentences: list[tuple[Piece, ...]] = []
        self.lexicon: list[Pronunciation] = []

    def add(self, element: Element) -> None:
        value = element.value
        if isinstance(value, str):
            self.lists.setdefault(element.section.heading.name, []).append(value)
        elif isinstance(value, Pronunciation):
            self.lexicon.append(value)
        elif value is not None:
            self.sentences.append(value)


def _laid_out(found: Iterable[Element]) -> Iterator[Line]:
    """The lines of a file: each heading with what stands under it, comments too."""
    sections: dict[Section, list[Element]] = {}
    for element in found:
        sections.setdefault(element.section, []).append(element)
    for section in sorted(sections, key=lambda section: section.line):
        lines = sorted(sections[section], key=lambda element: element.number)
        if section.heading is not UNKNOWN and any(element.value is not None for element in lines):
            yield Line(number=section.line, text="")
            yield Line(number=section.line, text=str(section.heading))
        yield from (Line(number=element.number, text=element.text) for element in lines)
