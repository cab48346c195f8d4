"""Logs of what was recognised live: the audio of a turn and what was heard in it, if its endpoint or its session says so.

    log = ContentLog(storage, settings.logs, scratch=settings.scratch_folder)
    if wanted(endpoint, store_audio=...):
        turn = log.open(LoggedTurn(...))
        turn.write(pcm); turn.result(final_to_json(final)); turn.close()

`live.keeping` does so for the turns of live recognition, in threads of its own.

A turn is listed once it is closed, both files whole, or never: one whose process is killed leaves nothing. Logging never disturbs a
recognition: what cannot be kept is left out, and the server's log says so.
"""

from __future__ import annotations

import json
import shutil
import struct
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from uuid import uuid4

from lect.core.entities import Endpoint, FileKind, LogFile, Model
from lect.core.errors import LectError
from lect.core.files import json_bytes, read_blocks
from lect.core.jobs import Job, Json
from lect.jobs.contract import Step
from lect.jobs.recurring import Recurring
from lect.settings import Logs
from lect.store import logs
from lect.store.blobs import Blob
from lect.store.storage import Storage
from lect.telemetry import get_log

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from lect.serving.live.events import Final

EXPIRE_LOGS = "expire-logs"  # name of the job's kind
FORMAT = 1  # of the transcription of a turn
RESULT_BYTES = 8 << 20  # of the results of one turn, the most that is kept
SAMPLE_BYTES = 2

_log = get_log(__name__, action="log_content")


def wanted(endpoint: Endpoint | None, *, store_audio: bool) -> bool:
    """Whether a turn is logged: its endpoint says so for all, else its session may say so for itself."""
    return store_audio or (endpoint is not None and endpoint.logs_content)


class Outcome(StrEnum):
    """What became of a turn that was to be logged."""

    KEPT = "kept"
    EMPTY = "empty"  # nothing was said or heard
    FAILED = "failed"  # the disk or the store failed, or there is no room
    DROPPED = "dropped"  # it came faster than it could be written


@dataclass(frozen=True, kw_only=True)
class LoggedTurn:
    """What is known of a turn when it begins."""

    endpoint: Endpoint | None  # None: a base model is asked, at no endpoint
    model: Model
    locale: str
    project: str | None = None  # of the key that asks
    request: str = ""  # its id, as the log of the server has it
    rate: int = 16_000  # samples a second of the audio that comes: 16 bit, one channel, little-endian
    began: datetime | None = None  # None: when its log is opened


class ContentLog:
    """Opens the logs of turns; safe to share between threads."""

    def __init__(self, storage: Storage, settings: Logs, *, scratch: Path) -> None:
        """`scratch`: folder of what is not whole yet."""
        self._storage, self._settings, self._scratch = storage, settings, scratch

    def open(self, turn: LoggedTurn) -> TurnLog:
        """The log of a turn that begins now."""
        return TurnLog(turn, self._storage, self._settings, folder=self._scratch / f"turn-{uuid4()}")


@dataclass(kw_only=True)
class _Taken:
    """What of a turn is on disk."""

    audio: BinaryIO
    results: BinaryIO
    size: int = 0  # of the audio, bytes
    result_size: int = 0
    is_cut: bool = False


