"""How names are written."""

from lect.adaptation.casing import beyond, casing_of


def test_the_casing_of_names_is_that_of_their_words():
    assert casing_of(["L\u2019Ore\u0301al", "the eBay", "O'Neil"]) == {
        "l'oréal": "L'Oréal",
        "the": "the",
        "ebay": "eBay",
        "the ebay": "the eBay",
        "o'neil": "O'Neil",
    }


def test_names_of_several_words_have_a_casing_as_a_whole_and_add_what_their_words_do_not():
    casing = casing_of(["Mark Rivers", "Zyxwell Quorn", "flat white", "carvedilol", "Will"])
    known = {"mark", "rivers", "flat", "white", "will"}
    assert beyond(casing, known) == {
        "mark rivers": "Mark Rivers",
        "zyxwell": "Zyxwell",
        "quorn": "Quorn",
        "carvedilol": "carvedilol",
    }
