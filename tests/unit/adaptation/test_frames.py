"""Where classes have their places."""

from __future__ import annotations

import pytest

from lect.adaptation import ngram
from lect.adaptation.frames import OpenFrame, TaggedFrame
from lect.adaptation.text import tag

LINES = [f"order a {tag(0)} now", f"order a {tag(0)} with {tag(1)}", "order a table now"]


@pytest.fixture(scope="module")
def model():
    return ngram.train(LINES, language="en").model


@pytest.fixture(scope="module")
def tagged(model):
    return TaggedFrame(model, classes=2)


def after(frame, text):
    history = frame.start()
    for word in text.split():
        history = frame.after(history, word)
    return history


def test_a_class_is_expected_where_its_tag_stood(tagged):
    first, second = tagged.classes(after(tagged, "order a"))
    assert first > 0.3
    assert second < 0.1
    assert tagged.classes(after(tagged, "order"))[0] < first


def test_the_words_of_an_item_are_no_words_of_the_frame_until_it_ends(tagged):
    before = after(tagged, "order a")
    assert tagged.within(before, "flat") is before
    left = tagged.leave(before, 0, "white")
    assert left.nodes == after(tagged, f"order a {tag(0)}").nodes
    assert tagged.word(left, "with") > tagged.word(before, "with")


def test_an_item_of_an_open_frame_may_begin_at_each_word_and_leaves_the_rest_to_the_others(model):
    frame = OpenFrame(model, 0.2)
    for text in ("", "order", "order a table"):
        history = after(frame, text)
        assert frame.classes(history) == (0.2,)
        assert frame.word(history, "now") == pytest.approx(0.8 * model.word(history, "now"))
        assert frame.prefix(history, "n") == pytest.approx(0.8 * model.prefix(history, "n"))


def test_an_open_frame_reads_the_words_of_an_item_as_words(model):
    frame = OpenFrame(model, 0.2)
    history = after(frame, "order a")
    assert frame.within(history, "table").nodes == frame.leave(history, 0, "table").nodes
    assert frame.within(history, "table").nodes == after(frame, "order a table").nodes
