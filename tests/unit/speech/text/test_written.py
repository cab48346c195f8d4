"""Display forms where terms are recognised, however the recogniser wrote them."""

from __future__ import annotations

import random
import string
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.written import WrittenForms

TERMS = {
    "three c p o": "3CPO",
    "m s t h": "MSTH",
    "u p s": "UPS",
    "u s": "US",
    "i a m": "IAM",
    "u k": "U.K.",
    "x twelve thirty four": "X1234",
    "r t x five thousand ninety": "RTX-5090",
    "i triple e": "IEEE",
    "double oh seven": "007",
    "r and d": "R&D",
    "dot net": ".NET",
    "c plus plus": "C++",
    "c sharp": "C#",
    "node dot j s": "Node.js",
    "v three point five": "V3.5",
    "a b dash twelve": "AB-12",
    "sequel": "SQL",
    "sequel server": "SQL Server",
    "mac donald's": "McDonald's",
}
ORDINARY = frozenset("us ups tell give aid net result i am we dot one two three".split())


def forms(terms=TERMS, **options):
    entries = [Pronunciation(display=display, spoken=spoken) for spoken, display in terms.items()]
    return WrittenForms(entries, **{"ordinary": ORDINARY} | options)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("ask three c p o about it", "ask 3CPO about it"),
        ("3 CPO, 3CPO, three CPO, Three C.P.O., 3-cpo", "3CPO, 3CPO, 3CPO, 3CPO, 3CPO"),
        ("a word about M S T H.", "a word about MSTH."),
        ("a word about M.S.T.H. and more", "a word about MSTH and more"),
        ("M.S.T.H. It is", "MSTH. It is"),
        ("M, S, T, H and M. S. T. H.", "MSTH and MSTH."),
        ("three c p o's and 3 CPO\u2019s and the 3 CPOs", "3CPO's and 3CPO\u2019s and the 3CPOs"),
        ("x one two three four", "X1234"),
        ("X 1234, X-1234, x12 34, X12:34, X1,234", "X1234, X1234, X1234, X1234, X1234"),
        ("x one thousand two hundred and thirty-four", "X1234"),
        ("an R.T.X. 50 90 and an RTX fifty ninety", "an RTX-5090 and an RTX-5090"),
        ("I-triple-E, IEEE, i e e e", "IEEE, IEEE, IEEE"),
        ("Double-O-7, 0 0 7, zero zero seven", "007, 007, 007"),
        ("R & D, r&d, R and D", "R&D, R&D, R&D"),
        ("C plus plus, c++", "C++, C++"),
        ("C sharp (c#)", "C# (C#)"),
        ("node js, Node.JS, node dot J.S.", "Node.js, Node.js, Node.js."),
        ("V 3.5 and v three point five", "V3.5 and V3.5"),
        ("AB12 and A-B-12", "AB-12 and AB-12"),
        ("in the UK. The U.K. is", "in the U.K. The U.K. is"),
        ("a sequel server, a sequel", "a SQL Server, a SQL"),
        ("Mac Donalds, MacDonald's", "McDonald's, McDonald's"),
        ("twenty three c p o", "twenty 3CPO"),
        ("anti-3 cpo, UPS/three c p o", "anti-3CPO, UPS/3CPO"),
    ],
)  # fmt: skip
def test_a_term_is_written_as_it_is_displayed(heard, written):
    assert forms().written(heard) == written


@pytest.mark.parametrize(
    "heard",
    [
        "sequels and mysequel, prequel",
        "www.3cpo.com, 3cpo@example.com, x3cpo, 3cpox",
        "a threecpo'd thing, d'threecpo",
        "1,123 x 12345",
        "three C! P O, three; c p o",
        "We are three. C P O is not",
    ],
)
def test_what_stands_inside_another_word_or_across_sentences_is_left_alone(heard):
    assert forms().written(heard) == heard


@pytest.mark.parametrize(
    "heard", ["tell us, give us", "the net result", "I am what I am", "the ups and downs"]
)
def test_ordinary_words_are_no_terms(heard):
    assert forms().written(heard) == heard


