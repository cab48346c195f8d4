"""The capitals of a domain's words."""

import pytest

from lect.serving.casing import restore_case, restore_case_of_words

CASING = {
    "bmw": "BMW",
    "iphone": "iPhone",
    "carvedilol": "carvedilol",
    "zyxwell": "Zyxwell",
    "κόσμοσ": "Κόσμος",
    "l'oréal": "L'Oréal",
}


@pytest.mark.parametrize(
    ("written", "restored"),
    [
        ("Bmw, bmws and (bmw)", "BMW, bmws and (BMW)"),
        (
            "νέος κόσμος, l\u2019oréal",
            "νέος Κόσμος, L'Oréal",
        ),
        ("take CarvediLol, not CARVEDILOL", "take carvedilol, not carvedilol"),
        ("CarVedilol helps. \u201cCarVedilol\u201d? Carvedilol!", "Carvedilol helps. \u201cCarvedilol\u201d? Carvedilol!"),
        ("carvedilol helps", "carvedilol helps"),
        ("Call ZYXWELL's IPHONE; bmw\u2019s is off", "Call Zyxwell's iPhone; BMW\u2019s is off"),
        ("Iphone 3.5 Carvedilol", "iPhone 3.5 carvedilol"),
        ("It's, Carvedilol's", "It's, carvedilol's"),
    ],
)  # fmt: skip
def test_listed_words_have_the_capitals_that_are_listed(written, restored):
    assert restore_case(written, CASING) == restored
    assert restore_case(written, {}) == written


def test_words_one_by_one_are_restored_as_their_text():
    words = ["Carvedilol", "is", "Carvedilol.", "Carvedilol", "a\nb"]
    assert restore_case_of_words(words, CASING) == ["Carvedilol", "is", "carvedilol.", "Carvedilol", "a b"]
    assert restore_case_of_words([], CASING) == []
