"""The files of a dataset, in a zip or a folder, read so that no name and no size can do harm.

`open_archive` looks at the names alone; contents are read file by file, capped, when they are asked for.
Files that must not be read are left out and told in `problems`.
"""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Protocol

from lect.core.closing import Closing
from lect.core.errors import LimitExceeded, NotFound
from lect.datasets.codes import Code
from lect.datasets.report import Problem
from lect.settings import Limits

AUDIO_SUFFIXES = frozenset(
    ".3gp .aac .aif .aifc .aiff .amr .au .caf .flac .m4a .m4b .mka .mkv .mov .mp3 .mp4 .oga .ogg .opus .snd "
    ".spx .w64 .wav .wave .weba .webm .wma .wv".split()
)
MEDIA_TYPES = {  # of the recordings that browsers play
    ".wav": "audio/wav",
    ".flac": "audio/flac",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".mp4": "audio/mp4",
    ".webm": "audio/webm",
}
TEXT_SUFFIXES = frozenset({".tsv", ".txt"})

_NESTED_SUFFIXES = frozenset(".7z .bz2 .gz .rar .tar .tgz .xz .zip .zst".split())
_CLUTTER = frozenset({"__macosx", "thumbs.db", "desktop.ini"})


@dataclass(frozen=True, kw_only=True)
class Member:
    """A file of a dataset."""

    name: str  # relative, with `/` between folders
    size: int  # bytes, as declared

    @property
    def suffix(self) -> str:
        """What the name ends in, lower case: `.wav`."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def base_name(self) -> str:
        """The name without its folders."""
        return PurePosixPath(self.name).name

    @property
    def is_audio(self) -> bool:
        """The name says that it is audio."""
        return self.suffix in AUDIO_SUFFIXES

    @property
    def is_text(self) -> bool:
        """The name says that it is text."""
        return self.suffix in TEXT_SUFFIXES


class Archive(Protocol, AbstractContextManager["Archive"]):
    """A zip or a folder as a flat list of files."""

    name: str
    members: Mapping[str, Member]
    problems: tuple[Problem, ...]

    def open(self, name: str) -> BinaryIO:
        """A file for reading; it never gives more bytes than it declared."""
        ...

    def source(self, name: str) -> Path | bytes:
        """A file as the audio decoder takes it."""
        ...

    def close(self) -> None: ...


def open_archive(path: Path, limits: Limits = Limits()) -> Archive:
    """Open a zip, a folder, or one file as if it were a folder of its own.

    A folder whose only audio is in one zip is that zip, with the table of speakers beside it.

    Raises:
        NotFound: There is no such file or folder.
        InvalidDataset: The zip is damaged.
        LimitExceeded: There are too many files or bytes in it.
    """
    from lect.datasets.packed import PackedFolder, zip_of
    from lect.datasets.zips import ZipArchive, is_zip

    if not path.exists():
        raise NotFound(f"{path}: there is no such file or folder", hint="Check the path.")
    if path.is_dir():
        folder = Folder(path, limits)
        zipped = zip_of(folder, path)
        return PackedFolder(folder, zipped, limits) if zipped else folder
    if is_zip(path) or path.suffix.lower() == ".zip":
        return ZipArchive(path, limits)
    return SingleFile(path)


def content_hash(archive: Archive, names: Iterable[str]) -> str:
    """SHA-256 over the sorted names and contents of some files: the same in a zip and in a folder."""
    return hash_of({name: file_hash(archive, name) for name in names})


def hash_of(hashes: Mapping[str, str]) -> str:
    """SHA-256 over sorted names and the SHA-256 of each."""
    whole = hashlib.sha256()
    for name in sorted(hashes):
        whole.update(f"{name}\0{hashes[name]}\n".encode())
    return whole.hexdigest()


def file_hash(archive: Archive, name: str) -> str:
    """The SHA-256 of one file."""
    with archive.open(name) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]


class _Files(Closing):
    """What folders and single files have in common: the files are on disk."""

    name: str
    members: Mapping[str, Member]
    problems: tuple[Problem, ...] = ()
    _root: Path

    def open(self, name: str) -> BinaryIO:
        return self.source(name).open("rb")

    def source(self, name: str) -> Path:
        return self._root / self.members[name].name

    def close(self) -> None:
        """Nothing is held open."""


class SingleFile(_Files):
    """One file."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._root = path.parent
        self.members = {path.name: Member(name=path.name, size=path.stat().st_size)}


