"""WebSockets as the server speaks them: uvicorn's, and two things that it leaves undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

_LAST_WORDS = 5.0  # seconds that a client has to read them


class WebSockets(WebSocketsSansIOProtocol):
    """Lets a client go that reads nothing, and takes a refusal for an end of the handshake."""

    def keepalive_timeout(self) -> None:
        """No pong came. To close politely would wait for ever for a client that reads nothing."""
        super().keepalive_timeout()
        self.loop.call_later(_LAST_WORDS, self.transport.abort)

    async def send(self, message: ASGISendEvent) -> None:
        """Send, and note that a refusal is over: uvicorn would call it an error in its log."""
        await super().send(message)
        if message["type"] == "websocket.http.response.body" and not message.get("more_body", False):
            self.handshake_complete = True
