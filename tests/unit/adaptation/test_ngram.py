"""The trained model against modified Kneser-Ney written down with dictionaries."""

from collections import Counter
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.adaptation import counting, ngram
from lect.core.errors import InvalidInput

BEGIN, END = "<s>", "</s>"
SENTENCES = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=7), min_size=1, max_size=30)
ORDERS = st.integers(1, 4)
PRUNINGS = st.sampled_from([(1, 1, 1, 1), (1, 1, 2, 2), (1, 2, 2, 3)])


class PlainKneserNey:
    """Interpolated modified Kneser-Ney by the book, slow and short."""

    def __init__(self, sentences, order, least):
        padded = [(BEGIN, *words, END) for words in sentences]
        self.counts = {
            n: Counter(words[i : i + n] for words in padded for i in range(len(words) - n + 1))
            for n in range(1, order + 1)
        }
        self.adjusted = {order: dict(self.counts[order])}
        for n in range(1, order):
            before = Counter(gram[1:] for gram in self.counts[n + 1])
            self.adjusted[n] = {
                gram: count if n > 1 and gram[0] == BEGIN else before[gram]
                for gram, count in self.counts[n].items()
            }
        self.adjusted[1][BEGIN,] = 0  # never predicted
        self.discounts = {n: discounts(adjusted.values()) for n, adjusted in self.adjusted.items()}
        self.least = least
        self.words = sorted({word for words in sentences for word in words})

    def probability(self, word, history):
        n = len(history) + 1
        lower = self.probability(word, history[1:]) if history else 1 / (len(self.words) + 1)
        after = {gram[-1]: value for gram, value in self.adjusted[n].items() if gram[:-1] == history}
        total = sum(after.values())
        if total == 0:
            return lower
        shares = {
            w: (value - self.discounts[n][min(value, 3)]) / total
            for w, value in after.items()
            if self.counts[n][(*history, w)] >= self.least[n - 1]
        }
        return shares.get(word, 0) + (1 - sum(shares.values())) * lower


def discounts(values):
    of = Counter(values)
    amounts = [0, 0.5, 1.0, 1.5]
    if of[1] and of[2]:
        y = of[1] / (of[1] + 2 * of[2])
        for i in (1, 2, 3):
            if of[i] and of[i + 1]:
                amounts[i] = min(max(i - (i + 1) * y * of[i + 1] / of[i], 0.1), 0.95 * i)
    return amounts


def train(sentences, order=4, least=None):
    return ngram.train(
        [" ".join(words) for words in sentences], language="xx", order=order, least_counts=least
    ).model


def histories(model, length=3):
    """Every history over the vocabulary up to some length, and the words that lead there."""
    for words in product(range(len(model.vocabulary)), repeat=length):
        history = model.start()
        yield history, ()
        for i, word in enumerate(words):
            history = model.advance(history, word)
            yield history, words[: i + 1]


@settings(max_examples=40)
@given(SENTENCES, ORDERS, PRUNINGS)
def test_equals_modified_kneser_ney_by_the_book(sentences, order, least):
    model, plain = train(sentences, order, least), PlainKneserNey(sentences, order, least)
    for words in sentences[:5]:
        history, context = model.start(), (BEGIN,)
        for word in [*words, END]:
            context = context[max(len(context) - order + 1, 0) :]
            number = model.end if word == END else model.vocabulary.span(word).word
            assert model.word_probability(history, number) == pytest.approx(
                plain.probability(word, context), abs=1e-7
            )
            history = model.advance(history, number)
            context = (*context, word)


@settings(max_examples=25)
@given(SENTENCES, ORDERS, PRUNINGS)
def test_each_distribution_sums_to_one(sentences, order, least):
    model = train(sentences, order, least)
    for history, _ in histories(model, length=2):
        words = sum(model.word_probability(history, word) for word in range(len(model.vocabulary)))
        assert words + model.word_probability(history, model.end) == pytest.approx(1, abs=1e-9)
        assert model.word_probability(history, model.begin) == 0


@settings(max_examples=25)
@given(SENTENCES, st.integers(0, 5), st.integers(0, 5))
def test_a_range_has_the_sum_of_its_words(sentences, low, high):
    model = train(sentences)
    low, high = min(low, len(model.vocabulary)), min(high, len(model.vocabulary))
    for history, _ in histories(model, length=2):
        words = sum(model.word_probability(history, word) for word in range(low, high))
        assert model.prefix_probability(history, low, high) == pytest.approx(words, abs=1e-9)


@given(SENTENCES)
def test_counting_in_parts_changes_nothing(sentences):
    whole = train(sentences)
    part, counting._PART = counting._PART, 3
    try:
        parts = train(sentences)
    finally:
        counting._PART = part
    assert {key: array.tobytes() for key, array in whole._arrays.items()} == {
        key: array.tobytes() for key, array in parts._arrays.items()
    }


def test_the_same_text_gives_the_same_bytes(tmp_path):
    lines = ["Two large lattes, please.", "A 16 ounce mocha and two teas."] * 3
    for name in ("a", "b"):
        ngram.train(iter(lines), language="en").write(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_report_counts_lines_words_and_vocabulary():
    trained = ngram.train(["a b", "", "b c."], language="xx")
    assert (trained.lines, trained.words, trained.vocabulary) == (3, 4, 3)


def test_given_word_frequencies_lie_below_the_text():
    model = ngram.train(["a b"], language="xx", unigrams={"often": 0.9, "rare": 0.1}).model
    p = {word: model.word_probability(model.start(), number) for number, word in enumerate(model.vocabulary)}
    assert p["a"] > p["often"] > p["rare"] > 0
    assert sum(p.values()) + model.word_probability(model.start(), model.end) == pytest.approx(1)


def test_a_text_without_a_word_is_refused():
    with pytest.raises(InvalidInput, match="not a single word"):
        ngram.train(["...", ""], language="en")


def test_an_order_out_of_range_is_refused():
    with pytest.raises(InvalidInput, match="Order 5"):
        ngram.train(["a"], language="en", order=5)
