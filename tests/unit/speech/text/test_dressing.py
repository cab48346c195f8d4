"""Plain text is written as a recogniser writes, and keeps what it has of its own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.text import normaliser
from lect.speech.text.dressing import Dresser

WORDS = "a flat white please sixteen 16 ounce I i'd Berlin Zyrtec milk. take and? two hundred five dollars".split()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("can i get a small latte", "Can I get a small latte?", id="a question"),
        pytest.param("brew a sixteen ounce latte", "Brew a 16 oz latte.", id="figures"),
        pytest.param("Take Zyrtec twice a day", "Take Zyrtec twice a day.", id="capitals of its own"),
        pytest.param("take two, please", "Take two, please.", id="marks of its own"),
        pytest.param("Take Zyrtec.", "Take Zyrtec.", id="nothing to add"),
        pytest.param("  a \t b ", "A b.", id="blanks"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_english_lines_become_sentences(line, expected):
    assert Dresser("en-US").dressed(line) == expected


@pytest.mark.parametrize(
    ("locale", "line", "expected"),
    [
        ("de-DE", "zwei brezeln bitte", "Zwei brezeln bitte."),
        ("de-DE", "zwei Brezeln bitte", "zwei Brezeln bitte."),
        ("es-ES", "dos cafés", "Dos cafés."),
        ("ja-JP", "コーヒーを二つ", "コーヒーを二つ"),
    ],
)
def test_other_languages_keep_their_words(locale, line, expected):
    assert Dresser(locale).dressed(line) == expected


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9).map(" ".join))
def test_words_never_change(line):
    words = normaliser("en-US").words
    assert words(Dresser("en-US").dressed(line)) == words(line)
