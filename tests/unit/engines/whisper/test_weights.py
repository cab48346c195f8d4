"""Checkpoints of every layout, whole and broken."""

from __future__ import annotations

import json

import numpy as np
import pytest
import whisper_makers

from lect.core.errors import ModelLoadFailed
from lect.engines.whisper.weights import read_weights

LAYOUTS = {
    "ctranslate2": whisper_makers.write_ctranslate2,
    "one file": whisper_makers.write_transformers,
    "sharded": lambda model, folder: whisper_makers.write_transformers(model, folder, shards=3),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_ends_in_the_same_arrays(model, tmp_path, layout):
    LAYOUTS[layout](model, tmp_path)
    read = read_weights(tmp_path)
    assert read.arrays.keys() == model.arrays.keys()
    assert all(np.array_equal(read.arrays[name], array) for name, array in model.arrays.items())
    assert all(array.dtype == np.float32 for array in read.arrays.values())
    assert (read.dimensions, read.alignment_heads) == (model.dimensions, model.alignment_heads)
    assert (read.suppress, read.suppress_first) == (model.suppress, model.suppress_first)


@pytest.mark.parametrize("kept", [0, 3, 20, 40, 1_000, -1])
def test_a_cut_model_bin_is_refused(checkpoint, tmp_path, kept):
    copy(checkpoint, tmp_path)
    (tmp_path / "model.bin").write_bytes((checkpoint / "model.bin").read_bytes()[:kept])
    refused(tmp_path)


def test_a_model_bin_of_another_kind_is_refused(checkpoint, tmp_path):
    copy(checkpoint, tmp_path)
    data = (checkpoint / "model.bin").read_bytes().replace(b"WhisperSpec", b"ConformSpec", 1)
    (tmp_path / "model.bin").write_bytes(data)
    assert "not a Whisper" in refused(tmp_path)


@pytest.mark.parametrize("seed", range(20))
def test_bytes_that_mean_nothing_are_refused(checkpoint, tmp_path, seed):
    copy(checkpoint, tmp_path)
    (tmp_path / "model.bin").write_bytes(np.random.default_rng(seed).bytes(500))
    refused(tmp_path)


@pytest.mark.parametrize("kept", [0, 7, 100, -1])
def test_a_cut_safetensors_file_is_refused(model, tmp_path, kept):
    whisper_makers.write_transformers(model, tmp_path)
    whole = (tmp_path / "model.safetensors").read_bytes()
    (tmp_path / "model.safetensors").write_bytes(whole[:kept])
    refused(tmp_path)


def test_a_missing_shard_is_refused(model, tmp_path):
    whisper_makers.write_transformers(model, tmp_path, shards=3)
    (tmp_path / "model-00002-of-00003.safetensors").unlink()
    refused(tmp_path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"alignment_heads": 3}', "\xff"])
@pytest.mark.parametrize("layout", ["ctranslate2", "one file"])
def test_a_config_that_says_nothing_is_refused(model, tmp_path, layout, text):
    LAYOUTS[layout](model, tmp_path)
    (tmp_path / "config.json").write_bytes(text.encode("latin-1"))
    refused(tmp_path)


def test_a_folder_without_weights_is_refused(tmp_path):
    assert "neither model.bin nor model.safetensors" in refused(tmp_path)


@pytest.mark.parametrize("left_behind", [[], None, [[0, 1], [5, 1]], [[1, 7]]])
def test_without_heads_of_its_own_the_later_half_of_the_decoder_follows_the_audio(
    model, tmp_path, left_behind
):
    whisper_makers.write_transformers(model, tmp_path)
    (tmp_path / "generation_config.json").write_text(json.dumps({"alignment_heads": left_behind}))
    assert read_weights(tmp_path).alignment_heads == ((1, 0), (1, 1))


def test_the_same_weights_in_other_files_are_left_alone(model, tmp_path):
    whisper_makers.write_transformers(model, tmp_path)
    (tmp_path / "model.fp32-00001-of-00002.safetensors").write_bytes(b"a part of the same in float32")
    assert read_weights(tmp_path).dimensions == model.dimensions


def test_numbers_that_cannot_be_read_are_refused_by_name(model, tmp_path):
    whisper_makers.write_transformers(model, tmp_path)
    path = tmp_path / "model.safetensors"
    length = int.from_bytes(path.read_bytes()[:8], "little")
    header = json.loads(path.read_bytes()[8 : 8 + length])
    for tensor in header.values():
        tensor["dtype"], tensor["shape"][-1] = "BF16", 2 * tensor["shape"][-1]
    data = json.dumps(header).encode()
    path.write_bytes(len(data).to_bytes(8, "little") + data + path.read_bytes()[8 + length :])
    assert "BF16; save the model as float16 or float32" in refused(tmp_path)


def test_generation_settings_may_leave_suppression_out(model, tmp_path):
    whisper_makers.write_transformers(model, tmp_path)
    (tmp_path / "generation_config.json").write_text(json.dumps({"alignment_heads": [[1, 0], [0, 1]]}))
    read = read_weights(tmp_path)
    assert (read.suppress, read.suppress_first) == ((), ())
    assert read.alignment_heads == ((0, 1), (1, 0))


def copy(checkpoint, folder):
    (folder / "config.json").write_bytes((checkpoint / "config.json").read_bytes())


def refused(folder):
    with pytest.raises(ModelLoadFailed, match=folder.name) as raised:
        read_weights(folder)
    assert raised.value.hint
    return raised.value.message
