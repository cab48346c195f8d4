"""A copy of some recordings without one of them: its audio, other files with the same bytes, and all lines that name them.

Only what a dataset uses is copied, audio and text: an archive in the archive, what a system left behind, or a file that cannot be
unpacked may hold the recording as well.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from lect.core.errors import InvalidDataset, NotFound
from lect.core.files import atomic_write
from lect.datasets.archive import Archive, file_hash, folded, hash_of, open_archive
from lect.datasets.fixing import entry
from lect.datasets.recordings import recordings_hash
from lect.settings import Limits

_BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb\xbf": "utf-8-sig"}
_SUFFIX = re.compile(r"\.[^./]+$")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


@dataclass(frozen=True, kw_only=True)
class Erased:
    """What the copy lacks."""

    files: tuple[str, ...]  # names of recordings: the one that was meant first
    lines: int  # of transcripts and tables
    hashes: tuple[
        str, ...
    ]  # SHA-256 of the dataset before, as manifests of models note it: with its names, and as audio alone


def copy_without(path: Path, out: Path, name: str, *, limits: Limits = Limits()) -> Erased:
    """Write a zip of recordings without one of them; it appears at `out` when it is complete.

    Args:
        path: the dataset, a zip
        name: of the recording in it, without its folders if that is clear; or a name that only a line of the transcript has

    Raises:
        NotFound: neither a file nor a line has this name, or several have it.
        InvalidDataset: the zip is damaged.
        StoreError: the copy cannot be written; nothing is left behind.
    """
    with open_archive(path, limits) as archive:
        hashes = dict(_hashes(archive))
        found = _find(archive, name)
        gone = (found, *_twins(hashes, found)) if found else ()
        names = _spellings(gone or (name,), set(archive.members) - set(gone))
        texts = dict(_texts(archive, hashes, names))
        lines = sum(dropped for _, dropped in texts.values())
        if not (gone or lines):
            raise NotFound(f"there is no recording {name!r}", hint=_HINT)
        with atomic_write(out) as file, zipfile.ZipFile(file, "w") as copy:
            for each in hashes:
                if each in texts:
                    copy.writestr(entry(each), texts[each][0])
                elif each not in gone:
                    with archive.open(each) as source, copy.open(entry(each), "w") as target:
                        shutil.copyfileobj(source, target, 1 << 20)
    return Erased(files=gone or (name,), lines=lines, hashes=_of_dataset(archive, hashes))


def _hashes(archive: Archive) -> Iterator[tuple[str, str]]:
    """The SHA-256 of each file that can be unpacked."""
    for name in archive.members:
        try:
            yield name, file_hash(archive, name)
        except InvalidDataset:
            continue


def _of_dataset(archive: Archive, hashes: Mapping[str, str]) -> tuple[str, ...]:
    audio = (hashes[name] for name in hashes if archive.members[name].is_audio)
    return hash_of(hashes), recordings_hash(audio)


def _find(archive: Archive, name: str) -> str | None:
    """The recording that a name means; None: there is only text about it, if anything."""
    audio = [member.name for member in archive.members.values() if not member.is_text]
    if name in audio:
        return name
    alike = [each for each in audio if folded(name) in {folded(each), folded(PurePosixPath(each).name)}]
    if len(alike) > 1:
        raise NotFound(f"{len(alike)} recordings could be {name!r}: {', '.join(alike[:5])}", hint=_HINT)
    return alike[0] if alike else None


def _twins(hashes: Mapping[str, str], name: str) -> list[str]:
    """Other files with the same bytes: they are the same recording."""
    return [other for other in hashes if other != name and hashes[other] == hashes.get(name)]


def _spellings(gone: Collection[str], kept: Collection[str]) -> frozenset[str]:
    """How lines may name what goes: whole, without folders, without the ending; but not as what stays is called."""
    short = {each for name in gone for each in (name, PurePosixPath(name).name)}
    spelled = {folded(each) for name in short for each in (name, _SUFFIX.sub("", name))}
    return frozenset(spelled - {folded(each) for each in kept})


def _texts(
    archive: Archive, hashes: Mapping[str, str], names: frozenset[str]
) -> Iterator[tuple[str, tuple[bytes, int]]]:
    """Each text without the lines that name what goes, and how many these were."""
    for name in hashes:
        if archive.members[name].is_text:
            with archive.open(name) as file:
                yield name, _without(file.read(), names)


def _without(data: bytes, names: frozenset[str]) -> tuple[bytes, int]:
    encoding = next((codec for bom, codec in _BOMS.items() if data.startswith(bom)), "utf-8")
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    lines = _LINE.findall(data.decode(encoding, errors))
    kept = [line for line in lines if not _is_about(line, names)]
    if len(kept) == len(lines):
        return data, 0
    return "".join(kept).encode(encoding, errors), len(lines) - len(kept)


def _is_about(line: str, names: frozenset[str]) -> bool:
    """Whether a line begins with one of the names and a tab, or a blank where it has no tab."""
    first = line.partition("\t")[0].strip() if "\t" in line else (line.split(maxsplit=1) or [""])[0]
    return folded(first) in names


_HINT = "Name it as the dataset's report or an evaluation does, with its folders."
