"""Transcripts as plain text, JSON lines, subtitles, tables and ctm."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import PurePath

from lect.core.locale import blank_of
from lect.serving.transcriptions import Transcript
from lect.speech.text import subtitles


def as_text(transcript: Transcript) -> str:
    """What was said, a line; if speakers are told apart, a line for each turn."""
    if not any(segment.speaker for segment in transcript.segments):
        return f"{transcript.display}\n"
    blank = blank_of(transcript.locale)
    turns = groupby(transcript.segments, key=lambda segment: segment.speaker)
    return "".join(
        f"Speaker {speaker}: {blank.join(segment.display for segment in said)}\n" for speaker, said in turns
    )


def as_named_text(transcript: Transcript) -> str:
    """`file<TAB>what was said`: the upload format of transcripts."""
    return f"{transcript.file}\t{transcript.display}\n"


def as_jsonl(transcript: Transcript) -> str:
    """Everything, one JSON document a line."""
    return json.dumps(transcript.to_json(), ensure_ascii=False) + "\n"


def as_ctm(transcript: Transcript, ids: Mapping[str, str] | None = None) -> str:
    """A word a line: recording, channel, offset, duration, word, confidence; as NIST tools read it.

    Args:
        ids: what to call each file, see `recording_ids`; by default as if it were alone
    """
    recording = (ids or recording_ids([transcript.file]))[transcript.file]
    return "".join(
        f"{recording} 1 {word.offset:.2f} {word.duration:.2f} {word.word.strip('.,?!:;').lower()} {word.confidence:.2f}\n"
        for segment in transcript.segments
        for word in segment.words
        if word.word.strip(".,?!:;")
    )


def as_srt(transcript: Transcript) -> str:
    """SubRip subtitles."""
    return subtitles.as_srt(_cues(transcript))


def as_vtt(transcript: Transcript) -> str:
    """WebVTT subtitles."""
    return subtitles.as_vtt(_cues(transcript))


FORMATS: dict[str, Callable[[Transcript], str]] = {
    "text": as_text,
    "jsonl": as_jsonl,
    "srt": as_srt,
    "vtt": as_vtt,
    "tsv": as_named_text,
    "ctm": as_ctm,
}


def writer(form: str, files: Sequence[str]) -> Callable[[Transcript], str]:
    """What writes the transcripts of these files in a form, so that no two of them share an id."""
    if form == "ctm":
        return partial(as_ctm, ids=recording_ids(files))
    return FORMATS[form]


def recording_ids(files: Sequence[str]) -> dict[str, str]:
    """An id without blanks for each file: its stem, with as much around it as tells it from the others."""
    forms = {file: _id_forms(PurePath(file)) for file in files}
    counts = Counter(form for each in forms.values() for form in set(each))
    return {
        file: next((form for form in each if counts[form] == 1), f"{each[-1]}#{number}")
        for number, (file, each) in enumerate(forms.items(), start=1)
    }


def _id_forms(path: PurePath) -> tuple[str, ...]:
    """The stem, the path without its ending, the whole path."""
    inside = PurePath(*(part for part in path.parts if part not in (path.anchor, "..")))
    forms = (path.stem, (inside.parent / inside.stem).as_posix(), inside.as_posix())
    return tuple("_".join(form.split()) or "audio" for form in forms)


def _cues(transcript: Transcript) -> list[subtitles.Cue]:
    return subtitles.cues(
        subtitles.Stretch(
            text=segment.display,
            start=segment.offset,
            end=segment.offset + segment.duration,
            locale=transcript.locale,
            words=tuple(
                subtitles.Timed(text=word.word, start=word.offset, end=word.offset + word.duration)
                for word in segment.words
            ),
        )
        for segment in transcript.segments
    )
