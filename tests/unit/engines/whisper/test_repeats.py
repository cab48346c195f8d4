"""What a text says over again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.engines.whisper.repeats import MARK, fold_pieces, said_once


@pytest.mark.parametrize(
    ("tokens", "once"),
    [
        ((1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ((1, 2, 3, 4, 1, 2, 3, 4), (1, 2, 3, 4)),
        ((9, 1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4), (9, 1, 2, 3, 4)),
        ((7, 5, 6, 5, 6, 5, 6), (7, 5, 6)),
        ((1, 2, 3, 4, 1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),  # amid a text
        ((7, 5, 6, 5, 6, 5, 6, 8, 5, 6, 5, 6, 5, 6), (7, 5, 6, 8, 5, 6)),  # twice
        ((1, 2, 3, 4, 1, MARK, 2, 3, 4, MARK), (1, 2, 3, 4, MARK)),  # however it is written
        ((9, 1, MARK, 2, 3, 1, MARK, 2, 3), (9, 1, MARK, 2, 3)),  # visit lect.org.uk lect.org.uk
        ((1, MARK, 1, MARK, 1), (1, MARK, 1, MARK, 1)),  # no, no, no
        ((1, 1, 1), (1, 1, 1)),  # people do say a word three times
        ((5, 6, 5, 6), (5, 6, 5, 6)),  # and names are made so
        ((1, 1, 1, 1, 1), (1,)),
        ((MARK,) * 9, (MARK,) * 9),
        ((), ()),
    ],
)
def test_a_text_without_what_it_only_says_again(tokens: tuple[int, ...], once: tuple[int, ...]) -> None:
    assert tuple(tokens[place] for place in said_once(tokens)) == once


@given(st.lists(st.integers(0, 3), max_size=40))
def test_what_is_left_says_nothing_again_and_keeps_its_order(tokens: list[int]) -> None:
    once = said_once(tokens)
    left = [tokens[place] for place in once]

    assert once == sorted(set(once))
    assert said_once(left) == list(range(len(left)))
    assert tokens[:1] == left[:1]
    assert {token for token in tokens if token != MARK} == {token for token in left if token != MARK}


def test_tokens_that_differ_in_case_or_blanks_fold_together_and_marks_are_nothing() -> None:
    folds = fold_pieces(
        [b" The", b"the", b" cat", b"THE ", b"", b",", b" ...", "é".encode(), "é".encode()[:1]]
    )

    assert folds[0] == folds[1] == folds[3]
    assert folds[4] == folds[5] == folds[6] == MARK
    assert len({folds[0], folds[2], folds[7], folds[8], MARK}) == 5
