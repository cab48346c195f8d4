"""The probability of words that no model has seen."""

from __future__ import annotations

import pytest

from lect.adaptation.spelling import Spelling


def test_a_beginning_is_as_likely_as_all_words_that_have_it():
    spelling = Spelling(letters=3, stop=0.25)
    longer = sum(spelling.prefix("a" + letter) for letter in "abc")
    assert spelling.prefix("a") == pytest.approx(spelling.word("a") + longer)


def test_all_first_letters_together_are_certain():
    spelling = Spelling(letters=3, stop=0.25)
    assert sum(spelling.prefix(letter) for letter in "abc") == pytest.approx(1.0)


def test_a_word_of_any_length_is_possible():
    assert Spelling().word("x" * 100_000) > 0.0
    assert Spelling().word("x" * 20) < Spelling().word("x" * 19)
