"""Stretches of speech are cut into sentences, and nothing of them is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lect.engines.contract import Word
from lect.serving.fast.spoken import Spoken, sentences
from lect.serving.transcriptions import SegmentTranscript


def segment(words, *, display=None, offset=1.0):
    timed = tuple(
        Word(word=word, offset=offset + 0.5 * number, duration=0.25, confidence=0.5 + number / 1000)
        for number, word in enumerate(words)
    )
    text = " ".join(words) if display is None else display
    return SegmentTranscript(
        offset=offset, duration=9.0, display=text, lexical="", confidence=0.75, words=timed
    )


def test_each_sentence_has_its_time_and_its_confidence():
    first, second = sentences(segment(["Good", "day.", "Dr.", "No", "called."]), "en-US")
    assert (first.text, first.offset, first.duration) == ("Good day.", 1.0, 0.75)
    assert (second.text, second.offset, second.end) == ("Dr. No called.", 2.0, 3.25)
    assert first.confidence < second.confidence


def test_a_stretch_without_times_or_with_other_words_is_whole():
    for whole in (segment([], display="One. Two."), segment(["One."], display="One. Two.")):
        [only] = sentences(whole, "en-US")
        assert (only.text, only.offset, only.duration, only.confidence) == ("One. Two.", 1.0, 9.0, 0.75)


@given(st.lists(st.sampled_from(["Yes.", "no", "Why?", "So,", "Mr.", "5.", "it"]), min_size=1))
def test_sentences_are_the_whole_and_survive_the_way_between_processes(words):
    found = list(sentences(segment(words), "en-US"))
    assert [word.word for each in found for word in each.words] == words
    assert " ".join(each.text for each in found) == " ".join(words)
    assert [Spoken.from_json(each.to_json()) for each in found] == found
