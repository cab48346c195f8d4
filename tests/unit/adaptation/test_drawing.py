"""Sentences drawn from structured text: all sentences and all items have their turns."""

from __future__ import annotations

import pytest

from lect.adaptation.drawing import FEWEST, draw_sentences
from lect.speech.text.structured import Reference, StructuredText, Text

DRINKS = ("latte", "mocha", "americano")
SIZES = tuple(f"size{n}" for n in range(20))


@pytest.fixture
def structured():
    """structured(sentence, ..., drink=(...)) where a sentence is a list of words, and @name is a list."""

    def make(*sentences, **lists):
        frames = tuple(
            tuple(Reference(part[1:]) if part.startswith("@") else Text(part) for part in sentence)
            for sentence in sentences
        )
        return StructuredText(lists=lists, sentences=frames, lexicon=())

    return make


def test_every_item_has_its_turn(structured):
    text = structured(["a ", "@drink", ", please"], drink=DRINKS)
    assert sorted(draw_sentences(text, most=100, seed=0)) == sorted(f"a {drink}, please" for drink in DRINKS)


def test_the_longest_list_of_a_sentence_says_how_often_it_is_drawn(structured):
    text = structured(["a ", "@size", " ", "@drink"], drink=DRINKS, size=SIZES)
    drawn = draw_sentences(text, most=100, seed=0)
    assert {line.split()[1] for line in drawn} == set(SIZES)
    assert {line.split()[2] for line in drawn} == set(DRINKS)
    assert len(drawn) == len(SIZES)


def test_short_lists_meet_each_other_several_times(structured):
    text = structured(["@one", " ", "@two", " ", "@three"], one=("a", "b"), two=("c", "d"), three=("e", "f"))
    assert 3 <= len(draw_sentences(text, most=100, seed=0)) <= FEWEST


def test_a_list_that_no_sentence_refers_to_is_said_by_itself(structured):
    text = structured(["good morning"], drink=DRINKS)
    assert set(draw_sentences(text, most=100, seed=0)) == {"good morning", *DRINKS}


def test_where_there_is_little_room_sentences_are_drawn_less_often_in_equal_measure(structured):
    lists = {f"list{n}": tuple(f"item{n}.{at}" for at in range(500)) for n in range(4)}
    text = structured(*(["say ", f"@{name}"] for name in lists), **lists)
    drawn = draw_sentences(text, most=400, seed=0)
    assert len(drawn) == 400
    shares = [sum(line.startswith(f"say item{n}.") for line in drawn) for n in range(4)]
    assert min(shares) > 70


def test_the_seed_decides(structured):
    text = structured(["a ", "@size", " ", "@drink"], drink=DRINKS, size=SIZES)
    assert draw_sentences(text, most=9, seed=0) == draw_sentences(text, most=9, seed=0)
    assert draw_sentences(text, most=9, seed=0) != draw_sentences(text, most=9, seed=1)


def test_nothing_is_drawn_of_nothing(structured):
    assert draw_sentences(structured(), most=9, seed=0) == []
