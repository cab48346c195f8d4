"""Transcripts as the documents that a batch transcription gives: one result a file, and the report over all.

A result follows the published schema of v3.2 and holds the milliseconds of 2024-11-15 as well, so that one document serves both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from typing import Any

from lect.core.durations import iso8601, ticks
from lect.core.jobs import Json
from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.speech.text.display import ProfanityMode, Punctuation
from lect.speech.text.lexical import lexical


@dataclass(frozen=True, kw_only=True)
class ResultOptions:
    """How a result is written, and what it holds."""

    profanity: ProfanityMode = ProfanityMode.MASKED
    punctuation: Punctuation = Punctuation.AUTOMATIC
    words: bool = False  # those of the lexical form, with their times
    display_words: bool = False


def result_of(channels: Mapping[str, Json], options: ResultOptions, *, source: str, timestamp: str) -> Json:
    """The result of one file.

    Args:
        channels: of each channel `Transcript.to_json(heard=True)`, written as the options say; of all together as
            channel 0
        source: where the file came from, as may be shown to anybody
        timestamp: when the result was made, ISO 8601
    """
    heard = [(number, channels[str(number)]) for number in sorted(map(int, channels))]
    phrases = [phrase for channel, transcript in heard for phrase in _phrases(channel, transcript, options)]
    duration = max(transcript["duration"] for _, transcript in heard)
    return {
        "source": source,
        "timestamp": timestamp,
        "durationInTicks": ticks(duration),
        "durationMilliseconds": round(duration * 1000),
        "duration": iso8601(duration),
        "combinedRecognizedPhrases": [
            combined
            for channel, transcript in heard
            for combined in _combined(channel, phrases, blank_of(transcript["locale"]))
        ],
        "recognizedPhrases": sorted(phrases, key=lambda phrase: phrase["offsetInTicks"]),
    }


def report_of(files: Sequence[tuple[str, Mapping[str, str] | None]]) -> Json:
    """The report over all files.

    Args:
        files: source, and the error (`LectError.to_json()`) if it failed
    """
    failed = sum(error is not None for _, error in files)
    return {
        "successfulTranscriptionsCount": len(files) - failed,
        "failedTranscriptionsCount": failed,
        "details": [_detail(source, error) for source, error in files],
    }


def _detail(source: str, error: Mapping[str, str] | None) -> Json:
    if error is None:
        return {"source": source, "status": "Succeeded"}
    return {
        "source": source,
        "status": "Failed",
        "errorKind": "".join(part.capitalize() for part in error["code"].split("_")),
        "errorMessage": "\n".join(part for part in (error["message"], error["hint"]) if part),
    }


def _combined(channel: int, phrases: Sequence[Json], blank: str) -> list[Json]:
    own = [phrase["nBest"][0] for phrase in phrases if phrase["channel"] == channel]
    if not own:
        return []
    joined = {
        form: blank.join(text for best in own if (text := best[form]))
        for form in ("lexical", "itn", "maskedITN", "display")
    }
    return [{"channel": channel, **joined}]


def _phrases(channel: int, transcript: Json, options: ResultOptions) -> Iterator[Json]:
    for segment in transcript["segments"]:
        locale = segment.get("locale")
        speaker = {"speaker": segment["speaker"]} if "speaker" in segment else {}
        yield {
            "recognitionStatus": "Success",
            "channel": channel,
            **speaker,
            **({"locale": locale} if locale else {}),
            **_times(segment["offset"], segment["duration"]),
            # The published schema has the speaker here, the service's own answers have it above.
            "nBest": [{**_best(segment, options, locale or transcript["locale"]), **speaker}],
        }


def _best(segment: Json, options: ResultOptions, locale: str) -> Json:
    best = {
        "confidence": segment["confidence"],
        "lexical": segment["lexical"],
        "itn": segment["itn"],
        "maskedITN": segment["masked_itn"],
        "display": segment["display"],
    }
    if options.words:
        best["words"] = [
            {"word": word.word, **_times(word.offset, word.duration), "confidence": word.confidence}
            for word in lexical_words(_words(segment["heard"]), segment["lexical"], locale)
        ]
    if options.display_words:
        best["displayWords"] = [
            {"displayText": word.word, **_times(word.offset, word.duration)}
            for word in _words(segment["words"])
        ]
    return best


def _words(words: Sequence[Json]) -> list[Word]:
    return [Word(**word) for word in words]


def _times(offset: float, duration: float) -> Json:
    return {
        "offset": iso8601(offset),
        "duration": iso8601(duration),
        "offsetInTicks": ticks(offset),
        "durationInTicks": ticks(duration),
        "offsetMilliseconds": round(offset * 1000),
        "durationMilliseconds": round(duration * 1000),
    }


def lexical_words(words: Sequence[Word], text: str, locale: str) -> list[Word]:
    """The words of a lexical form, with the times of the display words that they were said in.

    Words are put side by side one for one; where the whole text is said in other words than its parts (`$5 million`), those
    share the time of the parts by their lengths.

    Args:
        text: the lexical form of the whole
    """
    parts = [part for word in words for part in _shared(lexical(word.word, locale).split(), [word])]
    said = text.split()
    if not blank_of(locale) or not parts:
        return parts
    matcher = SequenceMatcher(a=[part.word for part in parts], b=said, autojunk=False)
    found: list[Word] = []
    for tag, begin, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            found += parts[begin:end]
        else:  # what was said between two parts is as short as their meeting
            found += _shared(said[first:last], parts[begin:end] or [_meeting(parts, begin)])
    return found


def _meeting(parts: Sequence[Word], place: int) -> Word:
    """The moment before a part, as a word without a length."""
    if place == len(parts):
        return replace(parts[-1], offset=parts[-1].offset + parts[-1].duration, duration=0.0)
    return replace(parts[place], duration=0.0)


def _shared(texts: Sequence[str], among: Sequence[Word]) -> Iterator[Word]:
    """Words that share the time of others by their lengths."""
    start = among[0].offset
    span = among[-1].offset + among[-1].duration - start
    letters = sum(map(len, texts))
    confidence = min(word.confidence for word in among)
    for text in texts:
        part = span * len(text) / letters
        yield Word(word=text, offset=round(start, 3), duration=round(part, 3), confidence=confidence)
        start += part


def options_of(stored: Mapping[str, Any]) -> ResultOptions:
    """What the options of a transcription's row ask of its results."""
    return ResultOptions(
        profanity=ProfanityMode(stored.get("profanity", ProfanityMode.MASKED)),
        punctuation=Punctuation(stored.get("punctuation", Punctuation.AUTOMATIC)),
        words=stored.get("words", False),
        display_words=stored.get("display_words", False),
    )