class TurnLog:
    """Takes what is said and heard in one turn; for one thread at a time. None of its methods raises."""

    def __init__(self, turn: LoggedTurn, storage: Storage, settings: Logs, *, folder: Path) -> None:
        self._turn, self._storage, self._settings, self._folder = turn, storage, settings, folder
        self._id, self._began = str(uuid4()), turn.began or storage.clock()
        self._taken: _Taken | None = None
        try:
            self._taken = self._begin()
        except (OSError, LectError) as error:
            self._give_up(error)

    def write(self, pcm: bytes) -> None:
        """The next samples: 16 bit, one channel, little-endian."""
        if (taken := self._taken) is None:
            return
        kept = pcm[: self._settings.turn_bytes - taken.size]
        taken.is_cut |= len(kept) < len(pcm)
        taken.size += len(kept)
        self._put(taken.audio, kept)

    def result(self, document: Json) -> None:
        """What was recognised in the next segment, as `final_to_json` has it."""
        if (taken := self._taken) is None:
            return
        line = json.dumps(document, ensure_ascii=False).encode() + b"\n"
        if taken.result_size + len(line) > RESULT_BYTES:
            taken.is_cut = True
            return
        taken.result_size += len(line)
        self._put(taken.results, line)

    def close(self) -> Outcome:
        """Store the turn, whole; one in which nothing was said or heard is none."""
        if (taken := self._taken) is None:
            return Outcome.FAILED
        try:
            taken.audio.close()
            taken.results.close()
            if not (taken.size or taken.result_size):
                return Outcome.EMPTY
            self._store(taken)
        except (OSError, LectError) as error:
            self._give_up(error)
            return Outcome.FAILED
        finally:
            self.discard()
        return Outcome.KEPT

    def discard(self) -> None:
        """Let go of what is not stored."""
        taken, self._taken = self._taken, None
        for file in (taken.audio, taken.results) if taken else ():
            with suppress(OSError):
                file.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _begin(self) -> _Taken | None:
        with self._storage.database.read() as connection:
            there = logs.total(connection)
        if there >= self._settings.stored_bytes:
            _log.warning("There is no room for logs of turns.", bytes=there)
            return None
        self._folder.mkdir(parents=True, mode=0o700)
        return _Taken(
            audio=(self._folder / "audio").open("wb"), results=(self._folder / "results").open("wb")
        )

    def _put(self, file: BinaryIO, data: bytes) -> None:
        try:
            file.write(data)
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        _log.warning("A turn could not be logged.", request=self._turn.request, error=str(error))
        self.discard()

    def _store(self, taken: _Taken) -> None:
        whole = taken.size - taken.size % SAMPLE_BYTES
        header = wav_header(whole, rate=self._turn.rate)
        audio = self._storage.blobs.put(chain([header], read_blocks(self._folder / "audio", length=whole)))
        seconds = whole / SAMPLE_BYTES / self._turn.rate
        text = self._storage.blobs.put([json_bytes(self._document(seconds, is_cut=taken.is_cut))])
        with self._storage.database.begin() as connection:
            logs.add(
                connection,
                [
                    self._file(FileKind.AUDIO, "wav", audio, seconds),
                    self._file(FileKind.TRANSCRIPTION, "v2.json", text, seconds),
                ],
            )

    def _document(self, seconds: float, *, is_cut: bool) -> Json:
        turn = self._turn
        with (self._folder / "results").open("rb") as lines:
            results = [json.loads(line) for line in lines]
        return {
            "format": FORMAT,
            "turn": self._id,
            "endpoint": turn.endpoint.id if turn.endpoint else None,
            "model": turn.model.id,
            "locale": turn.locale,
            "request": turn.request,
            "created": self._began.isoformat(),
            "duration": round(seconds, 3),
            "truncated": is_cut,
            "results": results,
        }

    def _file(self, kind: FileKind, suffix: str, blob: Blob, seconds: float) -> LogFile:
        turn, name = self._turn, f"{self._began:%H%M%S}__{self._id}"
        return LogFile(
            id=f"{self._began:%Y-%m-%d}_{name}_{suffix.replace('.', '_')}",
            turn=self._id,
            endpoint=turn.endpoint.id if turn.endpoint else None,
            locale=turn.locale,
            project=turn.endpoint.project if turn.endpoint else turn.project,
            model=turn.model.id,
            kind=kind,
            name=f"{name}.{suffix}",
            blob=blob.sha256,
            size=blob.size,
            created=self._began,
            duration=seconds,
        )


def final_to_json(final: Final) -> Json:
    """The result of a segment as logs keep it. Times are seconds from the start of the turn's audio."""
    return {
        "offset": final.offset,
        "duration": final.duration,
        "locale": final.result.locale,
        "model": final.result.model,
        "nbest": [asdict(each) for each in final.result.nbest],
    }


def wav_header(size: int, *, rate: int) -> bytes:
    """What stands before so many bytes of 16 bit PCM, one channel, in a WAV file."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        *(b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, 1),
        *(rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES, b"data", size),
    )


def expiring_logs(storage: Storage, settings: Logs, *, every: float) -> Recurring:
    """Removes the logs that were kept long enough.

    Args:
        every: seconds between two looks, as `Recurring` has it
    """

    def remove(connection: Connection, _job: Job, _result: Json) -> None:
        before: datetime = storage.clock() - timedelta(seconds=settings.keep_seconds)
        _log.info("Old logs of turns were removed.", files=logs.drop(connection, before=before))

    step = Step(name=EXPIRE_LOGS, run=lambda _work: {}, apply=remove)
    return Recurring(step=step, every=every, clock=storage.clock)
