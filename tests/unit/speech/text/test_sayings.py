"""Lines for a language model with terms as they are written and as they are said."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.sayings import Sayings


def sayings(*entries, **options):
    return Sayings([Pronunciation(display=display, spoken=spoken) for display, spoken in entries], **options)


def test_a_line_is_followed_by_what_is_said_for_it():
    terms = sayings(("3CPO", "three c p o"), ("SQL", "sequel"))
    assert list(terms.lines(["Ask 3CPO about SQL.", "Nothing here."])) == [
        "Ask 3CPO about SQL.",
        "Ask three c p o about sequel.",
        "Ask 3 c p o about sequel.",
        "Ask three cpo about sequel.",
        "Ask 3 cpo about sequel.",
        "Ask 3cpo about sequel.",
        "Nothing here.",
    ]


def test_every_way_to_say_a_term_has_its_line():
    terms = sayings(("SQL", "sequel"), ("SQL", "s q l"))
    assert list(terms.lines(["SQL"])) == ["SQL", "s q l", "sql", "sequel"]


def test_terms_are_found_in_other_spellings_but_not_in_ordinary_words():
    terms = sayings(("US", "u s"), ("sql", "sequel"), ordinary={"us", "tell"})
    assert list(terms.lines(["Tell us.", "The U.S.", "Sql"])) == [
        "Tell us.",
        "The U.S.",
        "The u s.",
        "The us.",
        "Sql",
        "sequel",
    ]


def test_each_term_is_a_line_of_its_own_in_an_order_that_does_not_depend_on_the_file():
    entries = [("SQL", "sequel"), ("3CPO", "three c p o"), ("SQL", "sequel")]
    lines = ["3CPO", "three c p o", "3 c p o", "three cpo", "3 cpo", "3cpo", "SQL", "sequel"]
    assert list(sayings(*entries).alone()) == list(sayings(*entries[::-1]).alone()) == lines


@pytest.mark.parametrize(
    ("spoken", "written"),
    [
        ("a x forty b", ["a x 40 b", "ax forty b", "ax 40 b", "ax40b"]),
        ("b two oh four", ["b 204", "b204"]),
        ("x twelve thirty four", ["x 1234", "x1234"]),
        ("version two point four", ["version 2.4"]),
        ("i triple e", []),
    ],
)
def test_letters_and_numbers_are_expected_as_recognisers_write_them(spoken, written):
    assert list(sayings(("TERM", spoken)).alone()) == ["TERM", spoken, *written]


@given(st.lists(st.text()))
def test_without_terms_the_lines_are_the_lines(lines):
    assert list(sayings().lines(lines)) == lines
