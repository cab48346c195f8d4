"""Timed words in which terms are one."""

from __future__ import annotations

import pytest

from lect.engines.contract import Word
from lect.serving.terms import with_terms
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.written import WrittenForms

FORMS = WrittenForms(
    Pronunciation(display=display, spoken=spoken)
    for display, spoken in (("3CPO", "three c p o"), ("UPS", "u p s"), ("SQL Server", "sequel server"))
)


def timed(text):
    """Words of half a second each, the later the less sure."""
    return [
        Word(word=word, offset=i / 2, duration=0.5, confidence=1 - i / 10)
        for i, word in enumerate(text.split())
    ]


def test_the_words_of_a_term_are_one_from_the_first_to_the_last_as_sure_as_the_least_sure():
    ask, term, now = with_terms(timed("(Ask) Three C.P. O, now"), FORMS)
    assert (ask, now) == (timed("(Ask)")[0], timed("a b c d now")[4])
    assert term == Word(word="3CPO,", offset=0.5, duration=1.5, confidence=0.7)


def test_two_terms_that_share_a_word_become_one_word():
    assert [word.word for word in with_terms(timed("by u p s/three c p o's car"), FORMS)] == [
        "by",
        "UPS/3CPO's",
        "car",
    ]


def test_a_display_form_with_blanks_is_several_words_that_share_the_time():
    first, second = with_terms(timed("Sequel-Server"), FORMS)
    assert (first.word, second.word) == ("SQL", "Server")
    assert first.offset == 0
    assert second.offset == pytest.approx(first.duration, abs=0.001)
    assert second.offset + second.duration == pytest.approx(0.5, abs=0.002)
    assert first.confidence == second.confidence == 1


@pytest.mark.parametrize("text", ["", "nothing to see", "a sequel  here"])
def test_words_without_a_term_stay_as_they_are(text):
    assert list(with_terms(timed(text), FORMS)) == timed(text)


def test_words_say_what_the_text_says():
    text = "Ask u p s. three c p o and the 3 CPO's sequel server."
    assert " ".join(word.word for word in with_terms(timed(text), FORMS)) == FORMS.written(text)
