"""What was heard in a file, in each of the formats that clients of OpenAI ask for."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Sequence
from typing import Any

from lect.api.openai.form import Format, Granularity
from lect.api.openai.languages import name_of
from lect.core.locale import blank_of, language_of
from lect.serving.fast.spoken import Spoken
from lect.speech.text import subtitles

_LEAST = 1e-4  # the smallest confidence that is told, so that its logarithm is a number
_EDGES = '.,?!:;"\u2026\u201c\u201d\u3002\uff0c\uff1f\uff01'  # which no word has in these clients' eyes
MEDIA_TYPES = {
    Format.TEXT: "text/plain; charset=utf-8",
    Format.SRT: "application/x-subrip; charset=utf-8",
    Format.VTT: "text/vtt; charset=utf-8",
}


def text_of(phrases: Sequence[Spoken]) -> str:
    """All that was said."""
    return "".join(delta(phrase, is_first=not number) for number, phrase in enumerate(phrases))


def delta(phrase: Spoken, *, is_first: bool) -> str:
    """A phrase as it continues the text."""
    return phrase.text if is_first else blank_of(phrase.locale) + phrase.text


def document(phrases: Sequence[Spoken], seconds: float) -> dict[str, Any]:
    """The answer as JSON."""
    return {"text": text_of(phrases), "usage": _usage(seconds)}


def verbose(
    phrases: Sequence[Spoken], seconds: float, *, granularities: frozenset[Granularity], temperature: float
) -> dict[str, Any]:
    """The answer as JSON with all that is known."""
    told: dict[str, Any] = {
        "task": "transcribe",
        "language": name_of(language_of(phrases[0].locale)) if phrases else "",
        "duration": seconds,
        "text": text_of(phrases),
    }
    if Granularity.SEGMENT in granularities:
        told["segments"] = [_segment(number, each, temperature) for number, each in enumerate(phrases)]
    if Granularity.WORD in granularities:
        told["words"] = [
            {"word": bare, "start": word.offset, "end": round(word.offset + word.duration, 3)}
            for phrase in phrases
            for word in phrase.words
            if (bare := word.word.strip(_EDGES))
        ]
    return told | {"usage": _usage(seconds)}


def written(phrases: Sequence[Spoken], form: Format) -> str:
    """The answer as plain text or subtitles."""
    match form:
        case Format.SRT:
            return subtitles.as_srt(cues(phrases))
        case Format.VTT:
            return subtitles.as_vtt(cues(phrases))
        case _:
            return text_of(phrases) + "\n"


def cues(phrases: Sequence[Spoken]) -> list[subtitles.Cue]:
    """The subtitles of what was said."""
    return subtitles.cues(
        subtitles.Stretch(
            text=each.text, start=each.offset, end=each.end, words=_timed(each), locale=each.locale
        )
        for each in phrases
    )


def event(**document: Any) -> str:
    """A server-sent event, of which clients read the data alone."""
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n"


def _timed(phrase: Spoken) -> tuple[subtitles.Timed, ...]:
    return tuple(
        subtitles.Timed(text=word.word, start=word.offset, end=word.offset + word.duration)
        for word in phrase.words
    )


def _segment(number: int, phrase: Spoken, temperature: float) -> dict[str, Any]:
    data = phrase.text.encode()
    return {
        "id": number,
        "seek": 0,
        "start": phrase.offset,
        "end": round(phrase.end, 3),
        "text": phrase.text,
        "tokens": [],
        "temperature": temperature,
        "avg_logprob": round(math.log(max(phrase.confidence, _LEAST)), 4),
        "compression_ratio": round(len(data) / len(zlib.compress(data)), 4),
        "no_speech_prob": 0.0,  # what is not speech was left out before
    }


def _usage(seconds: float) -> dict[str, Any]:
    return {"type": "duration", "seconds": math.ceil(seconds)}
