"""Phrases that are expected at each word, beside what a model expects."""

from __future__ import annotations

import pytest

from lect.adaptation import ngram
from lect.adaptation.phrases import expecting


@pytest.fixture(scope="module")
def model():
    return ngram.train(["a cup of tea", "a bird in a tree"], language="en").model


def test_phrases_without_a_word_leave_the_model_itself(model):
    assert expecting([("!!!", 1.0)], model, language="en", probability=0.1) is model


def test_the_ways_to_write_a_phrase_share_its_weight(model):
    domain = expecting([("AX-7", 1.0), ("mocha", 1.0)], model, language="en", probability=0.1)
    start, plain = domain.start(), model.start()
    item = {word: domain.word(start, word) - 0.9 * model.word(plain, word) for word in ("ax", "a", "mocha")}
    assert item["ax"] + item["a"] == pytest.approx(0.05, rel=0.01)
    assert item["a"] == pytest.approx(0.025, rel=0.01)
    assert item["mocha"] == pytest.approx(0.05, rel=0.01)


def test_only_the_proportion_of_weights_counts_and_equal_phrases_add_up(model):
    def mocha(*listed):
        domain = expecting(listed, model, language="en", probability=0.1)
        return domain.word(domain.start(), "mocha")

    once = mocha(("mocha", 2.0), ("latte", 1.0))
    assert mocha(("mocha", 20.0), ("latte", 10.0)) == pytest.approx(once)
    assert mocha(("mocha", 1.0), ("mocha", 1.0), ("latte", 1.0)) == pytest.approx(once)
    assert mocha(("mocha", 1.0), ("latte", 1.0)) < once


def test_a_letter_of_the_private_plane_in_a_phrase_is_no_class(model):
    domain = expecting([("\U000f0000", 1.0)], model, language="en", probability=0.1)
    assert domain is model
