"""One recording of at most a minute, heard as it arrives, to one answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lect.core.durations import ticks
from lect.core.errors import LimitExceeded
from lect.core.locale import blank_of
from lect.serving.live.audio_input import SIGNS, AudioFormat, AudioInput, other_format
from lect.serving.live.events import Final, FinalResult, LiveEvent, Silence
from lect.serving.live.messages import result_body
from lect.serving.live.requests import TurnRequest
from lect.serving.live.turn import Recognition, rest_of
from lect.serving.live.wire import RecognitionStatus
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

LONGEST = 60.0  # seconds
FILE_BYTES = 16 << 20  # of a recording that is no WAV: it is decoded when it is whole


class ShortAudio:
    """Takes a recording in pieces. WAV and raw PCM are heard while they come, all else when it is whole."""

    def __init__(
        self,
        request: TurnRequest,
        recognition: Recognition,
        *,
        decode: Callable[[bytes], Samples],
        raw: AudioFormat | None = AudioFormat(),
        is_file: bool = False,
    ) -> None:
        """
        Args:
            decode: makes samples of a whole file
            raw: how sound without a header is read; None: it is said to be WAV, so it has one
            is_file: it is said to be neither WAV nor PCM
        """
        self._request, self._recognition, self._decode = request, recognition, decode
        self._audio = AudioInput(raw)
        self._head: bytes | None = b""  # None: what comes is known
        self._file = bytearray() if is_file else None
        self._samples = 0
        self._finals: list[Final] = []
        self._silences: list[Silence] = []

    @property
    def is_over(self) -> bool:
        """Whether what was heard is the answer, whatever follows: one utterance, if no more was asked for."""
        return self._request.is_interactive and bool(self._finals)

    def hear(self, data: bytes, now: float) -> None:
        """Take the next bytes.

        Args:
            now: seconds of a steady clock

        Raises:
            InvalidAudio: they are no sound.
            LimitExceeded: they are too much of it.
        """
        if self._head is not None:
            data, self._head = self._head + data, None
            if len(data) < SIGNS:
                self._head = data
                return
            self._judge(data)
        if self._file is None:
            self._feed(self._audio.feed(data))
            self._take(self._recognition.step(now, partials=False))
        else:
            self._file += data
            if len(self._file) > FILE_BYTES:
                raise LimitExceeded(
                    f"The audio has more than {FILE_BYTES:,} bytes", hint="Send a shorter one."
                )

    def answer(self) -> dict[str, Any]:
        """The body of the answer, after the last bytes; work goes on until then.

        Raises:
            InvalidAudio, LimitExceeded: see `hear`.
            EngineError: the model failed.
        """
        head = self._head or b""  # it is all that came
        self._judge(head)
        if self._file is None:
            self._feed(self._audio.feed(head))
            self._feed(self._audio.end())
        else:
            self._feed(self._decode(bytes(self._file) or head))
        events = rest_of(self._recognition)
        while not self.is_over and (event := next(events, None)):
            self._take([event])
        return self._body()

    def _judge(self, head: bytes) -> None:
        """By the first bytes: whether it is a file after all, whatever it is said to be."""
        if self._file is None and other_format(head):
            self._file = bytearray()

    def _feed(self, samples: Samples) -> None:
        self._samples += len(samples)
        if self._samples > LONGEST * SAMPLE_RATE:
            raise LimitExceeded(
                f"The audio is longer than {LONGEST:.0f} s",
                hint="Send long recordings over WebSocket or as a batch transcription.",
            )
        if len(samples):
            self._recognition.feed(samples)

    def _take(self, events: list[LiveEvent]) -> None:
        self._finals += [event for event in events if isinstance(event, Final)]
        self._silences += [event for event in events if isinstance(event, Silence) and event.is_speech]

    def _body(self) -> dict[str, Any]:
        finals = self._finals[:1] if self._request.is_interactive else self._finals
        if finals:
            start, last = finals[0].offset, finals[-1]
            head = _head(RecognitionStatus.SUCCESS, start, last.offset + last.duration - start)
            return head | result_body(joined([final.result for final in finals]), self._request)
        if self._silences:
            first = self._silences[0]
            return _head(RecognitionStatus.NO_MATCH, first.offset, first.duration)
        return _head(RecognitionStatus.INITIAL_SILENCE, 0.0, self._samples / SAMPLE_RATE)


def joined(results: list[FinalResult]) -> FinalResult:
    """Several results as one. Its n-best list is that of a single result, or else the best of each."""
    if len(results) == 1:
        return results[0]
    texts = [result.best for result in results]
    blank = blank_of(results[0].locale)
    seconds = sum(text.duration for text in texts)
    mean = (
        sum(text.confidence * text.duration for text in texts) / seconds if seconds else texts[0].confidence
    )
    whole = replace(
        texts[0],
        duration=texts[-1].offset + texts[-1].duration - texts[0].offset,
        display=blank.join(text.display for text in texts),
        lexical=blank.join(text.lexical for text in texts),
        itn=blank.join(text.itn for text in texts),
        masked_itn=blank.join(text.masked_itn for text in texts),
        confidence=round(mean, 4),
        words=tuple(word for text in texts for word in text.words),
        heard=tuple(word for text in texts for word in text.heard),
    )
    return FinalResult(locale=results[0].locale, model=results[0].model, nbest=(whole,))


def _head(status: RecognitionStatus, offset: float, duration: float) -> dict[str, Any]:
    return {"RecognitionStatus": status, "Offset": ticks(offset), "Duration": ticks(duration)}
