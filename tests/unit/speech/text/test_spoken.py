"""From phones to what is said, in letters."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text import phones
from lect.speech.text.spoken import spoken_form

GOLDEN = """
cat            k ae t                            cat
.net           D AO T N EH T                     dot net
.net           d aa1 t n eh1 t                   dot net
3CPO           TH R IY S IY P IY OW              three c p o
CNTK           S I EH N T I K EI                 c n t k
IEEE           AI T R IH P AX L I                i triple e
NATO           N EI T O                          nato
C#             S I SH AA R P                     c sharp
AT&T           EI T I AE N D T I                 a t and t
iPhone         AI F O N                          i phone
eBay           I B EI                            e bay
16             S IH K S T I N                    sixteen
42             F AO R T I T U                    forty two
42             F AO R T U                        four two
Wi-Fi          W AI F AI                         wi fi
computer       K AX M P J U T AX R               computer
minor          M AI N AX R                       minor
don't          D O N T                           don't
colonel        K ER R N AX L                     kernal
Nguyen         W IH N                            win
.Nguyen        D Q T W IH N                      dot win
Xu             SH U                              shoo
Ng             EH N JH I                         n g
x              EH K S                            x
"""


@pytest.mark.parametrize("row", GOLDEN.strip().splitlines())
def test_what_is_said(row):
    display, said, spoken = re.split(r"\s{2,}", row)
    assert spoken_form(display, said.split()) == spoken


def test_every_phone_has_letters():
    for phone in phones.UPS:
        assert phones.respell([phone]).isalpha()


@pytest.mark.parametrize(
    ("phone", "known"), [("ae", "AE"), ("AE1", "AE"), ("EY2", "EI"), ("hh", "H"), ("s1", "")]
)
def test_phones_are_known_in_any_case_and_with_stress(phone, known):
    assert phones.canonical(phone) == known


@pytest.mark.parametrize("phone", ["", "QX", "K1", "AE3", "kat", "é"])
def test_other_things_are_no_phones(phone):
    assert phones.canonical(phone) is None


def test_the_nearest_phone_is_told_if_there_is_one():
    assert phones.nearest("aex") in phones.UPS
    assert phones.nearest("?") is None


@given(st.text(max_size=30), st.lists(st.sampled_from(sorted(phones.UPS)), min_size=1, max_size=30))
def test_any_phones_give_words(display, said):
    words = spoken_form(display, said).split()
    assert words
    assert " ".join(words) == spoken_form(display, said)


def test_a_raised_digit_does_no_harm():
    assert spoken_form("m²", ["EH", "M"]) == "m"


def test_hostile_entries_take_no_time():
    began = time.process_time()
    spoken_form("-a" * 29, ["EI", "K"] * 29)
    spoken_form("e" * 5_000, ["I"] * 5_000)
    spoken_form("e" * 60, ["I"] * 60)
    assert time.process_time() - began < 1