class Folder(_Files):
    """A folder with all below it. Links are followed if they stay inside."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self.name = path.resolve().name
        self._root = path
        sorting = Sorting()
        for name, size in _walk(path, sorting, limits):
            sorting.take(name, size)
        self.members = sorting.members
        self.problems = tuple(sorting.problems)


def _walk(root: Path, sorting: Sorting, limits: Limits) -> Iterator[tuple[str, int]]:
    """The files below a folder, in the order of their names."""
    inside, found = root.resolve(), 0
    for place, folders, files in os.walk(root):
        folders.sort()
        found += len(files) + len(folders)
        if found > limits.archive_files:
            raise too_many_files(str(root), limits)
        links = [folder for folder in folders if (Path(place) / folder).is_symlink()]
        for path in (Path(place) / file for file in sorted(files + links)):
            name = path.relative_to(root).as_posix()
            if path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(inside)):
                yield name, path.stat().st_size
            else:
                sorting.refuse(Code.NOT_A_FILE, name, "it is a link out of the folder, or not a file at all")


@dataclass(kw_only=True)
class Sorting:
    """Sorts names into those to read, those to ignore and those to refuse."""

    members: dict[str, Member] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _folded: dict[str, str] = field(default_factory=dict)

    def take(self, name: str, size: int) -> bool:
        """Take a file in; False if its name rules it out."""
        if is_clutter(name):
            self.ignore(name)
            return False
        first = self._folded.setdefault(folded(name), name)
        member = Member(name=name, size=size)
        if name in self.members or first != name:
            self.refuse(
                Code.DUPLICATE_NAME,
                name,
                f"there is already {first!r}; which one is meant?",
                suggestion="Give each file a name of its own; capitals and accents do not tell names apart "
                "on every system.",
            )
        elif member.suffix in _NESTED_SUFFIXES:
            self.refuse(
                Code.ZIP_NESTED,
                name,
                "an archive inside the dataset is not opened",
                suggestion="Unpack it and put its files in place of it, or check it by itself.",
            )
        elif member.is_audio or member.is_text:
            self.members[name] = member
            return True
        else:
            self.ignore(name)
        return False

    def ignore(self, name: str) -> None:
        """Leave out a file that does not matter."""
        self.problems.append(
            Problem(
                code=Code.FILE_IGNORED,
                file=name,
                message="this file is neither audio nor text and is not used",
                suggestion="Leave it out; Azure may refuse the upload because of it.",
            )
        )

    def refuse(self, code: Code, name: str, message: str, *, suggestion: str = "") -> None:
        """Leave out a file that may do harm."""
        self.problems.append(
            Problem(
                code=code,
                file=name,
                message=message,
                suggestion=suggestion or "Leave it out, or put a plain file in its place.",
            )
        )


def too_many_files(name: str, limits: Limits) -> LimitExceeded:
    """The error of a dataset with too many files."""
    return LimitExceeded(
        f"{name}: holds more than {limits.archive_files:,} files",
        hint="Split the data into several datasets.",
    )


def is_clutter(name: str) -> bool:
    """A file that operating systems and editors leave behind."""
    return any(part.startswith(".") or part.casefold() in _CLUTTER for part in name.split("/"))


def is_link_or_device(mode: int) -> bool:
    """The Unix mode of a zip entry says that it is neither file nor folder."""
    return stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR)


def folded(name: str) -> str:
    """What is the same on file systems that ignore capitals or normalise Unicode."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
