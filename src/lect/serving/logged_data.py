"""Datasets made of logs: what was said to an endpoint, as recordings, or as utterances with what was heard as draft transcripts.

A dataset of kind `audio` holds the audio of whole turns. One of kind `acoustic` holds a file for each segment that was recognised
and a transcript that is the model's own: correct it before it is trained on or measured with, or give what was said in its place.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

from lect.core.entities import Dataset, DatasetKind, FileKind, LogFile, LogOwner
from lect.core.errors import InvalidDataset, InvalidInput, LimitExceeded
from lect.core.jobs import Job, JobState, Json
from lect.datasets import uploads
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.serving.content_logs import SAMPLE_BYTES, wav_header
from lect.settings import Limits
from lect.store import logs
from lect.store.blobs import Blob
from lect.store.repositories import DATASETS
from lect.store.storage import Storage

if TYPE_CHECKING:
    from sqlalchemy import Connection

GATHER = "gather"  # name of the job's kind
MARGIN = 0.2  # seconds of audio before and after a segment
HEADER = 44  # bytes of the WAV files that turns are logged as
_PAGE = 500  # logs asked for at once
_RATE_AT = slice(24, 28)  # where such a header says it


def create(
    storage: Storage,
    connection: Connection,
    owner: LogOwner,
    dataset: Dataset,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    emit: Emit = tell_nobody,
) -> Dataset:
    """Store a dataset that will be made of logs, and the job that makes it.

    Args:
        since: only turns that began then or later
        until: only turns that began before then
        texts: only these turns, by their ids, with what was said in each segment in place of what was heard; nothing leaves it out

    Raises:
        InvalidInput: there are no logs of that time.
        QuotaExceeded, TooManyRequests: there is no room for it.
    """
    if not logs.page(connection, owner, top=1, kind=FileKind.AUDIO, since=since, until=until):
        is_bounded = since or until
        log = "Let what is asked from now on be logged (loggingEnabled, or --logging of `lect csr endpoint`)"
        raise InvalidInput(
            "there are no logs of that time" if is_bounded else "there are no logs",
            hint=f"{log}, or give other days." if is_bounded else f"{log}.",
        )
    arguments: Json = {
        "endpoint": owner.endpoint,
        "locale": owner.locale,
        "project": owner.project,
        "since": since.isoformat() if since else None,
        "until": until.isoformat() if until else None,
        "texts": {turn: list(said) for turn, said in texts.items()} if texts is not None else None,
    }
    return uploads.create_gathered(storage, connection, dataset, GATHER, arguments, emit=emit)


def gather_kind(storage: Storage, *, limits: Limits, emit: Emit = tell_nobody) -> JobKind:
    """How datasets are made of logs; when the data are there, they are imported as any others."""
    gathering = _Gathering(storage, limits)
    followed = follow(DATASETS, emit=emit)

    def on_change(connection: Connection, job: Job) -> None:
        if job.state is not JobState.SUCCEEDED:  # then the import goes on with the dataset
            followed(connection, job)

    step = Step(name="gather", run=gathering.gather, apply=gathering.begin_import)
    return JobKind(name=GATHER, steps=(step,), on_change=on_change)


class _Gathering:
    """The steps of the job."""

    def __init__(self, storage: Storage, limits: Limits) -> None:
        self._storage, self._limits = storage, limits

    def gather(self, work: Work) -> Json:
        """Write the zip.

        Raises:
            InvalidDataset: there is nothing to put in.
            LimitExceeded: there is too much.
        """
        with self._storage.database.read() as connection:
            dataset = DATASETS.get(connection, str(work.job.resource))
        path = work.attempt / "logs.zip"
        with zipfile.ZipFile(path, "w") as archive:
            pack = _Pack(archive, limits=self._limits)
            texts = work.job.arguments.get("texts")  # jobs of before know none
            for log in self._logs(dict(work.job.arguments)):
                work.check()
                if texts is not None and log.turn not in texts:
                    continue
                if dataset.kind is DatasetKind.AUDIO:
                    pack.add(log.name, self._storage.blobs.read(log.blob), log.size)
                else:
                    self._add_segments(pack, log, None if texts is None else texts[log.turn])
            pack.end()
        return self._storage.put_path(path).to_json()

    def begin_import(self, connection: Connection, job: Job, result: Json) -> None:
        uploads.import_gathered(self._storage, connection, str(job.resource), Blob.from_json(result))

    def _logs(self, arguments: Json) -> Iterator[LogFile]:
        """The audio of the turns that are meant."""
        owner = LogOwner(**{name: arguments[name] for name in ("endpoint", "locale", "project")})
        since, until = (
            datetime.fromisoformat(arguments[name]) if arguments[name] else None
            for name in ("since", "until")
        )
        after = None
        while True:
            with self._storage.database.read() as connection:
                page = logs.page(
                    connection,
                    owner,
                    after=after,
                    top=_PAGE,
                    kind=FileKind.AUDIO,
                    since=since,
                    until=until,
                )
            yield from page
            if len(page) < _PAGE:
                return
            after = page[-1].id

    def _add_segments(self, pack: _Pack, audio: LogFile, texts: Sequence[str] | None) -> None:
        """Add the segments of a turn, with what was heard in them, or said by somebody who listened to them."""
        with self._storage.database.read() as connection:
            text = logs.transcription_of(connection, audio)
        if text is None:  # deleted
            return
        results = json.loads(b"".join(self._storage.blobs.read(text.blob)))["results"]
        read = partial(self._storage.blobs.read, audio.blob)
        [header] = read(offset=0, length=HEADER)
        rate = int.from_bytes(header[_RATE_AT], "little")
        heard = [result["nbest"][0]["display"] for result in results]
        for number, (result, text) in enumerate(
            zip(results, heard if texts is None else texts, strict=False), start=1
        ):
            if said := " ".join(text.split()):
                name = f"{audio.name.removesuffix('.wav')}-{number:03}.wav"
                begin, size = _stretch(result["offset"], result["duration"], rate, audio.size - HEADER)
                blocks = _with_header(read, begin, size, rate)
                pack.add(name, blocks, HEADER + size, said=said)


class _Pack:
    """The zip as it is filled, and its transcripts."""

    def __init__(self, archive: zipfile.ZipFile, *, limits: Limits) -> None:
        self._archive, self._limits = archive, limits
        self._files, self._size, self._lines = 0, 0, list[str]()

    def add(self, name: str, blocks: Iterator[bytes], size: int, *, said: str | None = None) -> None:
        self._files, self._size = self._files + 1, self._size + size
        if self._files >= self._limits.archive_files or self._size > self._limits.archive_bytes:
            raise LimitExceeded(
                f"the logs are more than one dataset holds: {self._limits.archive_files:,} files and "
                f"{self._limits.archive_bytes:,} bytes",
                hint="Make several datasets, each of fewer days: since, until.",
            )
        file: BinaryIO
        with self._archive.open(name, "w") as file:  # type: ignore[assignment]
            for block in blocks:
                file.write(block)
        if said is not None:
            self._lines.append(f"{name}\t{said}\n")

    def end(self) -> None:
        if not self._files:
            raise InvalidDataset("there are no logs to make a dataset of")
        if self._lines:
            self._archive.writestr("trans.txt", "\ufeff" + "".join(self._lines))


def _stretch(offset: float, duration: float, rate: int, size: int) -> tuple[int, int]:
    """Where in the samples a segment with its margins begins, and how long it is; bytes."""
    begin = max(round((offset - MARGIN) * rate), 0) * SAMPLE_BYTES
    end = max(round((offset + duration + MARGIN) * rate), 0) * SAMPLE_BYTES
    return min(begin, size), min(end, size) - min(begin, size)


def _with_header(read: Callable[..., Iterator[bytes]], begin: int, size: int, rate: int) -> Iterator[bytes]:
    yield wav_header(size, rate=rate)
    yield from read(offset=HEADER + begin, length=size)
