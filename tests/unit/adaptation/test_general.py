import pytest

from lect.adaptation import general


def test_token_probabilities_become_word_frequencies():
    pieces = [b" the", b" The", b" th", b"the", b" a-b", b" \xc3", b"", b" caf\xc3\xa9"]
    frequencies = general.word_frequencies(pieces, [0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])
    assert frequencies == pytest.approx({"the": 0.4, "th": 0.1, "café": 0.1})


def test_word_frequencies_alone_make_a_model():
    model = general.train([], language="en", unigrams={"a": 0.75, "b": 0.25}).model
    assert model.word_probability(model.start(), 0) > model.word_probability(model.start(), 1) > 0
