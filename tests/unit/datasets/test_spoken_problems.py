"""What is wrong with how a term is said."""

from __future__ import annotations

import pytest

from lect.datasets.codes import Code
from lect.datasets.spoken import display_problems, spoken_problems


def codes(display, spoken, locale="en-US"):
    return [problem.code for problem in spoken_problems(display, spoken, locale)]


@pytest.mark.parametrize(
    ("display", "spoken"),
    [
        ("3CPO", "three c p o"),
        ("McDonald's", "mac donald's"),
        ("U.S.", "u.s"),
        ("UNESCO", "unesco"),
        ("R&D", "r and d"),
        ("O'Hare", "oh hair"),
    ],
)
def test_words_and_letters_are_fine(display, spoken):
    assert codes(display, spoken) == []


@pytest.mark.parametrize(
    ("spoken", "column", "code"),
    [
        ("three 5 c", 7, Code.AMBIGUOUS_NUMBER),
        ("r & d", 3, Code.SYMBOL),
        ("dot .net", 5, Code.SYMBOL),
        ("a_b", 2, Code.SYMBOL),
    ],
)
def test_the_first_that_can_be_read_in_several_ways_is_told_with_its_column(spoken, column, code):
    (problem,) = spoken_problems("X", spoken, "en-US")
    assert (problem.code, problem.column) == (code, column)


def test_phones_are_told_with_the_words_to_write_instead():
    (problem,) = spoken_problems("Kiki", "k iy k iy", "en-US")
    assert problem.code is Code.PHONES_IN_SPOKEN
    assert problem.suggestion.startswith("Write it so: ")


def test_letters_of_the_phonetic_alphabet_are_letters_where_a_language_writes_with_them():
    assert codes("X", "kəmə", "en-US") == [Code.PHONES_IN_SPOKEN]
    assert codes("X", "kəmə", "az-AZ") == []


def test_letters_that_are_words_or_syllables_are_no_phones():
    assert codes("X", "oh er") == []


def test_an_abbreviation_of_up_to_five_letters_that_is_said_as_a_word_is_told():
    assert codes("US", "us") == [Code.LETTERS_AS_WORD]
    assert codes("U.S.", "us") == [Code.LETTERS_AS_WORD]
    assert codes("US", "u s") == []


def test_a_term_of_more_than_200_letters_is_told_on_both_sides():
    assert Code.TERM_TOO_LONG in codes("X", "abcde " * 41)
    assert codes("X", "abcde " * 39) == []
    assert [problem.code for problem in display_problems("a" * 201)] == [Code.TERM_TOO_LONG]
    assert list(display_problems("a" * 200)) == []
