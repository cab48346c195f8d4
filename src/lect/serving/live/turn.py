"""One turn of a session: sound in, messages out, from its first word to its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from lect.serving.live.audio_input import AudioInput
from lect.serving.live.events import Ended, Final, LiveEvent, Partial, Silence, SpeechEnded, SpeechStarted
from lect.serving.live.messages import Answers
from lect.serving.live.requests import TurnRequest
from lect.serving.live.wire import RecognitionStatus

if TYPE_CHECKING:
    from lect.speech.audio.waveform import Samples


class Recognition(Protocol):
    """What listens to one stream, such as `recognising.LiveRecognition`."""

    @property
    def behind(self) -> float:
        """Seconds that were fed and are not examined yet."""
        ...

    def feed(self, samples: Samples) -> None:
        """Take the next samples; cheap."""
        ...

    def step(self, now: float, *, partials: bool = True) -> list[LiveEvent]:
        """Do the work that is due, without partials if there is no time for them."""
        ...

    def end(self) -> list[LiveEvent]:
        """Answer the next segment of what is not answered yet; no sound follows. It is over with `Ended`."""
        ...

    def close(self) -> None:
        """Let go of what it holds; nothing is asked of it any more. From any thread."""
        ...


def rest_of(recognition: Recognition) -> Iterator[LiveEvent]:
    """All that is left of a stream whose sound is complete, each segment once those before it are taken."""
    is_over = False
    while not is_over:
        for event in recognition.end():
            yield event
            is_over = isinstance(event, Ended)


MOMENT = 0.1  # seconds of sound that may wait for those that follow: to examine less is not worth a step
_GRACE = 1.0  # seconds without sound until an end of it is believed that may be an earlier turn's


@dataclass(frozen=True, kw_only=True)
class Listener:
    """A recognition, and the id of the model that is at work in it; where languages are told apart, of the first."""

    recognition: Recognition
    model: str


class Turn:
    """From `turn.start` to `turn.end`.

    An interactive turn ends with its first phrase, whatever else the client still sends; others end with their sound. The
    start of speech is told once, the end of speech just before that of the turn: the Python SDK takes it for the end of
    the turn, and sends no more sound.
    """

    def __init__(
        self,
        request_id: str,
        request: TurnRequest,
        listener: Listener,
        *,
        audio: AudioInput,
        new_id: Callable[[], str],
    ) -> None:
        """Begin. Times are seconds of any steady clock, as `look` is told them."""
        self.request_id = request_id
        self.is_over = False  # turn.end is among the messages
        self.began_at = self.idle_since = (
            math.inf
        )  # when it was first looked at, and since when nothing comes
        self._has_news = True  # something came since it was looked at
        self.has_sound = False  # some came, beyond a header
        self._request = request
        self._listener = listener
        self._audio = audio
        self._answers = Answers(request_id, request, new_id=new_id)
        self.is_complete = False  # no sound follows
        self._is_doubtful = False  # the client said so, but may send more
        self._has_spoken = False  # and the client knows
        self._speech_ended: float | None = None  # seconds, of the last utterance

    def begin(self) -> list[str]:
        """The message that a client waits for before it believes any other."""
        return [self._answers.turn_start(self._listener.model)]

    def hear(self, sound: bytes) -> None:
        """Take the next bytes of sound; none at all mean that it is over.

        The Python SDK repeats what it sent since the last phrase, and the end of the last turn's sound with it, before
        it goes on: such an end is believed when nothing follows.

        Raises:
            InvalidAudio: it cannot be used.
        """
        self._has_news = True
        if self.is_complete:
            return
        self._is_doubtful = not sound and self._request.is_interactive and self._request.is_continuation
        if self._is_doubtful:
            return
        if not sound:
            self.complete()
        elif len(samples := self._audio.feed(sound)):
            self.has_sound = True
            self._listener.recognition.feed(samples)

    def complete(self) -> None:
        """No sound follows: the next steps answer what is left, a segment each, and end the turn."""
        if not self.is_complete:
            self.is_complete = True
            if len(samples := self._audio.end()):
                self._listener.recognition.feed(samples)

    def close(self) -> None:
        """It is over, or nobody waits for its end."""
        self._listener.recognition.close()

    @property
    def behind(self) -> float:
        """Seconds of sound that wait for a step."""
        return self._listener.recognition.behind

    def look(self, now: float) -> None:
        """Note what time it is, before each step.

        A client is idle while all its sound is examined and no more comes, and not before it is first listened to: while much
        waits, or a model is loaded, nothing is taken from it.
        """
        self.began_at = min(self.began_at, now)
        if self._has_news or self.behind >= MOMENT:
            self.idle_since, self._has_news = now, False

    def step(self, now: float, *, partials: bool = True) -> list[str]:
        """Do the recognition that is due."""
        if self.is_over:
            return []
        if self._is_doubtful and now - self.idle_since >= _GRACE:
            self.complete()
        recognition = self._listener.recognition
        events = recognition.end() if self.is_complete else recognition.step(now, partials=partials)
        messages: list[str] = []
        for event in events:
            messages += self._answer(event)
            if self.is_over:
                break
        return messages

    def _answer(self, event: LiveEvent) -> Iterator[str]:
        match event:
            case SpeechStarted():
                yield from self._speech_start(event.offset)
            case SpeechEnded():
                self._speech_ended = event.offset
            case Partial():
                yield self._answers.hypothesis(event)
            case Final():
                yield from self._phrase(self._answers.phrase(event), event)
            case Silence():
                yield from self._silence(event)
            case Ended():
                yield from self._end_of_sound()

    def _silence(self, event: Silence) -> Iterator[str]:
        if event.is_speech or self._request.is_interactive:
            status = RecognitionStatus.NO_MATCH if event.is_speech else RecognitionStatus.INITIAL_SILENCE
            message = self._answers.nothing(status, event.offset, event.duration)
            yield from self._phrase(message, event)

    def _phrase(self, message: str, event: Final | Silence) -> Iterator[str]:
        """A phrase, and what belongs around it."""
        if self._request.is_interactive:
            ended = self._speech_ended
            yield from self._speech_end(event.offset + event.duration if ended is None else ended)
        yield message
        if self._request.is_interactive:
            yield from self._turn_end()

    def _end_of_sound(self) -> Iterator[str]:
        milliseconds = self._audio.milliseconds
        yield from self._speech_end(milliseconds / 1000)
        if self._request.is_interactive:  # one that ends without a phrase is an error to its client
            yield self._answers.nothing(RecognitionStatus.INITIAL_SILENCE, 0.0, milliseconds / 1000)
        else:
            yield self._answers.end_of_dictation(milliseconds)
        yield from self._turn_end()

    def _speech_start(self, offset: float) -> Iterator[str]:
        if not self._has_spoken:
            self._has_spoken = True
            yield self._answers.speech_start(offset)

    def _speech_end(self, offset: float) -> Iterator[str]:
        if self._has_spoken:
            yield self._answers.speech_end(offset)

    def _turn_end(self) -> Iterator[str]:
        self.is_over = True
        yield self._answers.turn_end()
