"""What was said in a file, phrase by phrase, and the lines that carry it from one process to another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.speech.text.sentences import is_end

if TYPE_CHECKING:  # which doors do without
    from lect.serving.transcriptions import SegmentTranscript


@dataclass(frozen=True, kw_only=True)
class Spoken:
    """A sentence, or a stretch of speech if words have no times. Seconds from the start of the file."""

    offset: float
    duration: float
    text: str  # as displayed
    locale: str
    confidence: float
    words: tuple[Word, ...] = ()
    speaker: int | None = None  # from 1 on, where speakers are told apart
    channel: int | None = None  # from 0 on, where channels are heard one by one

    @property
    def end(self) -> float:
        """Where it ends, seconds."""
        return self.offset + self.duration

    def to_json(self) -> dict[str, Any]:
        """The phrase as a document."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The phrase of a document."""
        return cls(**{**document, "words": tuple(Word(**word) for word in document["words"])})


def line(**document: Any) -> bytes:
    """A line of an answer: `model` is the first, then come `phrase`s, and `seconds` of the file or an `error` is the last."""
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def sentences(segment: SegmentTranscript, locale: str) -> Iterator[Spoken]:
    """A stretch of speech, sentence by sentence; whole if its words have no times, or are not all of its text."""
    blank = blank_of(locale)
    words = segment.words
    if not words or blank.join(word.word for word in words) != segment.display:
        yield Spoken(
            offset=segment.offset,
            duration=segment.duration,
            text=segment.display,
            locale=locale,
            confidence=segment.confidence,
            words=words,
            speaker=segment.speaker,
        )
        return
    begin = 0
    for number, word in enumerate(words, start=1):
        if number == len(words) or is_end(word.word, words[number].word):
            yield replace(_sentence(words[begin:number], blank, locale), speaker=segment.speaker)
            begin = number


def _sentence(words: Sequence[Word], blank: str, locale: str) -> Spoken:
    first, last = words[0], words[-1]
    seconds = sum(word.duration for word in words)
    mean = sum(word.confidence * word.duration for word in words) / seconds if seconds else first.confidence
    return Spoken(
        offset=first.offset,
        duration=round(last.offset + last.duration - first.offset, 3),
        text=blank.join(word.word for word in words),
        locale=locale,
        confidence=round(mean, 4),
        words=tuple(words),
    )
