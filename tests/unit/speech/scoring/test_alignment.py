"""The alignment: its laws, its ties, its printed form, and that long texts fit into memory."""

import kaldialign
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.speech.scoring import ErrorCounts, Kind, align, align_characters
from lect.speech.scoring import alignment as module
from lect.speech.scoring.display import as_lines, as_text

WORDS = st.lists(st.sampled_from("a b c d".split()), max_size=12)


def cost(counts):
    return 4 * counts.substitutions + 3 * (counts.deletions + counts.insertions)


@given(WORDS)
def test_a_text_has_no_errors_against_itself(words):
    assert align(words, words).counts == ErrorCounts(correct=len(words))


@given(WORDS, WORDS)
def test_an_alignment_rebuilds_both_sides_and_its_counts_add_up(reference, hypothesis):
    alignment = align(reference, hypothesis)
    counts = alignment.counts

    assert alignment.reference == reference
    assert alignment.hypothesis == hypothesis
    assert counts.words == len(reference)
    assert counts.correct + counts.substitutions + counts.insertions == len(hypothesis)
    assert all((edit.reference == edit.hypothesis) == (edit.kind is Kind.CORRECT) for edit in alignment.edits)


@given(WORDS, WORDS)
def test_no_alignment_is_cheaper(reference, hypothesis):
    other = kaldialign.edit_distance(reference, hypothesis, sclite_mode=True)
    cheapest = 4 * other["sub"] + 3 * (other["ins"] + other["del"])

    assert cost(align(reference, hypothesis).counts) == cheapest


@given(WORDS, WORDS)
def test_rows_made_again_give_what_kept_rows_give(reference, hypothesis):
    whole = module._WHOLE
    kept = align(reference, hypothesis)
    try:
        module._WHOLE = 0
        assert align(reference, hypothesis) == kept
    finally:
        module._WHOLE = whole


@pytest.mark.parametrize(
    ("reference", "hypothesis", "kinds"),
    [
        ("a", "b", "S"),
        ("a b", "b c", "DCI"),
        ("a", "b c", "IS"),
        ("a b", "c", "DS"),
        ("", "a", "I"),
        ("a", "", "D"),
        ("", "", ""),
    ],
)
def test_ties_are_broken_as_sclite_breaks_them(reference, hypothesis, kinds):
    edits = align(reference.split(), hypothesis.split()).edits

    assert "".join(edit.kind[0].upper() for edit in edits) == kinds


def test_ten_thousand_words_fit_into_some_megabytes():
    import random
    import tracemalloc

    draw = random.Random(1)
    reference = [str(draw.randrange(500)) for _ in range(10_000)]
    hypothesis = [word for word in reference if draw.random() > 0.1]
    tracemalloc.start()
    counts = align(reference, hypothesis).counts
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert counts == ErrorCounts(correct=len(hypothesis), deletions=10_000 - len(hypothesis))
    assert peak < 40_000_000


def test_characters_are_aligned_without_blanks():
    assert align_characters(["wi", "fi"], ["wifi"]).counts == ErrorCounts(correct=4)


def test_counts_add_and_rates_are_of_sums():
    one, other = ErrorCounts(correct=9, substitutions=1), ErrorCounts(correct=1, deletions=1, insertions=2)

    assert (one + other).rate == (1 + 3) / 12
    assert ErrorCounts().rate == 0
    assert ErrorCounts(insertions=1).rate == float("inf")


def test_printed_lines_align_and_mark_gaps():
    alignment = align("咖啡 a small latte".split(), "咖啡 a tall latte please".split())

    assert as_lines(alignment).splitlines() == [
        "REF:  咖啡 a small latte ******",
        "HYP:  咖啡 a tall  latte please",
        "EVAL:        S           I",
    ]
    assert as_lines(align([], [])).split() == ["REF:", "HYP:", "EVAL:"]


def test_the_line_shows_every_edit_without_its_colours():
    assert as_text(align("a b c".split(), "x b c d".split())).plain == "a→x b c +d"
    assert as_text(align(["a", "b"], ["a"])).plain == "a -b"
