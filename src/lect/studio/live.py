"""Speech from a page's microphone, and what is understood of it while it is said.

A page's WebSocket goes the way of the speech door: with the same limits, to the same recogniser. It sends blocks of sound, 16 bits a
sample, of which an empty one says that it is over, and gets JSON:

    {"kind": "start", "model": "..."}
    {"kind": "partial", "text": "..."}                                       what is understood so far of a phrase
    {"kind": "final", "text": "...", "confidence": 0.9, "duration": 2.5}     its end, in seconds; no text: there were no words in it
    {"kind": "end"}                                                          all sound is answered
"""

from __future__ import annotations

import json
import re
import struct
from typing import Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import WebSocketRoute
from starlette.types import Message
from starlette.websockets import WebSocket

from lect.api.connections import Connections, caller_of
from lect.api.errors import respond
from lect.api.relay import relay
from lect.api.service import recogniser_of, service_of
from lect.api.speech import headers_for
from lect.core.errors import AccessError, InvalidInput, LectError
from lect.serving.live.address import CONVERSATION
from lect.serving.live.closing import FAILED, close_for
from lect.serving.live.wire import LONGEST_MESSAGE, TICKS_PER_MILLISECOND, RecognitionStatus, new_id, read
from lect.studio.visits import listener_of

_PHRASES = frozenset({RecognitionStatus.SUCCESS, RecognitionStatus.NO_MATCH})  # statuses that end one
_USUAL_RATE = 16_000  # samples a second
_RATE = re.compile(r"[0-9]{4,6}", re.ASCII)


def routes() -> list[WebSocketRoute]:
    """What has to come before the speech door, which takes sockets of every path."""

    async def hear_endpoint(socket: WebSocket) -> None:
        await _hear(PageSocket(socket), cid=socket.path_params["id"])

    async def hear_base(socket: WebSocket) -> None:
        await _hear(PageSocket(socket), language=socket.query_params.get("locale", ""))

    return [WebSocketRoute("/endpoints/{id}/live", hear_endpoint), WebSocketRoute("/live", hear_base)]


async def _hear(socket: PageSocket, **query: str) -> None:
    """Let the recogniser hear a page. What is in the way is told as the socket closes: a page reads no other refusal."""
    if not is_own_page(socket):
        refusal = AccessError(
            "this socket is for the studio's own pages", hint="Programs use the speech door."
        )
        await socket.refuse(respond(refusal))
        return
    try:
        socket.sound_has(socket.query_params.get("rate", str(_USUAL_RATE)))
        principal = await run_in_threadpool(listener_of, socket)
        connections: Connections = socket.app.state.connections
        with connections.one(caller_of(socket, principal)):
            await relay(
                socket,
                recogniser=await recogniser_of(socket).socket(),
                target=f"{CONVERSATION}?{urlencode({**query, 'format': 'detailed'})}",
                headers=headers_for(socket, principal),
            )
    except LectError as error:
        closing = close_for(error)
        await socket.accept()
        await socket.close(closing.code, closing.reason)


def is_own_page(connection: HTTPConnection) -> bool:
    """Whether a page of this very server asks. Browsers send its cookie along with the sockets of others' pages on the same host, too."""
    origin = connection.headers.get("Origin", "").lower().rstrip("/")
    address = service_of(connection).settings.server.address
    hosts = [connection.headers.get("Host", "")] + ([address.partition("://")[2]] if address else [])
    return origin.partition("://")[2] in {host.lower().partition("/")[0] for host in hosts if host}


class PageSocket(WebSocket):
    """A page's socket to whoever speaks the Speech protocol: one turn, which begins with the first sound."""

    def __init__(self, socket: WebSocket) -> None:
        super().__init__(socket.scope, socket.receive, socket.send)
        self._turn = new_id()
        self._header = b""

    def sound_has(self, rate: str) -> None:
        """Take note how its sound is to be read.

        Args:
            rate: samples a second; browsers that cannot convert send those of the microphone

        Raises:
            InvalidInput: it is no rate.
        """
        if not _RATE.fullmatch(rate):
            raise InvalidInput("rate is not a number of samples a second", hint="Write ?rate=16000.")
        self._header = _wave_header(int(rate))

    async def refuse(self, response: Response) -> None:
        """Answer in place of a handshake."""
        await super().send_denial_response(response)

    async def receive(self) -> Message:
        """The next sound, as the protocol wants it; texts mean nothing."""
        while (message := await super().receive())["type"] == "websocket.receive":
            if (sound := message.get("bytes")) is not None:
                header, self._header = (self._header, b"") if sound else (b"", self._header)
                return {"type": "websocket.receive", "bytes": _audio(self._turn, header + sound)}
        return message

    async def send_text(self, data: str) -> None:
        """Send what a page understands of an answer."""
        if (told := _told(data)) is not None:
            await super().send_text(json.dumps(told, ensure_ascii=False))

    async def send_denial_response(self, response: Response) -> None:
        """Tell a refusal of the recogniser so that the page can."""
        await self.accept()
        await self.close(FAILED, f"The recogniser refuses ({response.status_code}). Try again in a moment.")


def _audio(turn: str, sound: bytes) -> bytes:
    """A message of the protocol with sound in it."""
    headers = f"Path: audio\r\nX-RequestId: {turn}\r\n".encode()
    return len(headers).to_bytes(2, "big") + headers + sound


def _wave_header(rate: int) -> bytes:
    """What a WAV file of one channel begins with; its length is not known."""
    form = struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16)
    return b"RIFF" + bytes(4) + b"WAVEfmt " + form + b"data" + bytes(4)


def _told(answer: str) -> dict[str, Any] | None:
    """What a page is told of an answer; None: nothing."""
    message = read(answer, longest=LONGEST_MESSAGE)
    body = json.loads(message.body)
    match message.path:
        case "turn.start":
            return {"kind": "start", "model": body["context"]["model"]}
        case "speech.hypothesis":
            return {"kind": "partial", "text": body["Text"]}
        case "speech.phrase" if body["RecognitionStatus"] in _PHRASES:
            best = (body.get("NBest") or [{}])[0]
            return {
                "kind": "final",
                "text": best.get("Display", ""),
                "confidence": best.get("Confidence", 0.0),
                "duration": body["Duration"] / TICKS_PER_MILLISECOND / 1000,
            }
        case "turn.end":
            return {"kind": "end"}
        case _:
            return None
