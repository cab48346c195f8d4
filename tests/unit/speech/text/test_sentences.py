"""Where sentences begin."""

import pytest

from lect.speech.text.sentences import begins_at, in_place


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("Word", True),
        ("\u201cWord", True),
        ("It is. Word", True),
        ('He said "No!" Word', True),
        ("- Word", True),
        ("It is Word", False),
        ("www.Word", False),
        ("3.5, Word", False),
        ('the "Word', False),
    ],
)
def test_a_sentence_begins_at_the_start_and_behind_a_mark_that_ends_one(text, begins):
    assert begins_at(text, text.index("Word")) is begins


@pytest.mark.parametrize("form", ["iPhone", "e.l.f.", "node.js", "3cpo", "m8"])
def test_what_is_no_plain_word_in_small_letters_stays_as_it_is(form):
    assert in_place(form, "Other", 0) == form


@pytest.mark.parametrize(
    ("form", "placed"), [("carvedilol", "Carvedilol"), ("o'neil's x-ray", "O'neil's x-ray")]
)
def test_a_plain_word_keeps_the_capital_of_a_first_word(form, placed):
    assert in_place(form, "Other", 0) == placed
    assert in_place(form, "other", 0) == form
    assert in_place(form, "An Other", 3) == form