def test_the_same_letters_in_capitals_or_one_by_one_are_a_term():
    assert forms().written("the US, u s, I A M, .net") == "the US, US, IAM, .NET"


def test_numbers_are_read_in_the_language_of_the_text():
    german = forms({"a drei vier": "A34", "b vierunddreißig": "B34"}, language="de")
    assert german.written("der a vierunddreißig, der A drei vier, B 34") == "der A34, der A34, B34"
    assert german.written("a thirty four") == "a thirty four"


def test_scripts_without_blanks_have_a_border_at_each_character():
    assert forms({"三 c p o": "3CPO"}, language="zh").written("我是三CPO的朋友") == "我是3CPO的朋友"


def test_the_spoken_form_is_given_for_any_way_to_write_a_term():
    assert forms().spoken("Ask 3CPO, X 1234 and IEEE.") == (
        "Ask three c p o, x twelve thirty four and i triple e."
    )


def test_of_two_display_forms_said_alike_the_first_of_the_alphabet_is_written():
    entries = [Pronunciation(display=display, spoken="x y") for display in ("XY", "X-Y", "Xy")]
    for order in (entries, entries[::-1]):
        assert WrittenForms(order).written("an x y") == "an X-Y"


def test_the_order_of_entries_does_not_matter():
    pairs = list(TERMS.items())
    random.Random(1).shuffle(pairs)
    text = "the sequel server of three c p o is in the u k with dot net"
    assert forms(dict(pairs)).written(text) == forms().written(text)


@given(st.text(alphabet=st.sampled_from("abceopstu 3.,'-\u2019&#A?\u0301三²½ſ"), max_size=60) | st.text())
def test_a_text_without_entries_is_unchanged(text):
    assert WrittenForms().written(text) == text
    assert forms({"q q q q q": "QQ"}).written(text.replace("q", "").replace("Q", "")) == text.replace(
        "q", ""
    ).replace("Q", "")


codes = st.text(string.ascii_uppercase + string.digits, min_size=2, max_size=6)
around = st.text(string.ascii_lowercase + " .,!?'-", max_size=20)


@given(st.lists(codes, min_size=1, max_size=5), around, around)
def test_what_is_displayed_is_stable(displays, before, after):
    written = forms({" ".join(display.lower()): display for display in displays}, ordinary=()).written
    once = written(f"{before} {' '.join(displays)} {after}")
    assert written(once) == once
    assert written(displays[0]) == displays[0]


@given(st.text())
def test_any_text_can_be_searched(text):
    written = forms()
    for match in written.find(text):
        assert 0 <= match.start < match.end <= len(text)


def steps(act):
    """How many lines of Python an act takes: its time, whatever else the machine does."""
    count = 0

    def note(frame, event, argument):
        nonlocal count
        count += 1
        return note

    before = sys.gettrace()
    sys.settrace(note)
    try:
        act()
    finally:
        sys.settrace(before)
    return count


@pytest.fixture(scope="module")
def hostile():
    return forms({"a " * 150 + "b": "AB", "one " * 150 + "b": "OB", "a " * 100_000: "A", "a b " * 70: "X"})


@pytest.mark.parametrize("text", ["a ", "a.b.", ".", "one ", "double "])
def test_hostile_terms_take_linear_time(hostile, text):
    hostile.written(text)  # what is remembered is remembered now
    short, long = (steps(lambda times=times: hostile.written(text * times)) for times in (200, 400))
    assert long < 3 * short  # and not 4 times


def test_fifteen_thousand_terms_are_found_as_quickly_as_fifteen_hundred():
    few, many = (
        forms({f"z {' '.join(str(number))}": f"Z-{number}" for number in range(count)})
        for count in (1_500, 15_000)
    )
    assert many.written("z 1 4 9 9 9 and z one two " * 30) == "Z-14999 and Z-12 " * 30
    text = "z 1 4 9 9 and z one two " * 30
    assert few.written(text) == many.written(text)
    assert steps(lambda: many.written(text)) < 1.5 * steps(lambda: few.written(text))


def test_a_term_that_nobody_can_say_is_left_out():
    assert forms({"...": "DOTS", "a" * 500: "LONG"}).written("a ... " + "a" * 500) == "a ... " + "a" * 500


