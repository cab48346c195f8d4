"""What a live recognition tells, and what it may be asked. Times are seconds from the start of the stream."""

from __future__ import annotations

from dataclasses import dataclass, field

from lect.serving.forms import Writing
from lect.serving.transcriptions import SegmentTranscript
from lect.speech.text.display import ProfanityMode
from lect.speech.text.phrases import PhraseList


@dataclass(frozen=True, kw_only=True)
class LiveOptions:
    """What to do with one stream. Times are seconds."""

    locale: str | None = None  # BCP-47, "auto" to detect it, None for the model's own (of a base: en-US)
    partial_interval: float = 0.6  # between two partials, at the least; less before the first
    stable: int = 2  # decodes, one after the other, that a word must be in before a partial shows it
    initial_silence: float | None = 5.0  # without speech at the start, until it is told; None: never
    end_silence: float = 0.5  # after speech, that ends a segment
    longest_segment: float = 20.0  # never more than the model can hear at once
    writing: Writing = field(default_factory=lambda: Writing(profanity=ProfanityMode.MASKED))
    words: bool = False  # with their times and confidences
    phrases: PhraseList | None = None
    beam: int = 5
    nbest: int = 1


@dataclass(frozen=True, kw_only=True)
class Identified:
    """The language that was heard, of those to choose from."""

    locale: str
    probability: float  # among them


@dataclass(frozen=True, kw_only=True)
class SpeechStarted:
    """Somebody began to speak."""

    offset: float


@dataclass(frozen=True, kw_only=True)
class SpeechEnded:
    """Speech ended here; the final that belongs to it follows."""

    offset: float


@dataclass(frozen=True, kw_only=True)
class Partial:
    """What is settled so far of a segment that is still being spoken: lexical words, written as far as they surely can be.

    See `DisplayForms.partial`.
    """

    offset: float
    duration: float
    text: str
    language: Identified | None = None  # where there was a choice


@dataclass(frozen=True, kw_only=True)
class FinalResult:
    """What was said in a segment."""

    locale: str
    model: str  # the id of the one that recognised it
    nbest: tuple[SegmentTranscript, ...]  # best first, all four forms; at least one
    language: Identified | None = None  # where there was a choice
    speaker: str | None = None  # such as "Guest-1", where speakers are told apart

    @property
    def best(self) -> SegmentTranscript:
        """The most probable text."""
        return self.nbest[0]


@dataclass(frozen=True, kw_only=True)
class Final:
    """The result of one segment. Finals come in order and do not overlap."""

    offset: float
    duration: float
    result: FinalResult


@dataclass(frozen=True, kw_only=True)
class Silence:
    """Nothing to show: silence for too long at the start, or a segment of speech in which no word was recognised."""

    offset: float
    duration: float
    is_speech: bool = False  # True: there was speech, but no words


@dataclass(frozen=True, kw_only=True)
class Ended:
    """The stream is over, and all of it has been answered."""

    offset: float


LiveEvent = SpeechStarted | SpeechEnded | Partial | Final | Silence | Ended
