"""A folder with one zip of audio in it, as datasets are handed over: the zip, with the table of speakers beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from lect.core.closing import Closing
from lect.datasets.archive import Folder, Member
from lect.datasets.report import Problem
from lect.datasets.speakers import find_table
from lect.datasets.zips import ZipArchive
from lect.settings import Limits


def zip_of(folder: Folder, path: Path) -> Path | None:
    """The zip in a folder that holds all its audio; None if there is audio outside, or not just one zip."""
    zips = [each for each in path.iterdir() if each.suffix.lower() == ".zip" and each.is_file()]
    has_audio = any(member.is_audio for member in folder.members.values())
    return zips[0] if len(zips) == 1 and not has_audio else None


class PackedFolder(Closing):
    """The files of the zip, and the table of speakers if it lies beside it."""

    def __init__(self, folder: Folder, zipped: Path, limits: Limits = Limits()) -> None:
        self.name = folder.name
        self._folder = folder
        self._zip = ZipArchive(zipped, limits)
        table = find_table(folder)
        self._beside = {table.name: table} if table else {}
        self.members: Mapping[str, Member] = {**self._zip.members, **self._beside}
        self.problems: tuple[Problem, ...] = self._zip.problems

    def open(self, name: str) -> BinaryIO:
        return self._folder.open(name) if name in self._beside else self._zip.open(name)

    def source(self, name: str) -> Path | bytes:
        return self._folder.source(name) if name in self._beside else self._zip.source(name)

    def close(self) -> None:
        self._zip.close()
