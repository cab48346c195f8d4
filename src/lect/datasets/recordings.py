"""Recordings to transcribe: audio files, and those in folders and zips, under names that tell them apart."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import NoReturn

from lect.core.errors import InvalidAudio, NotFound
from lect.datasets.archive import AUDIO_SUFFIXES, is_clutter, open_archive
from lect.datasets.report import Problem
from lect.datasets.zips import is_zip
from lect.settings import Limits


@dataclass(frozen=True, kw_only=True)
class Recording:
    """Something to listen to."""

    name: str  # the file as it was named; of a zip, the member
    open: Callable[[], Path | bytes]  # gives it as the audio decoder takes it
    path: Path | None = None  # None: in a zip
    channel: int | None = None  # which is listened to alone, from 0; None: all of them together

    @classmethod
    def of(cls, path: Path) -> Recording:
        """A file on disk."""
        return cls(name=str(path), open=lambda: path, path=path)


@dataclass(frozen=True, kw_only=True)
class RecordingSet:
    """What one path names: a file, or those of a folder or zip."""

    name: str
    recordings: Sequence[Recording]
    kind: str = "audio"
    rejected: int = 0

    @property
    def accepted(self) -> int:
        """How many there are."""
        return len(self.recordings)

    @cached_property
    def sha256(self) -> str:
        """Over the contents of all files, whatever their names and order."""
        return recordings_hash(_hash(recording.open()) for recording in self.recordings)


def recordings_hash(hashes: Iterable[str]) -> str:
    """SHA-256 over the hashes of recordings, whatever their order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode()).hexdigest()


@contextmanager
def open_recordings(paths: Sequence[Path], *, limits: Limits = Limits()) -> Iterator[list[Recording]]:
    """The files named, and of each folder and zip those within whose names end like audio, in order.

    What is named twice is there once. A file of a zip that must not be read fails when it is opened, not here.

    Raises:
        NotFound: A path is not there, or a folder or zip holds no audio.
        InvalidDataset: A zip is damaged.
        LimitExceeded: There is too much in a zip.
    """
    with ExitStack() as stack:
        found: dict[str, Recording] = {}  # by a name that is unique
        for path in paths:
            for long, recording in _recordings(path, stack, limits):
                found.setdefault(long, recording)
        names = Counter(recording.name for recording in found.values())
        yield [each if names[each.name] == 1 else replace(each, name=long) for long, each in found.items()]


def _recordings(path: Path, stack: ExitStack, limits: Limits) -> Iterator[tuple[str, Recording]]:
    if not path.exists():
        raise NotFound(f"{path}: there is no such file", hint="Check the path.")
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if _is_audio(file, path))
        if not files:
            raise NotFound(f"{path}: no audio file is in this folder", hint="Name the files themselves.")
        yield from ((str(file), Recording.of(file)) for file in files)
    elif path.suffix.lower() == ".zip" or (path.is_file() and is_zip(path)):
        yield from _members(path, stack, limits)
    else:
        yield str(path), Recording.of(path)


def _is_audio(file: Path, folder: Path) -> bool:
    """It is named like audio, is no folder of such a name, and nothing that a system left behind."""
    if file.suffix.lower() not in AUDIO_SUFFIXES or is_clutter(file.relative_to(folder).as_posix()):
        return False
    return file.is_file()


def _members(path: Path, stack: ExitStack, limits: Limits) -> Iterator[tuple[str, Recording]]:
    archive = stack.enter_context(open_archive(path, limits))
    found = [
        Recording(name=name, open=partial(archive.source, name))
        for name, member in archive.members.items()
        if member.is_audio
    ]
    refused = [problem for problem in archive.problems if problem.is_error]
    found += [Recording(name=problem.file, open=partial(_refuse, problem)) for problem in refused]
    if not found:
        raise NotFound(f"{path}: no audio file is in this zip", hint="Put the recordings in it.")
    yield from ((f"{path}/{recording.name}", recording) for recording in found)


def _hash(source: Path | bytes) -> str:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest()
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse(problem: Problem) -> NoReturn:
    raise InvalidAudio(f"{problem.file}: {problem.message}", hint=problem.suggestion)
