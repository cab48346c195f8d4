"""HTTP and WebSockets as the server speaks them: uvicorn's, and what it leaves undone about clients that never come to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from lect.serving.live.closing import BAD_REQUEST, BUSY

if TYPE_CHECKING:
    import asyncio

    from uvicorn._types import ASGIReceiveEvent, ASGISendEvent
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from websockets.frames import Frame

HEAD_SECONDS = 20.0  # that a client has to send the head of a request, or the handshake of a WebSocket
HEAD_BYTES = 1 << 16  # that it may have; what is read at once counts as a whole
FRAGMENTS = (
    1 << 14
)  # of one message, more than any client has reason for: empty ones would be kept without end
UNREAD_BYTES = 1 << 20  # answers to pings that a client may leave unread
LONG_BYTES = 1 << 17  # that a message may have begun with, whatever others send; a piece of sound is shorter
UNFINISHED_BYTES = 64 << 20  # of messages that are there in part, of all connections of a process
MESSAGE_SECONDS = 120.0  # that a client has from the beginning of a message to its end; the longest is 4 MiB
_LAST_WORDS = 5.0  # seconds that a client has to read them
_TOO_BIG = 1009


class Requests(HttpToolsProtocol):
    """Lets a client go that does not come to the end of its head: it would hold a socket, or memory, for ever."""

    _deadline: asyncio.TimerHandle | None = None  # None: a head is not being waited for
    _head = 0  # bytes of it that came
    _fields = 0  # bytes of headers and trailers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client connected, and is to send something."""
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        if self._deadline is None and self._is_idle:
            self._wait()
        super().data_received(data)
        if self._deadline is not None:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abort()

    def on_headers_complete(self) -> None:
        """A head is whole."""
        self._wait_no_more()
        super().on_headers_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header came, or a trailer behind a body."""
        self._fields += len(name) + len(value)
        if self._fields > HEAD_BYTES:
            raise ValueError("too many headers")  # which is answered with 400
        super().on_header(name, value)

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        self._fields = 0
        super().on_message_begin()

    @property
    def _is_idle(self) -> bool:
        """Whether the next byte begins a request."""
        cycle: RequestResponseCycle | None = self.cycle  # which uvicorn says is always there
        return cycle is None or cycle.response_complete

    def _wait(self) -> None:
        self._head = 0
        self._deadline = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _wait_no_more(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class WebSockets(WebSocketsSansIOProtocol):
    """Lets a client go that reads nothing or sends a message without end or too slowly, and takes a refusal for an end of the handshake.

    What all of them have sent of messages that are not whole is bounded.
    """

    _came = 0.0  # when bytes came last, on the clock of the loop
    _fragments = 0  # bytes of the fragments of a message that is not whole
    _begun: float | None = None  # since when its end is waited for; None: there is none
    _deadline: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """The client has gone."""
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        self._came = self.loop.time()
        super().data_received(data)
        if not (self.frames or self.unfinished):
            self._begun = None
        elif self._begun is None:
            self._begun = self._came
            if self._deadline is None:
                self._deadline = self.loop.call_later(MESSAGE_SECONDS, self.require_end)
        if self.unfinished > LONG_BYTES and self.handshake_complete and not self.close_sent:
            self._require_room()

    @property
    def unfinished(self) -> int:
        """Bytes that came of a message that is not whole."""
        return len(self.conn.reader.buffer) + self._fragments

    def send_receive_event_to_app(self) -> None:
        """A message is whole; what came behind it begins the next."""
        super().send_receive_event_to_app()
        self._begun = None

    async def receive(self) -> ASGIReceiveEvent:
        """Give the next message away. While that waited, the client was not read, and could come to no end."""
        message = await super().receive()
        if self._begun is not None and not self.read_paused:
            self._begun = self.loop.time()
        return message

    def require_end(self) -> None:
        """Let the client go if a message has taken too long; else look again when it will have."""
        self._deadline = None
        if self._begun is None or self.close_sent:
            return
        now = self.loop.time()
        is_our_turn = self.read_paused or not self.handshake_complete
        if is_our_turn:
            self._begun = now
        left = self._begun + MESSAGE_SECONDS - now
        if is_our_turn or left > 0:
            self._deadline = self.loop.call_later(left, self.require_end)
        else:
            self._refuse(BAD_REQUEST, f"A message was not whole {MESSAGE_SECONDS:.0f} s after its beginning")

    def _require_room(self) -> None:
        """Let the client go that has sent most of a message that is not whole, if all of them have sent too much."""
        every = [each for each in self.connections if isinstance(each, WebSockets) and not each.close_sent]
        if sum(each.unfinished for each in every) > UNFINISHED_BYTES:
            most = max(every, key=lambda each: each.unfinished)
            most._refuse(BUSY, "Too many long messages are being sent at once")

    def _refuse(self, code: int, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()
        self.frames, self._fragments = [], 0

    def keepalive_timeout(self) -> None:
        """No pong came. To close politely would wait for ever for a client that reads nothing.

        Of a client that sends faster than it is heard the pong comes behind all that, so it is alive as long as anything comes,
        or waits to be read.
        """
        if self.read_paused or self._came > self.ping_sent_at:
            self.pong_timer = self.pending_ping_payload = None
            self.schedule_ping()
            return
        super().keepalive_timeout()
        self.loop.call_later(_LAST_WORDS, self.transport.abort)

    def handle_ping(self) -> None:
        """Answer a ping, unless answers pile up that nobody reads."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > UNREAD_BYTES:
            self.transport.abort()

    def handle_text(self, event: Frame) -> None:
        """Take a text, or the first fragment of one."""
        super().handle_text(event)
        self._fragments = sum(map(len, self.frames))

    def handle_bytes(self, event: Frame) -> None:
        """Take a binary message, or the first fragment of one."""
        super().handle_bytes(event)
        self._fragments = sum(map(len, self.frames))

    def handle_cont(self, event: Frame) -> None:
        """Take one more fragment of a message."""
        if len(self.frames) < FRAGMENTS:
            super().handle_cont(event)
            self._fragments = self._fragments + len(event.data) if self.frames else 0
        elif not self.close_sent:
            self._refuse(_TOO_BIG, "A message has too many fragments")

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and note that a refusal is over: uvicorn would call it an error in its log."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
