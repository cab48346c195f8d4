"""A model file: used where it lies, and refused or harmless when damaged."""

import contextlib
import json
import math
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation import ngram
from lect.adaptation.lm import FORGOTTEN, UNSEEN_WORD, NGram
from lect.core.errors import ModelLoadFailed, StoreError

LINES = [
    "a large latte with soy milk",
    "a small mocha",
    "two large teas with milk",
    "the large latte",
    "soy latte please",
] * 4


@pytest.fixture(scope="module")
def model():
    return ngram.train(LINES, language="en").model


@pytest.fixture(scope="module")
def written(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("lm") / "lm.bin"
    model.write(path)
    return path.read_bytes()


def walk(model, seed=0, steps=60):
    """Probabilities along a random walk: every kind of query."""
    choice, history, found = random.Random(seed), model.start(), []
    for _ in range(steps):
        word = choice.randrange(-1, len(model.vocabulary) + 2)
        found += [model.word_probability(history, word), model.prefix_probability(history, 0, max(word, 0))]
        found += [model.word_probability(history, model.end), model.vocabulary.span("la").low]
        history = model.advance(history, word)
    return found


def test_a_mapped_file_answers_like_the_model_in_memory(model, tmp_path):
    model.write(tmp_path / "lm.bin")
    assert walk(NGram.open(tmp_path / "lm.bin")) == walk(model)


def test_a_mapped_file_is_not_copied(written):
    loaded = NGram.read(memoryview(written), name="lm.bin")
    assert all(not array.flags.owndata for array in loaded._arrays.values())


def test_arrays_lie_on_64_bytes(written):
    (length,) = struct.unpack("<Q", written[8:16])
    header = json.loads(written[16 : 16 + length])
    assert all(entry["offset"] % 64 == 0 for entry in header["arrays"].values())


def test_a_model_may_lie_inside_another_file(model, written):
    bundle = bytes(128) + written + bytes(64)
    assert walk(NGram.read(memoryview(bundle)[128 : 128 + len(written)], name="bundle")) == walk(model)


@given(st.dictionaries(st.integers(0, 10**6), st.integers(1, 255), min_size=1, max_size=4))
def test_flipped_bytes_are_refused_or_give_finite_numbers(written, flips):
    damaged = bytearray(written)
    for position, bits in flips.items():
        damaged[position % len(damaged)] ^= bits
    with contextlib.suppress(ModelLoadFailed):
        assert all(map(math.isfinite, walk(NGram.read(memoryview(bytes(damaged)), name="lm.bin"))))


@given(st.data())
def test_a_damaged_header_is_refused_or_harmless(written, data):
    (length,) = struct.unpack("<Q", written[8:16])
    position, bits = data.draw(st.integers(0, 16 + length)), data.draw(st.integers(1, 255))
    damaged = bytearray(written)
    damaged[position] ^= bits
    with contextlib.suppress(ModelLoadFailed):
        walk(NGram.read(memoryview(bytes(damaged)), name="lm.bin"))


@given(st.floats(0, 1, exclude_max=True))
def test_a_file_cut_short_is_refused(written, part):
    with pytest.raises(ModelLoadFailed, match=r"lm\.bin"):
        NGram.read(memoryview(written[: int(part * len(written))]), name="lm.bin")


@pytest.mark.parametrize(
    ("name", "index", "value"),
    [
        ("starts1", 3, 2**31),
        ("starts3", -1, 0),
        ("words2", 0, 2**20),
        ("words4", 0, 2**32 - 1),
        ("sums2", -1, 0),
        ("offsets", 2, 0),
        ("text", 0, ord("\n")),
        ("unigrams", 1, float("nan")),
        ("unigrams", -1, 2.0),
    ],
)
def test_arrays_that_contradict_each_other_are_refused(model, name, index, value):
    arrays = dict(model._arrays)
    arrays[name] = arrays[name].copy()
    arrays[name][index] = value
    with pytest.raises(ModelLoadFailed, match=r"bad\.bin"):
        NGram(model.meta, arrays, name="bad.bin")


def test_a_missing_or_empty_file_is_named(tmp_path):
    (tmp_path / "empty.bin").touch()
    for name in ("empty.bin", "missing.bin"):
        with pytest.raises(ModelLoadFailed, match=name):
            NGram.open(tmp_path / name)


def test_a_place_that_cannot_be_written_is_named(model, tmp_path):
    (tmp_path / "nowhere").touch()
    with pytest.raises(StoreError, match="nowhere"):
        model.write(tmp_path / "nowhere" / "lm.bin")


def test_an_unseen_word_forgets_the_history(model):
    assert model.advance(model.start(), UNSEEN_WORD) == FORGOTTEN
