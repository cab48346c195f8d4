"""Transcripts as they are written."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.core.errors import InvalidAudio
from lect.engines.contract import Word
from lect.serving.formats import FORMATS, recording_ids
from lect.serving.transcriptions import SegmentTranscript, Transcript


def segment(offset, *words, display=None):
    """Words are (text, offset, duration)."""
    timed = tuple(Word(word=text, offset=at, duration=long, confidence=0.9) for text, at, long in words)
    end = timed[-1].offset + timed[-1].duration if timed else offset + 2.0
    text = " ".join(word.word for word in timed) if display is None else display
    return SegmentTranscript(
        offset=offset,
        duration=round(end - offset, 3),
        display=text,
        lexical=text.lower().strip(".,?"),
        confidence=0.9,
        words=timed,
    )


def transcript(*segments, file="talks/a call.wav", error=None):
    return Transcript(
        file=file,
        model="toy",
        locale="en-US",
        duration=3700.0,
        display=" ".join(each.display for each in segments),
        lexical=" ".join(each.lexical for each in segments),
        confidence=0.9,
        segments=segments,
        cpu_seconds=0.25,
        error=error,
    )


CALL = transcript(
    segment(0.4, ("Good", 0.4, 0.3), ("morning,", 0.7, 0.45), ("R&D.", 1.2, 0.5)),
    segment(3661.5, ("Is", 3661.5, 0.2), ("x", 3661.7, 0.2), ("<", 3661.9, 0.1), ("3?", 3662.0, 0.5005)),
)

TEXT = """\
Good morning, R&D. Is x < 3?
"""

TSV = """\
talks/a call.wav\tGood morning, R&D. Is x < 3?
"""

SRT = """\
1
00:00:00,400 --> 00:00:01,700
Good morning, R&D.

2
01:01:01,500 --> 01:01:02,500
Is x < 3?

"""

VTT = """\
WEBVTT

00:00:00.400 --> 00:00:01.700
Good morning, R&amp;D.

01:01:01.500 --> 01:01:02.500
Is x &lt; 3?

"""

CTM = """\
a_call 1 0.40 0.30 good 0.90
a_call 1 0.70 0.45 morning 0.90
a_call 1 1.20 0.50 r&d 0.90
a_call 1 3661.50 0.20 is 0.90
a_call 1 3661.70 0.20 x 0.90
a_call 1 3661.90 0.10 < 0.90
a_call 1 3662.00 0.50 3 0.90
"""


@pytest.mark.parametrize(
    ("form", "written"), [("text", TEXT), ("tsv", TSV), ("srt", SRT), ("vtt", VTT), ("ctm", CTM)]
)
def test_a_call_is_written_so(form, written):
    assert FORMATS[form](CALL) == written


def test_a_json_line_holds_everything():
    line = FORMATS["jsonl"](transcript(segment(0.5, ("你好。", 0.5, 0.4)), file="a.wav"))
    assert line.count("\n") == 1
    assert "你好" in line
    assert json.loads(line) == {
        "file": "a.wav",
        "model": "toy",
        "locale": "en-US",
        "duration": 3700.0,
        "display": "你好。",
        "lexical": "你好。",
        "confidence": 0.9,
        "segments": [
            {
                "offset": 0.5,
                "duration": 0.4,
                "display": "你好。",
                "lexical": "你好。",
                "confidence": 0.9,
                "words": [{"word": "你好。", "offset": 0.5, "duration": 0.4, "confidence": 0.9}],
                "itn": "",
                "masked_itn": "",
            }
        ],
        "cpu_seconds": 0.25,
        "itn": "",
        "masked_itn": "",
    }


def test_an_error_is_part_of_the_json_line():
    line = FORMATS["jsonl"](transcript(error=InvalidAudio("a.wav: no audio", hint="Check the file.")))
    assert json.loads(line)["error"] == {
        "code": "invalid_audio",
        "message": "a.wav: no audio",
        "hint": "Check the file.",
    }


@pytest.mark.parametrize(
    ("form", "written"),
    [("text", "\n"), ("tsv", "talks/a call.wav\t\n"), ("srt", ""), ("vtt", "WEBVTT\n\n"), ("ctm", "")],
)
def test_a_silent_recording_is_written_so(form, written):
    assert FORMATS[form](transcript()) == written


def test_a_segment_without_word_times_is_one_subtitle():
    assert FORMATS["srt"](transcript(segment(1.0, display="No times."))) == (
        "1\n00:00:01,000 --> 00:00:03,000\nNo times.\n\n"
    )


def test_subtitles_of_a_language_without_blanks_have_none():
    spoken = replace(transcript(segment(0.0, ("你", 0.0, 0.2), ("好。", 0.2, 0.3))), locale="zh-CN")
    assert FORMATS["srt"](spoken).splitlines()[2] == "你好。"


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        (["talks/a call.wav"], ["a_call"]),
        (["a/x.wav", "b/x.wav", "y.wav"], ["a/x", "b/x", "y"]),
        (["x.wav", "x.mp3"], ["x.wav", "x.mp3"]),
        (["x y.wav", "x_y.wav"], ["x_y.wav#1", "x_y.wav#2"]),
        (["/data/x.wav", "../data/x.flac"], ["data/x.wav", "data/x.flac"]),
        (["x.wav", "a/x.wav.mp3"], ["x", "a/x.wav"]),
    ],
)
def test_recordings_have_ids_that_tell_them_apart(files, ids):
    assert list(recording_ids(files).values()) == ids


@given(st.lists(st.text("ab/. _", min_size=1, max_size=8), unique=True))
def test_ids_are_words_of_their_own(files):
    ids = list(recording_ids(files).values())
    assert len(set(ids)) == len(files)
    assert all(each.split() == [each] for each in ids)


def test_with_speakers_a_text_has_a_line_for_each_turn():
    first, second = CALL.segments
    said = [replace(first, speaker=2), replace(first, speaker=2, display="Yes?"), replace(second, speaker=1)]

    written = FORMATS["text"](replace(CALL, segments=tuple(said)))

    assert written == "Speaker 2: Good morning, R&D. Yes?\nSpeaker 1: Is x < 3?\n"
