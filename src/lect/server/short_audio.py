"""Short audio over HTTP at the recogniser: bytes to a thread that hears them, and its answer."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor
from email.message import Message
from functools import partial
from threading import Event
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from lect.api.errors import respond
from lect.core.errors import LectError
from lect.server.callers import caller_of
from lect.serving.live.address import Address
from lect.serving.live.audio_input import AudioFormat
from lect.serving.live.closing import Gone
from lect.serving.live.listeners import Listeners
from lect.serving.live.requests import TurnRequest, request_of
from lect.serving.live.short_audio import FILE_BYTES, LONGEST, ShortAudio
from lect.serving.live.turn import Recognition
from lect.speech.audio import AudioDecoder, DecodeLimits
from lect.speech.audio.waveform import SAMPLE_RATE

_WAV = re.compile(r"audio/(x-)?(wav|wave|vnd\.wave)", re.I)
_PCM = re.compile(r"audio/(x-)?(pcm|raw|l16)|application/octet-stream", re.I)
_MOST = LONGEST + 1.0  # seconds that are decoded: enough to see that it is too long

Result = TypeVar("Result")


class ShortAudioDoor:
    """Answers each request with what was said in its body."""

    def __init__(
        self,
        listeners: Listeners,
        *,
        executor: Executor,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        Args:
            executor: threads to work in
        """
        self._listeners, self._executor, self._clock = listeners, executor, clock
        self._decoder = AudioDecoder(
            DecodeLimits(input_bytes=FILE_BYTES, audio_seconds=_MOST, cpu_seconds=30)
        )

    async def answer(self, request: Request) -> Response:
        """What was said, or what is wrong."""
        gone = Event()
        try:
            return await self._hear(request, gone)
        except LectError as error:
            return respond(error)
        except (ClientDisconnect, Gone):
            return Response(status_code=400)  # nobody reads it
        finally:
            gone.set()

    def close(self) -> None:
        """End the decoder's children."""
        self._decoder.close()

    async def _hear(self, request: Request, gone: Event) -> Response:
        address = Address(path=request.url.path, query=dict(request.query_params))
        caller, id = caller_of(request.headers), request.headers.get("X-RequestId", "")
        try:
            asked = request_of(address, id=id)
        except LectError as error:
            self._listeners.refused(TurnRequest(id=id), caller, error)
            raise

        def require_client() -> None:
            if gone.is_set():
                raise Gone

        pieces = (piece async for piece in request.stream() if piece)
        first = await anext(pieces, b"")  # who sends nothing takes no place of those who do
        listener = await self._work(
            partial(
                self._listeners.listen,
                asked,
                caller,
                on_step=require_client,
            )
        )
        try:
            body = await self._listen(request, asked, listener.recognition, first, pieces)
        finally:
            listener.recognition.close()
        return JSONResponse(body, headers={"X-Lect-Model": listener.model})

    async def _listen(
        self,
        request: Request,
        asked: TurnRequest,
        recognition: Recognition,
        first: bytes,
        others: AsyncIterator[bytes],
    ) -> dict[str, Any]:
        kind, raw = _content(request.headers.get("Content-Type", ""))
        short = ShortAudio(
            asked,
            recognition,
            decode=partial(self._decoder.decode, name="The audio"),
            raw=raw,
            is_file=bool(kind) and not (_WAV.fullmatch(kind) or _PCM.fullmatch(kind)),
        )
        await self._work(partial(short.hear, first, self._clock()))
        async for piece in others:
            if not short.is_over:
                await self._work(partial(short.hear, piece, self._clock()))
        return await self._work(short.answer)

    async def _work(self, act: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, act)


def _content(header: str) -> tuple[str, AudioFormat | None]:
    """What a Content-Type says: the kind, lower case, and how sound without a header is to be read; None: it has to have one.

    `audio/wav; codecs=audio/pcm; samplerate=16000` says of sound what its header would, which some clients leave out.

    Raises:
        InvalidAudio: the sample rate cannot be used.
    """
    message = Message()
    message["Content-Type"] = header
    rate = str(message.get_param("samplerate") or message.get_param("rate") or "")
    form = AudioFormat(rate=int(rate) if rate.isdecimal() and len(rate) < 8 else SAMPLE_RATE)
    kind = message.get_content_type() if header else ""
    is_told = bool(rate or message.get_param("codecs"))
    return kind, None if _WAV.fullmatch(kind) and not is_told else form
