"""A connection of the Speech protocol: messages in, messages out, one turn after the other, without a socket."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from lect.core.errors import InvalidInput, LectError, TooManyRequests
from lect.serving.live.address import Address
from lect.serving.live.audio_input import AudioInput
from lect.serving.live.closing import Close, Gone, close_for
from lect.serving.live.requests import TurnRequest, request_of, sdk_language
from lect.serving.live.turn import Listener, Turn
from lect.serving.live.wire import LONGEST_MESSAGE, Message, new_id, read

_CHATTER = 1 << 10  # bytes that a message counts for at the least: reading it has its cost, too
_REMEMBERED = 32  # ids of turns that are over, whose late sound means nothing


@dataclass(frozen=True, kw_only=True)
class SessionLimits:
    """What a client may do."""

    longest_message: int = LONGEST_MESSAGE  # bytes
    idle_seconds: float = (
        30.0  # a turn without sound is ended, or a client that lost some would wait for ever
    )
    silent_seconds: float = 5.0  # that a turn may be without any sound while there is no room for others
    # Bytes for no turn that goes on, such as sound behind its end. The SDKs go on for the moment in which that reaches them.
    passed_over: int = 16 << 20


class Session:
    """All turns of one connection. Decodes and recognises inside: call it from one thread at a time, no event loop's.

    `receive` takes what the client sent and may load a model, `step` recognises; both give the messages to send. A
    session is over when `closing` says so, or when the client has gone: then `close` it. Work that is under way raises `Gone` if it
    would begin a turn then.
    """

    def __init__(
        self,
        address: Address,
        listen: Callable[[TurnRequest], Listener],
        *,
        limits: SessionLimits = SessionLimits(),
        is_full: Callable[[], bool] = lambda: False,
        on_refused: Callable[[TurnRequest, LectError], None] = lambda request, error: None,
        new_id: Callable[[], str] = new_id,
    ) -> None:
        """Wait for the first message.

        Args:
            listen: finds the model for a turn; its errors close the session and their messages are shown to users
            is_full: whether other clients are refused for lack of room
            on_refused: told of each turn that asks for what cannot be done; of those that `listen` refuses that one knows
            new_id: gives service tags and the ids of phrases
        """
        self.closing: Close | None = (
            None  # set: send what was given, close the connection so, and call no more
        )
        self._address = address
        self._listen = listen
        self._limits, self._is_full, self._on_refused = limits, is_full, on_refused
        self._new_id = new_id
        self._turn: Turn | None = None
        self._language = ""  # that the client's SDK is for; empty: nobody knows
        self._over: deque[str] = deque(maxlen=_REMEMBERED)
        self._messages: list[str] = []
        self._passed_over = 0  # bytes since a turn began or heard sound
        self._is_left, self._entering = False, Lock()  # no turn is begun behind the back of `close`

    @property
    def is_listening(self) -> bool:
        """Whether a turn is going on, so that `step` may have something to do."""
        return self._turn is not None

    @property
    def is_ending(self) -> bool:
        """Whether the sound of the turn is complete and not all of it answered, so that another step is worth taking at once."""
        return self._turn is not None and self._turn.is_complete

    @property
    def behind(self) -> float:
        """Seconds of sound that wait for a step. A client that sends faster than is recognised should be read no further."""
        return self._turn.behind if self._turn else 0.0

    def receive(self, message: str | bytes, now: float) -> list[str]:
        """Take a message from the client.

        Args:
            now: seconds of a steady clock, here and in `step`
        """
        return self._guarded(lambda: self._take(message, now))

    def step(self, now: float, *, partials: bool = True) -> list[str]:
        """Do the recognition that is due. To be called several times a second while a turn goes on.

        Args:
            partials: False: what is final alone, when there is no time for more
        """
        return self._guarded(lambda: self._advance(now, partials=partials))

    def close(self) -> None:
        """The client has gone. From any thread."""
        with self._entering:
            self._is_left, turn = True, self._turn
        if turn:
            turn.close()

    def _guarded(self, act: Callable[[], None]) -> list[str]:
        """The messages that came of it; an error closes the session after them."""
        if self.closing is None and not self._is_left:
            try:
                act()
            except LectError as error:
                self.closing = close_for(error, language=self._language)
                self._end_turn()
        messages, self._messages = self._messages, []
        return messages

    def _take(self, raw: str | bytes, now: float) -> None:
        message = read(raw, longest=self._limits.longest_message)
        self._passed_over += max(_size(raw), _CHATTER)  # unless it turns out to be for a turn
        match message.path:
            case "speech.context":
                self._take_context(message, now)
            case "audio":
                self._take_sound(message, now)
            case "speech.config":
                self._language = sdk_language(message.body)
            case _:  # telemetry and whatever clients will think of
                pass
        if self._passed_over > self._limits.passed_over:
            raise InvalidInput("Too much was sent that belongs to no turn that goes on")

    def _take_context(self, message: Message, now: float) -> None:
        request_id, body = _request_id(message), message.body
        if self._turn and self._turn.request_id == request_id:
            return
        if isinstance(body, bytes):
            raise InvalidInput("speech.context is a binary message")
        self._begin(request_id, self._asked(request_id, body), now)

    def _take_sound(self, message: Message, now: float) -> None:
        request_id, sound = _request_id(message), message.body
        if isinstance(sound, str):
            raise InvalidInput("audio is a text message")
        is_late = self._turn and self._turn.request_id == request_id and self._turn.is_complete
        if request_id in self._over or is_late:
            return
        if self._turn is None or self._turn.request_id != request_id:
            self._begin(request_id, self._asked(request_id), now)
        assert self._turn is not None
        if sound:
            self._passed_over = 0
        self._turn.hear(sound)

    def _asked(self, request_id: str, context: str = "{}") -> TurnRequest:
        try:
            return request_of(self._address, context, id=request_id)
        except LectError as error:
            self._on_refused(TurnRequest(id=request_id), error)
            raise

    def _begin(self, request_id: str, request: TurnRequest, now: float) -> None:
        """Begin a turn; one that still goes on gets no more sound, so it is answered and ended first."""
        if self._turn:
            self._turn.complete()
        while self._turn:
            self._advance(now)
        listener = self._listen(request)
        turn = Turn(request_id, request, listener, audio=AudioInput(), new_id=self._new_id)
        self._enter(turn)
        if request_id in self._over:
            self._over.remove(request_id)
        self._passed_over = 0
        self._messages += turn.begin()

    def _enter(self, turn: Turn) -> None:
        """Go on with a turn, unless the client went while its model was being opened: nobody else would close it."""
        with self._entering:
            if not self._is_left:
                self._turn = turn
                return
        turn.close()
        raise Gone

    def _advance(self, now: float, *, partials: bool = True) -> None:
        turn = self._turn
        if turn is None:
            return
        turn.look(now)
        if now - turn.idle_since >= self._limits.idle_seconds:
            turn.complete()
        is_silent = not turn.has_sound and now - turn.began_at >= self._limits.silent_seconds
        if is_silent and not turn.is_complete and self._is_full():
            raise TooManyRequests("Others wait for this place, and no audio came", retry_after=1)
        self._messages += turn.step(now, partials=partials)
        if turn.is_over:
            self._over.append(turn.request_id)
            self._end_turn()

    def _end_turn(self) -> None:
        if self._turn:
            self._turn.close()
            self._turn = None


def _size(raw: str | bytes) -> int:
    """Bytes of a message as it was sent."""
    return len(raw) if isinstance(raw, bytes) or raw.isascii() else len(raw.encode())


def _request_id(message: Message) -> str:
    if not message.request_id:
        raise InvalidInput(f"{message.path} has no X-RequestId header")
    return message.request_id
