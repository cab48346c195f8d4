"""Transcripts whose words have speakers."""

from lect.engines.contract import Word
from lect.serving.diarization import Turn
from lect.serving.speakers import with_speakers
from lect.serving.transcriptions import SegmentTranscript, Transcript


def segment(text, lexical, offset=0.0, *, is_timed=True):
    """A word a second."""
    words = tuple(
        Word(word=word, offset=offset + at, duration=0.8, confidence=0.5 + at / 10)
        for at, word in enumerate(text.split())
    )
    return SegmentTranscript(
        offset=offset,
        duration=float(len(words)),
        display=text,
        lexical=lexical,
        confidence=0.9,
        words=words if is_timed else (),
    )


def transcript(*segments):
    return Transcript(
        file="a.wav",
        model="toy",
        locale="en-US",
        duration=60.0,
        display="",
        lexical="",
        confidence=0.9,
        segments=segments,
        cpu_seconds=0.0,
    )


def turn(speaker, start, end):
    return Turn(speaker=speaker, start=start, end=end)


def parts(found):
    return [(each.speaker, each.display, each.lexical, each.offset, each.duration) for each in found.segments]


def test_a_segment_of_one_speaker_stays_as_it_is():
    said = segment("Good morning.", "good morning", 3.0)

    found = with_speakers(transcript(said), [turn(1, 0.0, 2.5), turn(2, 2.9, 9.0)])

    assert parts(found) == [(2, "Good morning.", "good morning", 3.0, 2.0)]
    assert found.segments[0].confidence == 0.9


def test_a_segment_is_parted_where_the_speaker_changes():
    said = segment("Two coffees? No, 3 teas.", "two coffees no three teas")

    found = with_speakers(transcript(said), [turn(1, 0.0, 1.9), turn(2, 2.0, 5.0)])

    assert parts(found) == [
        (1, "Two coffees?", "two coffees", 0.0, 1.8),
        (2, "No, 3 teas.", "no three teas", 2.0, 2.8),
    ]
    assert [each.confidence for each in found.segments] == [0.55, 0.8]


def test_a_word_is_of_the_turn_in_which_most_of_it_lies_or_the_nearest():
    said = segment("a b c d", "a b c d")

    found = with_speakers(transcript(said), [turn(1, 0.0, 1.3), turn(2, 1.3, 1.9)])

    assert [(each.speaker, each.display) for each in found.segments] == [(1, "a"), (2, "b c d")]


def test_no_word_is_lost_or_doubled():
    text = "$5 million is too much, she said, and 20 eggs."
    lexical = "five million dollars is too much she said and twenty eggs"
    turns = [turn(1 + number % 3, number * 1.1, number * 1.1 + 1.0) for number in range(10)]

    found = with_speakers(transcript(segment(text, lexical)), turns)

    assert len(found.segments) > 3
    assert " ".join(each.display for each in found.segments) == text
    assert " ".join(each.lexical for each in found.segments if each.lexical) == lexical


def test_without_word_times_a_segment_is_of_who_speaks_for_most_of_it():
    said = segment("a b c d", "a b c d", is_timed=False)

    found = with_speakers(transcript(said), [turn(1, 0.0, 1.0), turn(2, 1.0, 4.0)])

    assert [each.speaker for each in found.segments] == [2]


def test_without_turns_nobody_is_named_and_no_line_says_so():
    found = with_speakers(transcript(segment("a", "a")), [])

    assert found.segments[0].speaker is None
    assert "speaker" not in found.to_json()["segments"][0]
    assert with_speakers(found, [turn(1, 0, 1)]).to_json()["segments"][0]["speaker"] == 1
