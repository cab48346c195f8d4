"""What kind of data a file, a zip or a folder is, by what is in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from lect.core.errors import InvalidInput
from lect.datasets import acoustic, audio, display, pronunciation, structured, text
from lect.datasets.archive import AUDIO_SUFFIXES, Archive, open_archive
from lect.datasets.lines import read_lines
from lect.datasets.registry import VALIDATE
from lect.datasets.textfile import read_once
from lect.datasets.transcript import find
from lect.datasets.zips import is_zip
from lect.settings import Limits

ARCHIVES = (acoustic.KIND, audio.KIND)
KINDS = (*ARCHIVES, *VALIDATE)  # the others are one text file each

_LINES_SEEN = 50
_STRUCTURED_HEADING = re.compile(r"@\s*(list\b|speech\s*:)", re.IGNORECASE)
_DISPLAY_HEADING = re.compile(rf"#\s*({'|'.join(display.Part)})\s*$", re.IGNORECASE)


def settle_kind(path: Path, kind: str | None, limits: Limits = Limits()) -> str:
    """The kind of some data: as given, else guessed.

    Raises:
        NotFound: There is no such file or folder.
        InvalidInput: There is no such kind, or it is one file and this is a zip or a folder; or it is a pipe or a device.
        InvalidDataset: The kind shows in the contents, and they cannot be read.
        LimitExceeded: So too, but there is too much of them.
    """
    if kind is not None and kind not in KINDS:
        raise InvalidInput(f"{kind!r} is no kind of data", hint=f"Kinds are: {', '.join(KINDS)}.")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise read_once(path)
    settled = kind or guess_kind(path, limits)
    if settled not in ARCHIVES and (path.is_dir() or (path.is_file() and is_zip(path))):
        what = "plain text" if settled == text.KIND else f"{settled} data"
        raise InvalidInput(f"{path}: {what} is one file, not a zip or a folder", hint="Name the text file.")
    return settled


def guess_kind(path: Path, limits: Limits = Limits()) -> str:
    """The kind of some data, by its name and its first lines."""
    if not path.is_file() or is_zip(path) or path.suffix.lower() == ".zip":
        with open_archive(path, limits) as archive:
            return _kind_of_archive(archive)
    if path.suffix.lower() in AUDIO_SUFFIXES:
        return audio.KIND
    lines = _first_lines(path)
    if _is_structured(lines):
        return structured.KIND
    if any(_DISPLAY_HEADING.match(line) for line in lines):
        return display.KIND
    if path.suffix.lower() == ".md":
        return structured.KIND
    return pronunciation.KIND if _is_table(lines) else text.KIND


def _kind_of_archive(archive: Archive) -> str:
    return acoustic.KIND if find(archive) else audio.KIND


def _is_structured(lines: Sequence[str]) -> bool:
    """There is the heading of a list, or another heading and most other lines have a dash."""
    others = [line for line in lines if not line.startswith(("#", "//"))]
    dashes = sum(line.startswith("-") for line in others)
    has_section = any(line.startswith("#") for line in lines)
    return any(map(_STRUCTURED_HEADING.match, lines)) or (has_section and 2 * dashes > len(others))


def _is_table(lines: Sequence[str]) -> bool:
    """Most lines are two columns: the display form and the spoken form."""
    pairs = sum(line.count("\t") == 1 for line in lines)
    return 2 * pairs > len(lines)


def _first_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        lines = read_lines(file, name=path.name, locale="en-US", tell=lambda problem: None, repair=True)
        return [words for line in islice(lines, _LINES_SEEN) if (words := line.text.strip())]
