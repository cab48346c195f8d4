"""The capitals of a domain's words."""

import pytest

from lect.adaptation.casing import beyond, casing_of
from lect.serving.casing import Casing

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
    assert Casing(CASING).restored(written) == restored
    assert Casing().restored(written) == written


LISTED = ["Mark Rivers", "Mark Rivers Hall", "Grace Hill", "US Open", "the Cat of McFandoro"]
ORDINARY = frozenset("mark rivers hall grace hill us open the cat of".split())
NAMES = Casing(beyond(casing_of(LISTED), ORDINARY))


@pytest.mark.parametrize(
    ("written", "restored"),
    [
        ("is mark rivers in?", "is Mark Rivers in?"),
        ("will you mark the rivers on the hill", "will you mark the rivers on the hill"),
        ("mark. Rivers flow, mark, rivers", "mark. Rivers flow, mark, rivers"),
        ("in mark rivers hall with GRACE HILL's", "in Mark Rivers Hall with Grace Hill's"),
        ("the Us Open, the US open", "the Us Open, the US Open"),
        ("The cat of mcfandoro, The Cat Of Mcfandoro", "The Cat of McFandoro, the Cat of McFandoro"),
    ],
)
def test_names_of_ordinary_words_have_their_capitals_where_they_stand_as_a_whole(written, restored):
    assert NAMES.restored(written) == restored


def test_words_one_by_one_are_restored_as_their_text():
    words = ["Carvedilol", "is", "Carvedilol.", "Carvedilol", "a\nb"]
    assert Casing(CASING).restored_words(words) == ["Carvedilol", "is", "carvedilol.", "Carvedilol", "a b"]
    assert Casing(CASING).restored_words([]) == []


def test_a_name_that_is_listed_with_a_blank_is_written_with_one():
    casing = Casing({"grace hill": "Grace Hill", "jean-luc": "Jean-Luc"})
    assert casing.restored("Ask grace-hill, or Grace - Hill.") == "Ask Grace Hill, or Grace - Hill."
