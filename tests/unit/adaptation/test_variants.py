import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation.numbers import NumberForms
from lect.adaptation.variants import codes, variants

ENGLISH = NumberForms("en")


@pytest.mark.parametrize(
    ("term", "ways"),
    [
        ("flat white", ["flat white"]),
        ("Purple Rain.", ["purple rain"]),
        ("SuperDrive", ["superdrive", "super drive"]),
        ("3CPO", ["3cpo", "3 cpo", "three cpo", "3 c p o", "three c p o"]),
        ("AX-40B", ["ax 40b", "ax 40 b", "ax forty b", "a x 40 b", "a x forty b"]),
        ("McDonald's", ["mcdonald's", "mc donald's"]),
        ("McDonald\u2019s", ["mcdonald's", "mc donald's"]),
        ("MyBookShop", ["mybookshop", "my book shop"]),
        ("90's", ["90's", "90 s", "ninety s"]),
        ("ИнфоТех", ["инфотех", "инфо тех"]),
        ("МГУ", ["мгу", "м г у"]),
        ("हिन्दी", ["हिन्दी"]),
        ("ร้าน", ["ร ้ า น"]),
        ("Cafe\u0301", ["caf\u00e9", "cafe"]),
        ("Søren Kierkegaard", ["søren kierkegaard", "soren kierkegaard"]),
        ("War & Peace", ["war peace", "war and peace"]),
        ("C++ Builder", ["c builder", "c plus plus builder"]),
        ("U.S.A.", ["u s a"]),
        ("sixteen candles", ["sixteen candles", "16 candles"]),
        ("!!!", []),
        ("", []),
    ],
)
def test_a_term_may_be_written_in_these_ways(term, ways):
    assert variants(term, ENGLISH, {}) == ways


def test_what_is_said_for_a_word_is_a_way_to_write_it():
    assert variants("learn .net", ENGLISH, {".net": ["dot net"]}) == ["learn net", "learn dot net"]
    said = {"l'or\u00e9al": ["lorry al"]}
    assert variants("L\u2019Ore\u0301al", ENGLISH, said) == ["l'or\u00e9al", "l'oreal", "lorry al"]


def test_other_languages_than_english_keep_their_accents_and_do_not_say_signs_in_english():
    assert variants("Crêpe & Café", NumberForms("fr"), {}) == ["crêpe café"]


def test_a_long_term_has_few_ways():
    assert len(variants("A1 B2 C3 D4 E5 F6 G7 H8", ENGLISH, {})) <= 12


def test_codes_are_terms_that_are_torn_apart_and_nothing_that_people_say_anyway():
    terms = "AX-40B 3CPO eBay X-40 K9 Fandoro NASA 5% $20 A4 1 1,000 1st 1990s check-in U.S.A. C# McDonald's 2.14 24/7 3.5 16 4017".split()
    assert codes([*terms, "order the RB-210", "ИнфоТех", "Mark Rivers"]) == [
        "2.14",
        "24/7",
        "3CPO",
        "4017",
        "AX-40B",
        "C#",
        "K9",
        "McDonald's",
        "X-40",
        "check-in",
        "eBay",
        "order the RB-210",
        "ИнфоТех",
    ]


def test_names_with_hyphens_and_apostrophes_are_codes_unless_they_are_listed_without_them_too():
    names = [
        "Jean-Luc O'Shaughnessy",
        "Mary-Ann",
        "mary ann",
        "L\u2019Oréal",
        "Wi-Fi",
        "-",
        "'tis",
        "rock 'n' roll",
    ]
    assert codes(names) == ["Jean-Luc O'Shaughnessy", "L\u2019Oréal", "Wi-Fi"]


def test_terms_with_signs_accents_or_abbreviations_are_codes_unless_they_are_listed_in_plain_letters_too():
    names = [
        "War & Peace",
        "Dr. Smith",
        "José",
        "Ana Peña",
        "ana pena",
        "That is it. Or",
        "Yahoo!",
        "5%",
        "M. Hill",
    ]
    assert codes(names) == ["Dr. Smith", "José", "War & Peace"]


WORDS = st.sampled_from(
    ["Grace", "hill", "Sixteen", "one", "hundred", "Mc", "A", "iOS", "USA", "twenty", "É", "x7"]
)


@given(
    st.lists(WORDS, min_size=1, max_size=4).map(" ".join),
    st.sampled_from([{}, {"hill": ["hull"]}, {"a": ["ay"]}]),
)
def test_plain_terms_take_the_short_way_to_the_same_result(term, said):
    not_plain = f"{term} ."  # which has the same words
    assert variants(term, ENGLISH, said) == variants(not_plain, ENGLISH, said)
    assert len(codes([term])) == len(codes([not_plain]))
