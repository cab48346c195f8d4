"""The layout of Hugging Face: `model.safetensors` with the configurations that `transformers` asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lect.core.files import json_bytes
from lect.engines.whisper.weights import HF_BLOCKS, Array, Weights

from .preprocessor import SECONDS, preprocessor
from .storing import Survey, survey
from .vocabulary import Vocabulary

_FRAMES = 50 * SECONDS  # of the encoder's output, one in 20 ms
_END, _START, _PLAIN = "<|endoftext|>", "<|startoftranscript|>", "<|notimestamps|>"


def write(folder: Path, weights: Weights, vocabulary: Vocabulary) -> None:
    """Write all files but `tokenizer.json`."""
    known = survey(weights.arrays)
    with (folder / "model.safetensors").open("wb") as file:
        _write_tensors(file, weights, known)
    documents = {
        "config.json": _config(weights, vocabulary, known),
        "generation_config.json": _generation(weights, vocabulary),
        "preprocessor_config.json": preprocessor(weights.dimensions),
        "tokenizer_config.json": _tokenizer(vocabulary),
        "vocab.json": vocabulary.words,
    }
    for name, document in documents.items():
        (folder / name).write_bytes(json_bytes(document))
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *vocabulary.merges, ""]), encoding="utf-8")


# --- Tensors ---------------------------------------------------------------------------------------------------------


def _write_tensors(file: BinaryIO, weights: Weights, known: Survey) -> None:
    """Write a safetensors file: u64 length of the header, the header in JSON, the data; one array in memory at a time."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    dtype, at = np.dtype(known.dtype), 0
    for ours, (first, *rest) in known.shapes.items():
        names = list(_names(ours))
        shape = (first // len(names), *rest)
        nbytes = int(np.prod(shape)) * dtype.itemsize
        for name in filter(None, names):
            offsets = [at, at + nbytes]
            header[name] = {"dtype": f"F{8 * dtype.itemsize}", "shape": shape, "data_offsets": offsets}
            at += nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for ours in known.shapes:
        for name, part in _parts(ours, weights.arrays[ours]):
            if name:
                file.write(known.store(part).tobytes())


def _parts(ours: str, array: Array) -> Iterator[tuple[str, Array]]:
    names = list(_names(ours))
    yield from zip(names, np.split(array, len(names)), strict=True)


def _names(ours: str) -> Iterator[str]:
    """The tensors that are stacked in an array of ours; empty for a key bias, which Whisper has not.

    A bias of all keys moves all scores of a query alike, so that whatever training made of it changes nothing.
    """
    side, *path = ours.split(".")
    match path:
        case ["positions"]:
            yield f"model.{side}.embed_positions.weight"
        case ["embedding"]:
            yield f"model.{side}.embed_tokens.weight"
        case ["layers", layer, block, leaf]:
            for theirs in HF_BLOCKS[block]:
                has_none = leaf == "bias" and theirs.endswith("k_proj")
                yield "" if has_none else f"model.{side}.layers.{layer}.{theirs}.{leaf}"
        case ["norm", leaf]:
            yield f"model.{side}.layer_norm.{leaf}"
        case _:
            yield f"model.{ours}"


# --- Configurations --------------------------------------------------------------------------------------------------


def _config(weights: Weights, vocabulary: Vocabulary, known: Survey) -> dict[str, Any]:
    size, end = weights.dimensions, vocabulary.special[_END]
    return {
        "activation_function": "gelu",
        "architectures": ["WhisperForConditionalGeneration"],
        "bos_token_id": end,
        "d_model": size.width,
        "decoder_attention_heads": size.decoder_heads,
        "decoder_ffn_dim": known.shapes["decoder.layers.0.ffn_in.bias"][0],
        "decoder_layers": size.decoder_layers,
        "decoder_start_token_id": vocabulary.special[_START],
        "dtype": np.dtype(known.dtype).name,
        "encoder_attention_heads": size.encoder_heads,
        "encoder_ffn_dim": known.shapes["encoder.layers.0.ffn_in.bias"][0],
        "encoder_layers": size.encoder_layers,
        "eos_token_id": end,
        "is_encoder_decoder": True,
        "max_source_positions": _FRAMES,
        "max_target_positions": size.positions,
        "model_type": "whisper",
        "num_hidden_layers": size.encoder_layers,
        "num_mel_bins": size.mels,
        "pad_token_id": end,
        "scale_embedding": False,
        "tie_word_embeddings": True,
        "use_cache": True,
        "vocab_size": size.vocabulary,
    }


def _generation(weights: Weights, vocabulary: Vocabulary) -> dict[str, Any]:
    special, end = vocabulary.special, vocabulary.special[_END]
    several: dict[str, Any] = {
        "task": "transcribe",  # or else a prompt of transformers ends behind the language that it detects
        "lang_to_id": {text: token for text, token in special.items() if token in vocabulary.languages},
        "task_to_id": {task: special[f"<|{task}|>"] for task in ("transcribe", "translate")},
    }
    return {
        "alignment_heads": weights.alignment_heads,
        "begin_suppress_tokens": weights.suppress_first,
        "bos_token_id": end,
        "decoder_start_token_id": special[_START],
        "eos_token_id": end,
        "is_multilingual": vocabulary.tokens.multilingual,
        "max_initial_timestamp_index": 50,
        "max_length": weights.dimensions.positions,
        "no_timestamps_token_id": special[_PLAIN],
        "pad_token_id": end,
        "prev_sot_token_id": special["<|startofprev|>"],
        "return_timestamps": False,
        "suppress_tokens": weights.suppress,
        **(several if vocabulary.tokens.multilingual else {}),
    }


def _tokenizer(vocabulary: Vocabulary) -> dict[str, Any]:
    flags = ("content", "lstrip", "normalized", "rstrip", "single_word", "special")
    return {
        "add_prefix_space": False,
        "added_tokens_decoder": {
            str(entry["id"]): {flag: entry[flag] for flag in flags if flag in entry}
            for entry in vocabulary.table["added_tokens"]
        },
        "bos_token": _END,
        "clean_up_tokenization_spaces": False,
        "eos_token": _END,
        "errors": "replace",
        "model_max_length": 1024,
        "pad_token": _END,
        "processor_class": "WhisperProcessor",
        "return_attention_mask": False,
        "tokenizer_class": "WhisperTokenizer",
        "unk_token": _END,
    }
