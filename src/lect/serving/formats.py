"""Transcripts as plain text, JSON lines, subtitles, tables and ctm."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import PurePath

from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.serving.transcriptions import Transcript

CUE_SECONDS = 6.0  # a subtitle stays on screen no longer
CUE_LETTERS = 84  # two lines of 42


def as_text(transcript: Transcript) -> str:
    """What was said, a line."""
    return f"{transcript.display}\n"


def as_named_text(transcript: Transcript) -> str:
    """`file<TAB>what was said`: the upload format of transcripts."""
    return f"{transcript.file}\t{transcript.display}\n"


def as_jsonl(transcript: Transcript) -> str:
    """Everything, one JSON document a line."""
    return json.dumps(transcript.to_json(), ensure_ascii=False) + "\n"


def as_ctm(transcript: Transcript) -> str:
    """A word a line: recording, channel, offset, duration, word, confidence; as NIST tools read it."""
    name = PurePath(transcript.file).stem.replace(" ", "_") or "audio"
    return "".join(
        f"{name} 1 {word.offset:.2f} {word.duration:.2f} {word.word.strip('.,?!:;').lower()} {word.confidence:.2f}\n"
        for segment in transcript.segments
        for word in segment.words
        if word.word.strip(".,?!:;")
    )


def as_srt(transcript: Transcript) -> str:
    """SubRip subtitles."""
    cues = enumerate(_cues(transcript), start=1)
    return "".join(
        f"{number}\n{_clock(start, ',')} --> {_clock(end, ',')}\n{text}\n\n"
        for number, (start, end, text) in cues
    )


def as_vtt(transcript: Transcript) -> str:
    """WebVTT subtitles."""
    cues = (
        f"{_clock(start, '.')} --> {_clock(end, '.')}\n{_escape(text)}\n\n"
        for start, end, text in _cues(transcript)
    )
    return "WEBVTT\n\n" + "".join(cues)


FORMATS: dict[str, Callable[[Transcript], str]] = {
    "text": as_text,
    "jsonl": as_jsonl,
    "srt": as_srt,
    "vtt": as_vtt,
    "tsv": as_named_text,
    "ctm": as_ctm,
}


def _cues(transcript: Transcript) -> Iterator[tuple[float, float, str]]:
    """(start, end, text) of short subtitles; they end at a sentence end where one comes in time."""
    blank = blank_of(transcript.locale)
    for segment in transcript.segments:
        cue: list[Word] = []
        for word in segment.words:
            text = blank.join(each.word for each in [*cue, word])
            too_long = cue and (
                word.offset + word.duration - cue[0].offset > CUE_SECONDS or len(text) > CUE_LETTERS
            )
            if too_long or (cue and cue[-1].word[-1:] in ".?!" and len(cue) > 3):
                yield _cue(cue, blank)
                cue = []
            cue.append(word)
        if cue:
            yield _cue(cue, blank)
        elif segment.display and not segment.words:
            yield segment.offset, segment.offset + segment.duration, segment.display


def _cue(words: list[Word], blank: str) -> tuple[float, float, str]:
    return words[0].offset, words[-1].offset + words[-1].duration, blank.join(word.word for word in words)


def _clock(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
