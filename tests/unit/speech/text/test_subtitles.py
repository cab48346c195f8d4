"""Subtitles: what people can read, and that no word is lost, doubled or moved."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text.subtitles import (
    GAP,
    LINE,
    LINES,
    LONGEST,
    READ,
    SHORTEST,
    Stretch,
    Timed,
    as_srt,
    as_vtt,
    columns,
    cues,
)

CLOSE = 0.0011  # seconds that are lost by rounding
TALK = (
    "Good morning, everybody, and welcome to the harbour. Today we look at how a ship is loaded, how its weight is spread "
    "over the hull, and why that matters when the wind comes from the side. Mind the step. Then let us go."
)


def stretch(text, *, each=0.3, start=0.0, pauses=None, locale="en-US"):
    """Words that take `each` seconds; `pauses` are seconds behind a word of a place."""
    words, at = [], start
    for place, word in enumerate(text.split() if locale != "zh-CN" else text):
        words.append(Timed(text=word, start=at, end=at + each))
        at += each + (pauses or {}).get(place, 0.0)
    return Stretch(text=text, start=start, end=at, locale=locale, words=tuple(words))


def texts(found):
    return [" ".join(cue.lines) for cue in found]


def test_a_talk_is_cut_where_sentences_and_clauses_end():
    assert [cue.lines for cue in cues([stretch(TALK)])] == [
        ("Good morning, everybody,", "and welcome to the harbour."),
        ("Today we look at how a ship is loaded,", "how its weight is spread over the hull,"),
        ("and why that matters when", "the wind comes from the side."),
        ("Mind the step. Then let us go.",),
    ]


def test_nothing_is_shown_across_a_silence():
    assert texts(cues([stretch("Wait for it now.", pauses={1: 4.0})])) == ["Wait for", "it now."]


def test_a_title_ends_no_sentence():
    assert texts(cues([stretch("This morning we all went to see Dr. Smith at her new house.")])) == [
        "This morning we all went to see Dr. Smith at her new house."
    ]


def test_a_short_word_stays_long_enough_to_be_read():
    [first, second] = cues([stretch("Yes.", each=0.2), stretch("No.", each=0.2, start=9.0)])
    assert first.end - first.start == pytest.approx(SHORTEST, abs=CLOSE)
    assert second.start == 9.0


def test_a_moment_between_two_cues_becomes_a_gap():
    [first, second] = cues(
        [stretch("One, two, three, four, five, six.", each=0.5), stretch("Seven.", start=3.2)]
    )
    assert second.start - first.end == pytest.approx(GAP, abs=CLOSE)


def test_chinese_has_half_as_many_characters_in_a_line_and_no_blanks():
    text = "今天我们来看看一艘船是怎么装货的，重量是怎么分布在船体上的，以及为什么风从侧面吹来时这很重要。"
    found = cues([stretch(text, each=0.15, locale="zh-CN")])
    assert "".join("".join(cue.lines) for cue in found) == text
    assert max(columns(line) for cue in found for line in cue.lines) <= LINE


def test_a_text_without_times_is_spread_over_its_time():
    found = cues([Stretch(text=TALK, start=10.0, end=30.0, locale="en-US")])
    assert " ".join(texts(found)) == TALK
    assert found[0].start == 10.0
    assert len(found) > 3


def test_srt_is_numbered_and_vtt_is_escaped():
    found = cues([stretch("R&D <x> now.", start=3661.0)])
    assert as_srt(found) == "1\n01:01:01,000 --> 01:01:01,900\nR&D <x> now.\n\n"
    assert as_vtt(found) == "WEBVTT\n\n01:01:01.000 --> 01:01:01.900\nR&amp;D &lt;x&gt; now.\n\n"


def test_a_silent_recording_has_none():
    assert (as_srt(cues([])), as_vtt(cues([]))) == ("", "WEBVTT\n\n")


WORDS = st.tuples(
    st.text("abcdefghij", min_size=1, max_size=50),
    st.sampled_from(["", "", "", "", ",", ".", "?"]),
    st.floats(0.0, 3.0),  # seconds it takes
    st.floats(0.0, 3.0),  # of silence behind it
)


@st.composite
def speech(draw):
    found, at = [], 0.0
    for text, mark, long, silence in draw(st.lists(WORDS, min_size=1, max_size=60)):
        found.append(Timed(text=text + mark, start=at, end=at + long))
        at += long + silence
    return found


def stretched(words):
    return [Stretch(text="", start=0.0, end=0.0, locale="en-US", words=tuple(words))]


@given(speech())
def test_every_word_is_there_once_and_in_order(words):
    said = [word for cue in cues(stretched(words)) for line in cue.lines for word in line.split()]
    assert said == [word.text for word in words]


@given(speech())
def test_lines_are_short_and_few(words):
    for cue in cues(stretched(words)):
        assert 1 <= len(cue.lines) <= LINES
        assert all(columns(line) <= LINE for line in cue.lines) or len(cue.lines[0].split()) == 1


@given(speech())
def test_cues_are_in_order_and_never_two_at_once(words):
    found = cues(stretched(words))
    assert all(cue.start <= cue.end for cue in found)
    assert all(a.end <= b.start + CLOSE for a, b in pairwise(found))


@given(speech())
def test_a_cue_is_there_while_its_words_are_said_and_not_for_ever(words):
    found, place = cues(stretched(words)), 0
    for cue in found:
        said = words[place : place + len(" ".join(cue.lines).split())]
        place += len(said)
        assert abs(cue.start - said[0].start) <= CLOSE
        assert cue.end >= said[-1].end - GAP - CLOSE
        assert cue.end - cue.start <= LONGEST + CLOSE or len(said) == 1


@given(speech())
def test_where_the_next_one_leaves_time_a_cue_can_be_read(words):
    found = cues(stretched(words))
    for cue, following in zip(found, [each.start for each in found[1:]] + [float("inf")], strict=True):
        wanted = min(max(SHORTEST, sum(map(columns, cue.lines)) / READ), LONGEST)
        assert cue.end - cue.start >= min(wanted, following - cue.start - GAP) - CLOSE


@given(speech(), st.data())
def test_times_that_go_back_are_put_in_order(words, data):
    shuffled = data.draw(st.permutations(words))
    found = cues(stretched(shuffled))
    assert [cue.start for cue in found] == sorted(cue.start for cue in found)
    assert re.findall(r"\S+", " ".join(texts(found))) == [word.text for word in shuffled]