@pytest.mark.parametrize("text", ["a X 40 b", "the ax-40 B", "AX40B", "A.X. forty B"])
def test_a_code_is_found_however_it_is_torn_apart_and_says_nothing_of_the_lexical_form(text):
    forms = WrittenForms(codes=["AX-40B"])
    assert "AX-40B" in forms.written(text)
    assert forms.spoken(text) == text


def test_a_code_gives_way_to_a_term_that_is_said_alike_and_to_ordinary_words():
    terms = [Pronunciation(display="3CPO", spoken="three c p o")]
    forms = WrittenForms(terms, codes=["3-CPO", "SuperDrive"], ordinary={"super", "drive"})
    assert forms.written("ask three c p o for a super drive") == "ask 3CPO for a super drive"
    assert forms.written("a Superdrive") == "a SuperDrive"


def test_numbers_of_a_term_that_is_said_in_ordinary_words_may_be_figures():
    terms = [Pronunciation(display="v3.0-rc1", spoken="version three release candidate one")]
    forms = WrittenForms(terms, ordinary={"version", "release", "candidate", "one", "three"})
    assert forms.written("try version 3 release candidate 1 now") == "try v3.0-rc1 now"
    assert forms.written("a version released") == "a version released"


ROOMS = WrittenForms(
    codes=["2.14", "3.07", "4017", "24/7", "1.25", "250", "Room 5.11", "v2.0.1"],
    ordinary=frozenset("two three seven oh fourteen forty seventeen hundred room in at the".split()),
)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("in 2-14. In 2 14, in two 14, in two fourteen", "in 2.14. In 2.14, in 2.14, in 2.14"),
        ("in two point fourteen, two one four", "in 2.14, 2.14"),
        ("in 3 07, 3-0-7, three oh seven", "in 3.07, 3.07, 3.07"),
        ("extension 40-17", "extension 4017"),
        ("40, 17 or 4,017", "4017 or 4017"),
        ("forty seventeen, 4 0 1 7, four thousand seventeen", "4017, 4017, 4017"),
        ("open 24-7", "open 24/7"),
        ("in room 5-11, in room 511", "in Room 5.11, in Room 5.11"),
        ("try V 2.0.1, v 2 0 1", "try v2.0.1, v2.0.1"),
    ],
)
def test_figures_that_are_listed_are_put_together_where_they_are_torn(heard, written):
    assert ROOMS.written(heard) == written


@pytest.mark.parametrize(
    "heard",
    [
        "214 chairs, 307, $214, two hundred fourteen",
        "at 2:14, at 2:14 p.m., 2-14-15, 12-14",
        "there are 2. 14 are here",
        "take 1 25 milligram tablet, take 2 50 mg tablets",
        "1 25%, 24 7 hours, $2 14",
        "$40-17, 401 7, 4 017",
    ],
)
def test_the_same_digits_as_another_number_or_an_amount_are_not_what_is_listed(heard):
    assert ROOMS.written(heard) == heard


def test_figures_with_a_pronunciation_are_written_wherever_they_may_be_meant():
    forms = WrittenForms([Pronunciation(display="2.14", spoken="two fourteen")])
    assert forms.written("in 214, 2:14, 2-14 or two fourteen") == "in 2.14, 2.14, 2.14 or 2.14"
    assert (
        forms.written("Room 214 is free, 214 was not. Is 214 as good?")
        == "Room 2.14 is free, 2.14 was not. Is 2.14 as good?"
    )


def test_torn_figures_are_put_together_whatever_follows_them():
    assert ROOMS.written("2-14 rings, 40-17 of them, page 2-14") == "2.14 rings, 4017 of them, page 2.14"


@pytest.mark.parametrize(
    "amount",
    [
        *("$214", "at 2:14 p.m.", "214 milligrams", "2-14-15", "two hundred fourteen chairs"),
        *("There were 214 chairs in three rooms", "214 people came", "I counted 214 errors", "214 of them"),
        *("page 214 of 307", "see pages 307", "At 2:14 the train left", "before 2:14"),
    ],
)
def test_figures_that_count_something_are_not_what_is_listed(amount):
    entries = [
        Pronunciation(display="2.14", spoken="two fourteen"),
        Pronunciation(display="3.07", spoken="three oh seven"),
    ]
    assert WrittenForms(entries).written(amount) == amount


