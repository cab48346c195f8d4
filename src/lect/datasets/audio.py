"""Audio without transcripts: files to listen to and to compare models on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from lect.core.errors import InvalidDataset
from lect.datasets.archive import Archive, Member, file_hash
from lect.datasets.codes import Code
from lect.datasets.inspection import Inspection
from lect.datasets.report import Problem
from lect.datasets.sound import listen

KIND = "audio"


def validate(archive: Archive, walk: Inspection) -> Iterator[Member]:
    """The good files, in the order of the archive, while all that is wrong goes to the findings."""
    for problem in archive.problems:
        walk.findings.add(problem)
    files = [member for member in archive.members.values() if not member.is_text]
    for member in archive.members.values():
        if member.is_text:
            walk.findings.add(_text().at(member.name))
    if not files:
        walk.findings.add(no_audio(archive))
    for problem in same_bytes(archive, [member.name for member in files]):
        walk.findings.add(problem)
    for done, member in enumerate(files, start=1):
        if walk.decoder is None or listen(member, archive, walk) is not None:
            walk.findings.accept()
            yield member
        else:
            walk.findings.reject()
        walk.progress(done / len(files))


def no_audio(archive: Archive) -> Problem:
    """The problem of an archive without audio."""
    code = Code.NO_AUDIO if archive.members or archive.problems else Code.EMPTY
    problem = Problem(
        code=code,
        message="there is no audio file in it" if code is Code.NO_AUDIO else "there is no file in it",
        suggestion="Put the recordings in it. Text alone is not packed: name the text file itself.",
    )
    return problem.at(archive.name)


def same_bytes(archive: Archive, names: Sequence[str]) -> Iterator[Problem]:
    """Files that are copies of others."""
    by_size: dict[int, list[str]] = defaultdict(list)
    for name in names:
        by_size[archive.members[name].size].append(name)
    for alike in by_size.values():
        if len(alike) > 1:  # only files of one size are read
            yield from _copies(archive, alike)


def _copies(archive: Archive, names: list[str]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for name in names:
        try:
            digest = file_hash(archive, name)
        except InvalidDataset:
            continue  # it is told when the file is decoded
        if (before := first.setdefault(digest, name)) != name:
            copy = Problem(
                code=Code.DUPLICATE_AUDIO,
                message=f"it holds the same bytes as {before}",
                suggestion="Leave one of the two out: a copy counts twice in every score.",
            )
            yield copy.at(name)


def _text() -> Problem:
    return Problem(
        code=Code.FILE_IGNORED,
        message="audio data has no transcript; this file is not used",
        suggestion="Check it as acoustic data: --kind acoustic.",
    )
