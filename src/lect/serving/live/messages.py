"""The answers of one turn, as the clients of the Speech protocol read them. Offsets count from the turn's first sound."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lect.core.durations import ticks
from lect.serving.live.events import Final, FinalResult, Identified, Partial
from lect.serving.live.requests import TurnRequest
from lect.serving.live.speakers import UNKNOWN
from lect.serving.live.wire import TICKS_PER_MILLISECOND, RecognitionStatus, write
from lect.serving.results import lexical_words
from lect.serving.transcriptions import SegmentTranscript

_SURE = ((0.9, "High"), (0.6, "Medium"), (0.0, "Low"))  # probability of a language, at the least


class Answers:
    """Writes the messages of one turn, each with the request id of its client.

    To a client the end of a phrase is the receipt of all sound before it. So phrases never overlap nor go back.
    """

    def __init__(self, request_id: str, request: TurnRequest, *, new_id: Callable[[], str]) -> None:
        self._request_id = request_id
        self._request = request
        self._new_id = new_id
        self._answered = 0  # ticks

    def turn_start(self, model: str) -> str:
        """The turn begins, with the model of this id. Its service tag comes back when a client connects again after a loss."""
        return self._write("turn.start", {"context": {"serviceTag": self._new_id(), "model": model}})

    def speech_start(self, offset: float) -> str:
        """Somebody began to speak."""
        return self._write("speech.startDetected", {"Offset": ticks(offset)})

    def speech_end(self, offset: float) -> str:
        """Speech ended."""
        return self._write("speech.endDetected", {"Offset": ticks(offset)})

    def hypothesis(self, partial: Partial) -> str:
        """What is understood so far of a phrase."""
        offset, duration = self._span(partial.offset, partial.duration)
        body = {"Id": self._new_id(), "Text": partial.text, "Offset": offset, "Duration": duration}
        return self._write("speech.hypothesis", body | self._extras(partial.language, None))

    def phrase(self, final: Final) -> str:
        """The result of a phrase."""
        result = final.result
        body = result_body(result, self._request) | self._extras(result.language, result.speaker)
        body["Model"] = result.model
        return self._phrase(RecognitionStatus.SUCCESS, final.offset, final.duration, body)

    def nothing(self, status: RecognitionStatus, offset: float, duration: float) -> str:
        """A phrase without words."""
        return self._phrase(status, offset, duration, {})

    def end_of_dictation(self, milliseconds: int) -> str:
        """All sound of this length is answered.

        Args:
            milliseconds: whole ones: a client that is told of less sends the rest again
        """
        whole = max(milliseconds, -(-self._answered // TICKS_PER_MILLISECOND))
        return self._phrase(RecognitionStatus.END_OF_DICTATION, whole / 1000, 0.0, {})

    def turn_end(self) -> str:
        """The turn is over."""
        return self._write("turn.end", {})

    def _phrase(self, status: RecognitionStatus, offset: float, duration: float, body: dict[str, Any]) -> str:
        begin, length = self._span(offset, duration)
        self._answered = begin + length
        head = {"Id": self._new_id(), "RecognitionStatus": status, "Offset": begin, "Duration": length}
        return self._write("speech.phrase", head | body)

    def _span(self, offset: float, duration: float) -> tuple[int, int]:
        """Offset and duration in ticks, without what is answered already."""
        begin = max(ticks(offset), self._answered)
        return begin, max(ticks(offset + duration) - begin, 0)

    def _extras(self, language: Identified | None, speaker: str | None) -> dict[str, Any]:
        extras: dict[str, Any] = {}
        if language:
            extras["PrimaryLanguage"] = {"Language": language.locale, "Confidence": _sureness(language)}
        if self._request.is_diarized:
            extras["SpeakerId"] = speaker or UNKNOWN
        return extras

    def _write(self, path: str, body: dict[str, Any]) -> str:
        return write(path, self._request_id, body)


def _sureness(language: Identified) -> str:
    """How sure the language is, in the words of the protocol."""
    return next(name for least, name in _SURE if language.probability >= least)


def result_body(result: FinalResult, request: TurnRequest) -> dict[str, Any]:
    """The text of a result, simple or detailed as the request asks."""
    body: dict[str, Any] = {"DisplayText": result.best.display}
    if request.is_detailed:
        body["NBest"] = [_alternative(each, result.locale, request) for each in result.nbest]
    return body


def _alternative(said: SegmentTranscript, locale: str, request: TurnRequest) -> dict[str, Any]:
    body: dict[str, Any] = {
        "Confidence": said.confidence,
        "Lexical": said.lexical,
        "ITN": said.itn,
        "MaskedITN": said.masked_itn,
        "Display": said.display,
    }
    if request.words:
        body["Words"] = [
            {"Word": word.word, "Offset": ticks(word.offset), "Duration": ticks(word.duration)}
            | ({"Confidence": word.confidence} if request.word_confidence else {})
            for word in lexical_words(said.heard or said.words, said.lexical, locale)
        ]
    return body
