"""What is left of respellings becomes the display form, and other words stay."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.written import WrittenForms

SAID = {
    "muller loodenshites": "Müller-Lüdenscheidt",
    "shivawn okeef": "Siobhan O'Keeffe",
    "tandy way oh con joe": "Thandiwe Okonjo",
    "shwarts cop and zerner": "Schwarzkopf & Söhne",
    "seersha": "Saoirse",
    "so cheel": "Xochitl",
    "quick so": "Qwixxo",
    "clo pid o grel": "clopidogrel",
    "mac donald's": "McDonald's",
    "three c p o": "3CPO",
}
ORDINARY = frozenset(
    "muller mr doctor way oh con joe cop and so to quick clo pid o mac donald is the we met murder three".split()
)
ENTRIES = [Pronunciation(display=display, spoken=spoken) for spoken, display in SAID.items()]
FORMS = WrittenForms(ENTRIES, codes=["Müller-Lüdenscheidt", "Siobhan O'Keeffe"], ordinary=ORDINARY)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("We met Müller-Lüdenscheidt muller-loodenshites.", "We met Müller-Lüdenscheidt."),
        ("muller loodenshites Müller Lüdenscheidt is", "Müller-Lüdenscheidt is"),
        ("Saoirse seersha is", "Saoirse is"),
        ("seersha Saoirse, is", "Saoirse, is"),
    ],
)
def test_a_spoken_form_beside_its_display_form_is_one_term_with_it(heard, written):
    assert FORMS.written(heard) == written
    assert len(FORMS.find(heard)) == 1


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("Müller-Loodenshites and MULLER-LOODENSHITES", "Müller-Lüdenscheidt and Müller-Lüdenscheidt"),
        ("Mr. Loodenshites is", "Mr. Lüdenscheidt is"),
        ("ask Shivawn", "ask Siobhan"),
        ("to cheel", "to Xochitl"),
    ],
)
def test_a_word_of_a_spoken_form_is_the_word_of_the_display_form_or_else_the_term(heard, written):
    assert FORMS.written(heard) == written


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("Doctor Muller Looden' shiits is", "Doctor Müller-Lüdenscheidt is"),
        ("met muller looden", "met Müller-Lüdenscheidt"),
        ("SHWARTS COP, and ZERNER is", "Schwarzkopf & Söhne is"),
        ("met SHWARTS cop and murder.", "met Schwarzkopf & Söhne."),
        ("Tandy way, oh con Joe, is", "Thandiwe Okonjo, is"),
        ("met Tandy Way O'Conjo.", "met Thandiwe Okonjo."),
    ],
)
def test_a_spoken_form_that_is_cut_short_or_nearly_right_is_the_term(heard, written):
    assert FORMS.written(heard) == written


def test_the_spoken_form_of_what_is_left_is_the_whole_one():
    assert FORMS.spoken("Tandy Way O'Conjo is, Müller-Lüdenscheidt muller-loodenshites") == (
        "tandy way oh con joe is, muller loodenshites"
    )


@pytest.mark.parametrize(
    "heard",
    [
        *("Muller is", "Donald is", "the grel", "Tandy is", "quick, so the murder", "way oh way", "so to so"),
        *("the loo", "loodenberger", "Mullerson is", "Cheeler", "Seershan"),
    ],
)
def test_other_words_are_nothing_that_is_left(heard):
    assert FORMS.written(heard) == heard


def test_a_term_that_is_said_twice_or_in_two_sentences_is_written_twice():
    assert FORMS.written("Saoirse. Seersha, seersha seersha") == "Saoirse. Saoirse, Saoirse Saoirse"
    assert FORMS.written("3CPO three c p o") == "3CPO 3CPO"


def test_what_is_left_ends_with_its_sentence_and_between_blanks():
    assert FORMS.written("met shwarts. Cop and zerner-zone is") == "met shwarts. Cop and zerner-zone is"


@given(
    st.lists(
        st.sampled_from([*ORDINARY, *" ".join(SAID).split(), *SAID.values(), ".", ",", "-"]), max_size=12
    )
)
def test_places_are_in_order_and_apart_and_written_forms_are_stable(words):
    text = " ".join(words)
    matches = FORMS.find(text)
    assert all(a.end <= b.start for a, b in pairwise(matches))
    assert all(match.start < match.end for match in matches)
    once = FORMS.written(text)
    assert FORMS.find(once) == [] or FORMS.written(once) == once
