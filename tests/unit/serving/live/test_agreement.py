"""Which words of partials are settled."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lect.serving.live.agreement import Agreement


def settled(*decodes, needed=2):
    agreement = Agreement(needed)
    return [" ".join(agreement.add(decode.split())) for decode in decodes]


def test_words_are_settled_when_two_decodes_agree():
    assert settled("good", "good mourning", "good morning", "good morning all") == [
        "",
        "good",
        "good",
        "good morning",
    ]


def test_one_decode_is_enough_if_that_is_asked_for():
    assert settled("good", "god", needed=1) == ["good", "god"]


def test_three_may_have_to_agree():
    assert settled("a b", "a b", "a b", needed=3) == ["", "", "a b"]


def test_one_decode_alone_takes_nothing_back():
    assert settled("one two", "one two", "won too", "one two three", "one two three")[1:] == [
        "one two",
        "one two",
        "one two",
        "one two three",
    ]


def test_decodes_that_stop_early_take_nothing_back():
    assert settled("one two", "one two", "one", "one", "")[-1] == "one two"


def test_what_all_the_latest_decodes_contradict_is_taken_back():
    assert settled("ice cream", "ice cream", "i scream", "i scream")[-1] == "i scream"
    assert settled("go ice cream", "go ice cream", "go i scream", "go eye")[-1] == "go"


@given(decodes=st.lists(st.lists(st.sampled_from("abc"), max_size=5), max_size=12), needed=st.integers(1, 3))
def test_settled_words_were_in_a_decode_and_grow_where_decodes_only_grow(decodes, needed):
    agreement = Agreement(needed)
    growing = [word for decode in decodes for word in decode]
    before: tuple[str, ...] = ()
    for end in range(0, len(growing), 2):
        now = agreement.add(growing[:end])
        assert now == tuple(growing[: len(now)])
        assert now[: len(before)] == before
        before = now
    agreement = Agreement(needed)
    for decode in decodes:
        words = agreement.add(decode)
        assert any(tuple(each[: len(words)]) == words for each in decodes)
