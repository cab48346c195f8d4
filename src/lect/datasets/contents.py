"""What is in a dataset, for people to look through: its utterances, and the recording of each.

Zips are read in a child process, whose answer is remembered: the one who asks has neither numpy nor the rules of the locale loaded.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from lect.core.entities import Dataset, DatasetKind
from lect.core.errors import NotFound
from lect.core.files import BLOCK
from lect.core.progress import silent
from lect.datasets import uploads
from lect.datasets.archive import MEDIA_TYPES, open_archive
from lect.datasets.lines import read_lines
from lect.jobs.children import Child
from lect.settings import Limits
from lect.store.storage import Storage

SPOKEN = frozenset({DatasetKind.ACOUSTIC, DatasetKind.AUDIO})
_REMEMBERED = 4  # datasets whose utterances are


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """A recording of a dataset, and what is said in it."""

    file: str
    transcript: str | None = None  # None: it has none
    speaker: str | None = None
    line: int | None = None  # of the transcript file, from 1

    @property
    def media_type(self) -> str | None:
        """What a browser is told that it is; None: browsers do not play it."""
        return MEDIA_TYPES.get(PurePosixPath(self.file).suffix.lower())


@dataclass(frozen=True, kw_only=True)
class Played:
    """The bytes of a recording, whole or in parts."""

    size: int  # bytes
    read: Callable[[int, int], Iterator[bytes]]  # (first byte, the one behind the last)


class Contents:
    """Looks into the data of datasets. Shared by threads."""

    def __init__(self, limits: Limits = Limits()) -> None:
        self._limits = limits
        self._known: OrderedDict[str, list[Utterance]] = OrderedDict()  # by blob
        self._lock = threading.Lock()

    def utterances(self, storage: Storage, dataset: Dataset) -> list[Utterance]:
        """All good utterances of a dataset, in the order of its transcript; without transcripts, all its recordings.

        Raises:
            Conflict: its data are not here yet.
        """
        blob = _blob(storage, dataset)
        with self._lock:
            if blob in self._known:
                self._known.move_to_end(blob)
                return self._known[blob]
        path = storage.blobs.local(blob)
        found = list(
            self._transcribed(path, dataset) if _has_transcripts(dataset) else self._recordings(path)
        )
        with self._lock:
            self._known[blob] = found
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def recording(self, storage: Storage, dataset: Dataset, file: str) -> Played:
        """A recording to be played, which is never held in memory as a whole.

        Raises:
            NotFound: the dataset has no such recording.
            Conflict: its data are not here yet.
        """
        path = storage.blobs.local(_blob(storage, dataset))
        with closing(open_archive(path, self._limits)) as archive:
            member = archive.members.get(file)
        if member is None or not member.is_audio:
            raise NotFound(f"there is no recording {file}")

        def read(begin: int, end: int) -> Iterator[bytes]:
            with closing(open_archive(path, self._limits)) as archive, archive.open(file) as opened:
                yield from _part(opened, begin, end)

        return Played(size=member.size, read=read)

    def lines(self, storage: Storage, dataset: Dataset, skip: int, top: int) -> list[tuple[int, str]]:
        """Some lines of a dataset of text, each with its number.

        Raises:
            Conflict: its data are not here yet.
        """
        path = storage.blobs.local(_blob(storage, dataset))
        with path.open("rb") as file:
            lines = read_lines(
                file,
                name=uploads.NAMES[dataset.kind],
                locale=dataset.locale,
                tell=lambda problem: None,
                repair=True,
            )
            return [(line.number, line.text) for line in islice(lines, skip, skip + top)]

    def _transcribed(self, path: Path, dataset: Dataset) -> Iterator[Utterance]:
        answer = Child("lect.tasks:utterances", {"path": str(path), "locale": dataset.locale}).wait(silent)
        return (Utterance(**each) for each in answer["utterances"])

    def _recordings(self, path: Path) -> Iterator[Utterance]:
        with closing(open_archive(path, self._limits)) as archive:
            yield from (Utterance(file=name) for name, member in archive.members.items() if member.is_audio)


def _part(file: BinaryIO, begin: int, end: int) -> Iterator[bytes]:
    """The bytes from one to before another of what can only be read from its start on."""
    at = 0
    while at < end and (block := file.read(min(BLOCK, end - at))):
        if at + len(block) > begin:
            yield block[max(0, begin - at) :]
        at += len(block)


def _has_transcripts(dataset: Dataset) -> bool:
    return dataset.kind is DatasetKind.ACOUSTIC


def _blob(storage: Storage, dataset: Dataset) -> str:
    with storage.database.read() as connection:
        return uploads.data_of(connection, dataset)
