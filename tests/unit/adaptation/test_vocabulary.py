import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation.vocabulary import Vocabulary, check_vocabulary, pack
from lect.core.errors import ModelLoadFailed

WORDS = st.text(alphabet="abcé好\U0001f600", min_size=1, max_size=5)


@given(st.sets(WORDS, max_size=300), WORDS)
def test_the_span_of_a_prefix_holds_the_words_that_begin_so(words, prefix):
    ordered = sorted(words)
    span = Vocabulary(*pack(ordered)).span(prefix)
    assert ordered[span.low : span.high] == [word for word in ordered if word.startswith(prefix)]
    assert span.word == (ordered.index(prefix) if prefix in words else -1)


@given(st.sets(WORDS, max_size=300))
def test_a_vocabulary_is_the_sequence_of_its_words(words):
    vocabulary = Vocabulary(*pack(sorted(words)))
    assert list(vocabulary) == [vocabulary[number] for number in range(len(vocabulary))] == sorted(words)


def test_each_word_has_the_same_share_and_a_few_are_told():
    vocabulary = Vocabulary(*pack(["latte", "lattes", "mocha", "tea"]))
    assert (vocabulary.beginning("lat"), vocabulary.beginning("x")) == (0.5, 0)
    assert (vocabulary.whole("latte"), vocabulary.whole("lat")) == (0.25, 0)
    assert list(vocabulary.few("lat")) == ["latte", "lattes"]


def test_many_words_are_not_told():
    assert not list(Vocabulary(*pack(f"a{number}" for number in range(100, 200))).few("a"))


@pytest.mark.parametrize("text", [b"", b"a\xff\n", b"a\n\xc3\n", b"b\na\n", b"a\nb"])
def test_a_vocabulary_of_no_word_or_no_text_or_in_no_order_is_refused(text):
    ends = [at + 1 for at, byte in enumerate(text) if byte == ord("\n")]
    with pytest.raises(ModelLoadFailed, match=r"lm\.bin"):
        check_vocabulary(np.frombuffer(text, np.uint8), np.array([0, *ends], np.uint32), "lm.bin")
