"""Files at the recogniser: a request in, and what was said in the file out, a line for each phrase.

While nothing is said, empty lines tell the API that there is still somebody; so it learns of an end, and this of a client that has gone.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from concurrent.futures import CancelledError, Executor
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Lock

from starlette.requests import Request
from starlette.responses import StreamingResponse

from lect.core.errors import InvalidInput, LectError, MissingExtra
from lect.core.locale import AUTO
from lect.models.speakers import INSTALL
from lect.server.callers import caller_of
from lect.serving.diarization import DiarizationOptions, diarize
from lect.serving.fast import finding
from lect.serving.fast.asking import FileRequest
from lect.serving.fast.failures import explained, told
from lect.serving.fast.hearing import FileHearing, FileOptions
from lect.serving.fast.spoken import Spoken, line
from lect.serving.forms import Writing
from lect.serving.live.batching import Batcher
from lect.serving.live.closing import Gone
from lect.serving.live.measured import EndpointMeasures
from lect.serving.live.watching import Caller
from lect.serving.opening import Opener
from lect.serving.phrases import PhraseLists
from lect.serving.speakers import parted
from lect.serving.voices import VoiceEncoder
from lect.settings import Limits
from lect.speech.audio import AudioDecoder, DecodeLimits, Samples
from lect.store.storage import Storage
from lect.telemetry import bound, get_log

NDJSON = "application/x-ndjson"
_NAME = "The audio"  # what the file is called in errors: paths here are nobody's business
_QUIET = 10.0  # seconds without a line, after which an empty one is sent


class FilesDoor:
    """Answers each request with the phrases of its file."""

    def __init__(
        self,
        storage: Storage,
        opener: Opener,
        batcher: Batcher,
        *,
        executor: Executor,
        voices: Callable[[], VoiceEncoder | None] = lambda: None,
        endpoints: Callable[[str], EndpointMeasures] | None = None,
        limits: Limits = Limits(),
        quiet: float = _QUIET,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """
        Args:
            executor: threads to work in, one for each file
            voices: what tells speakers apart; None: they cannot be told
            endpoints: who counts at an endpoint, by its id; None: nobody does
            limits: what a file may cost
            quiet: seconds
        """
        self._storage, self._opener, self._batcher = storage, opener, batcher
        self._executor, self._quiet, self._now = executor, quiet, now
        self._voices, self._phrase_lists = voices, PhraseLists()
        self._endpoints = endpoints
        self._decoder = AudioDecoder(
            DecodeLimits(input_bytes=limits.audio_bytes, audio_seconds=limits.audio_seconds)
        )

    async def answer(self, request: Request) -> StreamingResponse:
        """The lines of an answer, see `spoken.line`."""
        asked, caller = FileRequest.from_json(json.loads(await request.body())), caller_of(request.headers)
        named = {"request": request.headers.get("X-RequestId"), "connection": caller.connection}
        with bound(**{name: value for name, value in named.items() if value}):
            context = copy_context()
        return StreamingResponse(self._answer(asked, caller, context), media_type=NDJSON)

    def close(self) -> None:
        """End the decoder's children."""
        self._decoder.close()

    async def _answer(self, asked: FileRequest, caller: Caller, context: Context) -> AsyncIterator[bytes]:
        """The lines. What is logged of them has what was bound in a context; of that each call has a copy, as one may end another."""
        gone, lock = Event(), Lock()
        lines = self._lines(asked, caller, gone)

        def advance() -> bytes | None:
            with lock:
                return next(lines, None)

        def end() -> None:
            with lock:
                lines.close()

        loop = asyncio.get_running_loop()
        try:
            while True:
                coming = loop.run_in_executor(self._executor, context.copy().run, advance)
                while not coming.done():
                    await asyncio.wait([coming], timeout=self._quiet)
                    if not coming.done():
                        yield b"\n"
                if (told := await coming) is None:
                    return
                yield told
        finally:
            gone.set()
            self._executor.submit(context.copy().run, end)

    def _lines(self, asked: FileRequest, caller: Caller, gone: Event) -> Generator[bytes]:
        def require_client() -> None:
            if gone.is_set():
                raise Gone

        try:
            yield from self._heard(asked, caller, require_client)
        except Gone:
            return
        except Exception as error:  # of whatever kind: whoever waits must hear of it
            if not isinstance(error, LectError):
                get_log(__name__, action="recognise").warning("A file failed.", error=repr(error))
            yield line(error=told(explained(error)))

    def _heard(self, asked: FileRequest, caller: Caller, on_step: Callable[[], None]) -> Iterator[bytes]:
        voices = self._require_voices() if asked.speakers else None
        with self._storage.database.read() as connection:
            found = finding.answering(connection, asked, project=caller.project, now=self._now())
        options = FileOptions(
            words=asked.words or voices is not None,
            writing=Writing(profanity=asked.profanity, punctuation=asked.punctuation),
            phrases=asked.phrase_list,
        )
        at = self._endpoints(found.endpoint) if self._endpoints and found.endpoint else None
        with _counted(at) as progress:
            models = {locale: self._opener.open(row) for locale, row in found.models.items()}
            with self._batcher.file(caller.key) as way:
                hearing = FileHearing(models, way, options, phrase_lists=self._phrase_lists, on_step=on_step)
                progress.is_begun = True
                yield line(model=found.id)
                for channel in asked.channels or (None,):
                    for spoken in self._told(asked, hearing, voices, channel, on_step):
                        progress.phrases += 1
                        yield line(phrase=replace(spoken, channel=channel).to_json())
                yield line(seconds=hearing.seconds)

    def _told(
        self,
        asked: FileRequest,
        hearing: FileHearing,
        voices: VoiceEncoder | None,
        channel: int | None,
        on_step: Callable[[], None],
    ) -> Iterator[Spoken]:
        """What is said in a file, or in one channel of it. Who speaks is known when all was heard."""
        if voices is None or asked.speakers is None:
            return hearing.hear(self._blocks(asked, channel))
        segments = list(hearing.segments(self._blocks(asked, channel)))
        turns = diarize(
            _stepping(self._blocks(asked, channel), on_step), voices, DiarizationOptions(most=asked.speakers)
        )
        return hearing.told(parted(segments, turns, AUTO))

    def _blocks(self, asked: FileRequest, channel: int | None) -> Iterator[Samples]:
        return self._decoder.stream(Path(asked.path), name=_NAME, channel=channel)

    def _require_voices(self) -> VoiceEncoder:
        if (voices := self._voices()) is None:
            raise MissingExtra(
                "this server cannot tell speakers apart",
                hint=f"Whoever runs it has to install that: {INSTALL}",
            )
        return voices


@dataclass(kw_only=True)
class _Progress:
    """How far a request has come."""

    is_begun: bool = False
    phrases: int = 0  # that were told


@contextmanager
def _counted(at: EndpointMeasures | None) -> Iterator[_Progress]:
    """Tells an endpoint what became of a request, in the words that live recognition has for it."""
    progress = _Progress()
    outcome = "error"
    try:
        yield progress
        outcome = "success" if progress.phrases else "no_match"
    except (Gone, CancelledError, GeneratorExit, InvalidInput):  # the client went, or its file cannot be used
        outcome = "dropped"
        raise
    except LectError:
        outcome = "error" if progress.is_begun else "refused"
        raise
    finally:
        if at:
            at.turn_ended(outcome)


def _stepping(blocks: Iterator[Samples], on_step: Callable[[], None]) -> Iterator[Samples]:
    for block in blocks:
        on_step()
        yield block
