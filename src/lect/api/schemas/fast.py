"""Schemas of fast transcription: a file that its sender waits for. What 2025-10-15 adds is here too, and refused where Lect cannot do it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from lect.api.schemas.shared import MAX_SPEAKERS, LocaleTag, ProfanityFilterMode, PunctuationMode, Schema, Uri
from lect.speech.text.phrases import LONGEST_PHRASE, MOST_PHRASES, STRONGEST

MOST_CHANNELS = 2
MOST_LOCALES = 10


class FastDiarization(Schema):
    """Whether and how speakers are told apart."""

    enabled: bool | None = None
    max_speakers: Annotated[int, Field(ge=2, le=MAX_SPEAKERS)] | None = None


class FastPhraseList(Schema):
    """Words to expect beside what the model knows."""

    phrases: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=LONGEST_PHRASE)]], Field(max_length=MOST_PHRASES)
    ] = Field(default=[])
    biasing_weight: Annotated[float, Field(ge=0, le=STRONGEST)] | None = None


class TranscribeDefinition(Schema):
    """What is asked of a file."""

    locales: Annotated[list[LocaleTag], Field(max_length=MOST_LOCALES)] = Field(default=[])
    models: dict[LocaleTag, Uri] = Field(default={})
    profanity_filter_mode: ProfanityFilterMode = ProfanityFilterMode.MASKED
    punctuation_mode: PunctuationMode = PunctuationMode.AUTOMATIC
    diarization: FastDiarization | None = None
    channels: Annotated[list[Annotated[int, Field(ge=0, lt=64)]], Field(max_length=MOST_CHANNELS)] = Field(
        default=[]
    )
    phrase_list: FastPhraseList | None = None
    audio_url: str | None = None
    enhanced_mode: dict[str, Any] | None = None


class CombinedPhrases(Schema):
    """All that was said, or all in one channel."""

    channel: int | None = None
    text: str


class FastWord(Schema):
    """A word as displayed, and when it was said."""

    text: str
    offset_milliseconds: int
    duration_milliseconds: int


class FastPhrase(Schema):
    """A sentence, and when it was said."""

    channel: int | None = None
    speaker: int | None = None
    offset_milliseconds: int
    duration_milliseconds: int
    text: str
    words: list[FastWord] | None = None
    locale: str | None = None
    confidence: float


class TranscribeResult(Schema):
    """What was said in a file."""

    duration_milliseconds: int
    combined_phrases: list[CombinedPhrases]
    phrases: list[FastPhrase]
