"""Transcripts get all their forms, and profanity is treated in what is displayed."""

import pytest

from lect.core.errors import NotFound
from lect.engines.contract import Word
from lect.serving.forms import Writing, with_forms
from lect.serving.transcriptions import SegmentTranscript, Transcript
from lect.speech.text.display import ProfanityMode

TEXTS = ("Damn, it costs $20.", "At 3 p.m.")


def transcript(locale="en-US", texts=TEXTS):
    segments = tuple(
        SegmentTranscript(
            offset=float(at),
            duration=1.0,
            display=text,
            lexical=text.lower(),
            confidence=0.9,
            words=tuple(
                Word(word=word, offset=at + 0.1, duration=0.1, confidence=0.9) for word in text.split()
            ),
        )
        for at, text in enumerate(texts)
    )
    return Transcript(
        file="a.wav",
        model="toy",
        locale=locale,
        duration=2.0,
        display=" ".join(texts),
        lexical=" ".join(texts).lower(),
        confidence=0.9,
        segments=segments,
        cpu_seconds=0.1,
    )


def test_display_is_left_as_recognised_unless_asked():
    found = with_forms(transcript(), Writing())

    assert found.display == "Damn, it costs $20. At 3 p.m."
    assert found.itn == "damn it costs $20 at 3 p.m."
    assert found.masked_itn == "**** it costs $20 at 3 p.m."
    assert found.segments[1].itn == "at 3 p.m."
    assert found.segments[0].words == transcript().segments[0].words


def test_masking_reaches_words_too_but_not_the_lexical_form():
    found = with_forms(transcript(), Writing(profanity=ProfanityMode.MASKED))

    assert found.display == "****, it costs $20. At 3 p.m."
    assert [word.word for word in found.segments[0].words] == ["****,", "it", "costs", "$20."]
    assert found.lexical == transcript().lexical


def test_removed_words_are_gone_with_their_times():
    found = with_forms(transcript(), Writing(profanity=ProfanityMode.REMOVED))

    assert found.display == "it costs $20. At 3 p.m."
    assert [word.word for word in found.segments[0].words] == ["it", "costs", "$20."]


def test_own_list_takes_the_place_of_the_default(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("costs\n", "utf-8")

    found = with_forms(transcript(), Writing(profanity=ProfanityMode.TAGGED, profane=path))

    assert found.display == "Damn, it <profanity>costs</profanity> $20. At 3 p.m."


def test_missing_list_is_named(tmp_path):
    with pytest.raises(NotFound, match="absent"):
        with_forms(transcript(), Writing(profane=tmp_path / "absent.txt"))


def test_silence_has_empty_forms():
    found = with_forms(transcript("und", ()), Writing(profanity=ProfanityMode.MASKED))

    assert (found.display, found.itn, found.masked_itn) == ("", "", "")
