"""Who speaks in which file: an optional table `file<TAB>speaker`, further columns are ignored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from lect.core.errors import InvalidDataset, InvalidTranscript
from lect.datasets.archive import Archive, Member
from lect.datasets.lines import Line, read_lines
from lect.datasets.textfile import open_text

FILE = "speakers.tsv"
_HEAD = 4096  # bytes in which the heading of a table ends
_HEADINGS = frozenset({"file", "filename", "name", "path", "utterance"})


def find_table(archive: Archive) -> Member | None:
    """The table of speakers: `speakers.tsv`, or another tsv file whose heading says `file` and `speaker`."""
    tables = [member for member in archive.members.values() if member.suffix == ".tsv"]
    named = [member for member in tables if member.base_name.lower() == FILE]
    return next(iter(named), None) or next((each for each in tables if _has_heading(archive, each)), None)


def _has_heading(archive: Archive, member: Member) -> bool:
    try:
        with archive.open(member.name) as file:
            head = file.read(_HEAD).decode("utf-8-sig", "replace").lower()
    except InvalidDataset:  # told when the file is read
        return False
    file_column, _, rest = head.partition("\n")[0].partition("\t")
    return file_column.strip() in _HEADINGS and rest.startswith("speaker")


def read_speakers(path: Path) -> dict[str, str]:
    """The speaker of each file, by the file's name as the table writes it: with or without its ending.

    Raises:
        NotFound: There is no such table.
        InvalidInput: It is a folder.
        InvalidTranscript: A line has no tab.
    """
    with open_text(path) as file:
        lines = read_lines(file, name=path.name, locale="en-US", tell=lambda problem: None, repair=True)
        return parse_speakers(lines, path.name)


def parse_speakers(lines: Iterable[Line], name: str) -> dict[str, str]:
    """The speaker of each file, from the lines of a table.

    Raises:
        InvalidTranscript: A line has no tab.
    """
    table: dict[str, str] = {}
    for line in lines:
        file, tab, rest = line.text.strip().partition("\t")
        if not file or (line.number == 1 and file.lower() in _HEADINGS):
            continue
        if not tab:
            raise InvalidTranscript(
                f"{name}:{line.number}: no tab between file and speaker", hint="Write FILE<TAB>SPEAKER."
            )
        table[file] = rest.split("\t")[0].strip()
    return table


def speaker_of(file: str, table: Mapping[str, str]) -> str | None:
    """The speaker of a file, whether the table has its path, its name, or its name without the ending."""
    path = PurePosixPath(file)
    return next((table[key] for key in (file, path.name, path.stem) if table.get(key)), None)
