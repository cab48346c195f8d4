"""Structured text as sentences with tags and lists with weights."""

from __future__ import annotations

import pytest

from lect.adaptation.structured import saying, tag_lists
from lect.adaptation.text import tag
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Reference, StructuredText, Text


def tagged(lists, *sentences, **options):
    structured = StructuredText(lists=lists, sentences=sentences, lexicon=())
    return tag_lists(structured, language="en", **options)


def test_an_item_has_weight_one_each_time_it_is_listed_shared_by_the_ways_to_write_it():
    (weights,) = tagged({"part": ("tea", "tea", "AX-7")}).weights
    assert weights["tea"] == 2.0
    assert sum(weights.values()) == pytest.approx(3.0)
    assert weights["ax 7"] == weights["a x seven"]


def test_a_list_that_no_sentence_names_is_a_sentence_by_itself():
    text = tagged({"drink": ("tea",), "milk": ("oat",)}, (Text("a "), Reference("drink")))
    assert [" ".join(line.split()) for line in text.lines] == [f"a {tag(0)}", tag(1)]


def test_a_list_without_a_word_goes_and_takes_its_sentences_with_it():
    text = tagged({"drink": ("tea",), "none": ("!!!",)}, (Reference("none"), Reference("drink")))
    assert (text.lines, len(text.weights)) == ((tag(0),), 1)


@pytest.mark.parametrize("ending", ["s", "'s", "\u2019s"])
def test_the_ending_that_is_glued_to_a_list_belongs_to_its_items(ending):
    (line,) = tagged({"drink": ("tea",)}, (Text("our "), Reference("drink"), Text(f"{ending} are hot"))).lines
    assert line.split() == ["our", tag(0), "are", "hot"]


def test_a_word_that_begins_with_s_behind_a_list_stays():
    (line,) = tagged({"drink": ("tea",)}, (Reference("drink"), Text("so hot"))).lines
    assert line.split() == [tag(0), "so", "hot"]


def test_what_is_said_for_an_item_is_a_way_to_write_it():
    terms = [Pronunciation(display="SQL", spoken="sequel")]
    (weights,) = tagged({"part": ("SQL",)}, terms=terms).weights
    assert weights.keys() == {"sql", "s q l", "sequel"}


def test_a_word_may_be_said_in_several_ways():
    said = saying([Pronunciation(display="SQL", spoken=way) for way in ("sequel", "s q l")])
    assert said["sql"] == ["sequel", "s q l"]