def test_a_display_form_in_small_letters_keeps_the_capital_of_a_sentence():
    forms = WrittenForms([Pronunciation(display="gif", spoken="jiff")])
    assert forms.written("Jiff or gif? A Jiff.") == "Gif or gif? A gif."


NAMES = WrittenForms(
    codes=[
        *(
            "Jean-Luc O'Shaughnessy",
            "Well-Known",
            "check-in",
            "Check-out",
            "X-ray",
            "Coca-Cola",
            "Denny's Hill",
            "Wi-Fi",
        ),
        *("O\u2019Neil", "Driver's License"),
    ],
    ordinary=frozenset("a well known man check checks in out cola hill driver license x ray the hi".split()),
)


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("Call Jean Luc O'Shaughnessy.", "Call Jean-Luc O'Shaughnessy."),
        ("JeanLuc O\u2019Shaughnessy's desk", "Jean-Luc O'Shaughnessy's desk"),
        ("jean-luc o shaughnessy, Jean Luc Oshaughnessy", "Jean-Luc O'Shaughnessy, Jean-Luc O'Shaughnessy"),
        ("oneil or O'Neil", "O\u2019Neil or O\u2019Neil"),
        ("a coca cola, a Coca Cola", "a Coca-Cola, a Coca-Cola"),
        ("an x ray, X Ray", "an X-ray, X-ray"),
        ("wifi, WiFi, Wi Fi", "Wi-Fi, Wi-Fi, Wi-Fi"),
        ("at Dennys Hill", "at Denny's Hill"),
        ("a Well Known man, the wellknown man", "a Well-Known man, the Well-Known man"),
    ],
)
def test_a_name_has_its_hyphens_and_apostrophes_however_it_is_written(heard, written):
    assert NAMES.written(heard) == written
    assert NAMES.spoken(heard) == heard


@pytest.mark.parametrize(
    "heard",
    [
        *("a well known man", "Well known, that man", "He checks in", "Check in. Check out.", "I check out"),
        *("Denny S. Hill", "Jean. Luc O'Shaughnessy", "Jean, Luc O'Shaughnessy", "the driver's license"),
    ],
)
def test_ordinary_words_and_other_names_are_not_joined(heard):
    assert NAMES.written(heard) == heard


LISTED = WrittenForms(
    codes=["@Home", "@Home Kit", "A+", "AT&T", "C++ Builder", "Dr. Smith", "José", "L'Oréal", "R&D", "Résumé", "Tomáš Dvořák", "War & Peace"],
    ordinary={*"war and peace at home kit resume the jose smith builder plus is".split()},
)  # fmt: skip


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("I saw Dr Smith and Dr. Smith.", "I saw Dr. Smith and Dr. Smith."),
        ("Open C plus plus builder.", "Open C++ Builder."),
        ("He read war and peace.", "He read War & Peace."),
        ("I read War & Peace.", "I read War & Peace."),
        ("The at home kit.", "The @Home Kit."),
        ("I am at home.", "I am at home."),
        ("It is a plus.", "It is a plus."),
        ("A plus is that.", "A plus is that."),
        ("She is in R and D.", "She is in R&D."),
        ("Call AT and T.", "Call AT&T."),
        ("Ask Tomas Dvorak or Tomáš Dvorak.", "Ask Tomáš Dvořák or Tomáš Dvořák."),
        ("Ask Loreal or L'Oreal.", "Ask L'Oréal or L'Oréal."),
        ("I met Jose.", "I met José."),
        ("Resume the war. Please resume it.", "Resume the war. Please resume it."),
        ("My resume and my résumé.", "My resume and my Résumé."),
    ],
)
def test_what_is_listed_with_signs_accents_or_abbreviations_is_written_so(heard, written):
    assert LISTED.written(heard) == written


def test_accents_are_told_apart_where_the_language_has_them():
    assert WrittenForms(codes=["Peña"], language="es").written("La pena") == "La pena"
