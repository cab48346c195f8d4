"""Every edit of display tokens has exactly one class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.scoring import align
from lect.speech.scoring.tokens import TokenErrors, token_errors
from lect.speech.text import normaliser
from lect.speech.text.tokens import display_tokens

WORDS = normaliser("en-US").words
SENTENCE = st.lists(
    st.sampled_from(
        "It costs $ 20 , . ? twenty dollars Dollars please Please % percent 3:30 and one 1".split()
    )
).map(" ".join)


def errors(reference, hypothesis):
    alignment = align(display_tokens(reference), display_tokens(hypothesis))
    return token_errors(alignment, normalise=WORDS), alignment.counts.errors


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("Yes, please.", "Yes please", {"punctuation": 2}),
        ("Yes, please.", "Yes. please?", {"punctuation": 2}),
        ("Anna sees Paris", "anna sees paris", {"capitalization": 2}),
        ("It costs $20", "It costs twenty dollars", {"itn": 2}),
        ("20 dollars please", "$20 please", {"itn": 2}),
        ("5 percent", "5 %", {"itn": 1}),
        ("sixteen-ounce latte", "16-ounce latte", {"itn": 1}),
        ("we do not know", "we don't know", {"itn": 2}),
        ("a small latte", "a tall latte", {"lexical": 1}),
        ("a small latte", "a latte please", {"lexical": 2}),
        ("at 3:30 tomorrow", "at three thirty today", {"itn": 2, "lexical": 1}),
        ("hello, there", "hello and there", {"others": 1}),
        ("same", "same", {}),
        ("", "", {}),
    ],
)
def test_classes(reference, hypothesis, expected):
    found, _ = errors(reference, hypothesis)

    assert found == TokenErrors(**expected)


@given(SENTENCE, SENTENCE)
def test_classes_add_up_to_the_edits(reference, hypothesis):
    found, edits = errors(reference, hypothesis)

    assert found.edits == edits


@given(SENTENCE)
def test_equal_texts_have_no_errors(text):
    assert errors(text, text)[0].edits == 0


def test_shares_are_of_all_edits_and_add_up_to_one():
    """The service's own example: 4 + 2 + 1 + 12 + 1 edits, of which 60 % are wrong words."""
    found = TokenErrors(punctuation=4, capitalization=2, itn=1, lexical=12, others=1)

    assert found.edits == 20
    assert found.shares() == pytest.approx(
        {"punctuation": 0.2, "capitalization": 0.1, "itn": 0.05, "lexical": 0.6, "others": 0.05}
    )
    assert sum(found.shares().values()) == pytest.approx(1)
    assert set(TokenErrors().shares().values()) == {0.0}


def test_counts_add():
    assert TokenErrors(itn=1, lexical=2) + TokenErrors(itn=3) == TokenErrors(itn=4, lexical=2)
