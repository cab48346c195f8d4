"""A checkpoint goes into the layouts of other programs and comes back as it was."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import whisper_makers

from lect.core.errors import ModelLoadFailed
from lect.engines.whisper import export
from lect.engines.whisper.delta import Delta, Difference
from lect.engines.whisper.weights import read_weights

NORM = "decoder.norm.bias"
LAYOUTS = ("huggingface", "ctranslate2")


@pytest.fixture(scope="module")
def weights():
    return whisper_makers.weights()


@pytest.fixture
def tokenizer(tmp_path):
    whisper_makers.write_tokenizer(tmp_path)
    return tmp_path / "tokenizer.json"


@pytest.fixture
def write(tmp_path, tokenizer):
    def folder(weights, to):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        (tmp_path / "out").mkdir()
        export.write(tmp_path / "out", weights, tokenizer=tokenizer, to=to)
        return tmp_path / "out"

    return folder


def halved(weights):
    """The same in numbers that float16 has."""
    arrays = {name: array.astype(np.float16).astype(np.float32) for name, array in weights.arrays.items()}
    return replace(weights, arrays=arrays)


def assert_same(found, wanted):
    assert replace(found, arrays={}) == replace(wanted, arrays={})
    assert found.arrays.keys() == wanted.arrays.keys()
    assert [
        name for name in wanted.arrays if not np.array_equal(found.arrays[name], wanted.arrays[name])
    ] == []


@pytest.mark.parametrize("to", LAYOUTS)
def test_every_number_comes_back(write, weights, to):
    assert_same(read_weights(write(weights, to)), weights)


@pytest.mark.parametrize("to", LAYOUTS)
def test_numbers_that_half_precision_holds_take_half_the_room(write, weights, to):
    small = halved(weights)
    folder = write(small, to)
    halves = next(path.stat().st_size for path in folder.glob("model.*"))

    assert_same(read_weights(folder), small)
    assert halves < 0.6 * next(path.stat().st_size for path in write(weights, to).glob("model.*"))


@pytest.mark.parametrize("to", LAYOUTS)
def test_what_was_trained_is_merged(write, weights, to):
    tuned = Delta({NORM: Difference(np.ones(64, np.float16))}).applied(halved(weights))

    assert_same(read_weights(write(tuned, to)), tuned)


@pytest.mark.parametrize("to", LAYOUTS)
def test_the_same_weights_give_the_same_bytes(write, weights, to):
    def files():
        return {path.name: path.read_bytes() for path in write(weights, to).iterdir()}

    assert files() == files()


def test_a_trained_key_bias_is_left_out_where_there_is_no_place_for_it(write, weights):
    """It moves all scores of a query alike: nothing that the model writes depends on it."""
    name, width = "encoder.layers.0.self_qkv.bias", weights.dimensions.width
    bias = np.zeros(3 * width, np.float16)
    bias[width : 2 * width] = 1
    tuned = Delta({name: Difference(bias)}).applied(weights)

    assert_same(read_weights(write(tuned, "huggingface")), weights)
    assert_same(read_weights(write(tuned, "ctranslate2")), tuned)


def test_tokens_are_listed_by_number_with_the_times_behind_them(write, weights):
    tokens = json.loads((write(weights, "ctranslate2") / "vocabulary.json").read_text("utf-8"))
    first = tokens.index("<|notimestamps|>") + 1

    assert len(tokens) == weights.dimensions.vocabulary
    assert tokens[whisper_makers.LETTERS] == "<|endoftext|>"
    assert tokens[first : first + 3] == ["<|0.00|>", "<|0.02|>", "<|0.04|>"]


def test_a_tokenizer_of_another_model_is_an_error_that_names_it(tmp_path, weights, tokenizer):
    document = json.loads(tokenizer.read_text())
    document["added_tokens"] = [
        entry for entry in document["added_tokens"] if entry["content"] != "<|startoflm|>"
    ]
    tokenizer.write_text(json.dumps(document))

    with pytest.raises(ModelLoadFailed, match=r"tokenizer\.json: has no token \d+ of"):
        export.write(tmp_path, weights, tokenizer=tokenizer, to="ctranslate2")
