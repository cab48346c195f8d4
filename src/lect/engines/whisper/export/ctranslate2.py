"""The layout of CTranslate2: `model.bin`, `config.json`, `vocabulary.json`, `preprocessor_config.json`."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lect.core.files import json_bytes
from lect.engines.whisper.weights import CT2_BLOCKS, CT2_TYPES, Dimensions, Weights

from .preprocessor import preprocessor
from .storing import survey
from .vocabulary import Vocabulary

_VERSION = 6  # of the file
_REVISION = 3  # of the specification of Whisper
_TYPE_CODES = {np.dtype(kind): code for code, kind in CT2_TYPES.items()}
_BLOCKS = {ours: theirs.replace(".", "/") for theirs, ours in CT2_BLOCKS.items()}
_GELU = 3
_ALIASES = {
    "decoder/projection/weight": "decoder/embeddings/weight"
}  # the output is the embedding, turned round


@dataclass(frozen=True, kw_only=True)
class _Variable:
    """An entry of the file: an array of the checkpoint, or a number that says how to compute."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    source: str | int  # the name of an array, or the number


def write(folder: Path, weights: Weights, vocabulary: Vocabulary) -> None:
    """Write all files but the tokenizer."""
    with (folder / "model.bin").open("wb") as file:
        _write_model(file, weights)
    config = {
        "alignment_heads": weights.alignment_heads,
        "lang_ids": vocabulary.languages,
        "suppress_ids": weights.suppress,
        "suppress_ids_begin": weights.suppress_first,
    }
    (folder / "config.json").write_bytes(json_bytes(config))
    (folder / "vocabulary.json").write_bytes(json_bytes(vocabulary.texts()))
    (folder / "preprocessor_config.json").write_bytes(json_bytes(preprocessor(weights.dimensions)))


def _write_model(file: BinaryIO, weights: Weights) -> None:
    """Write the file that `weights` reads; behind the variables stand the aliases: u32 n, n pairs of texts."""
    known = survey(weights.arrays)
    half_or_single = np.dtype(known.dtype)
    variables = {
        _name(ours): _Variable(shape=shape, dtype=half_or_single, source=ours)
        for ours, shape in known.shapes.items()
    }
    variables |= dict(_numbers(weights.dimensions))
    file.write(
        struct.pack("<I", _VERSION) + _text("WhisperSpec") + struct.pack("<II", _REVISION, len(variables))
    )
    for name, variable in sorted(variables.items()):
        source = variable.source
        data = (
            known.store(weights.arrays[source])
            if isinstance(source, str)
            else np.array(source, variable.dtype)
        )
        sizes = struct.pack(f"<B{len(variable.shape)}I", len(variable.shape), *variable.shape)
        file.write(_text(name) + sizes + struct.pack("<BI", _TYPE_CODES[variable.dtype], data.nbytes))
        file.write(data.tobytes())
    file.write(struct.pack("<I", len(_ALIASES)))
    for alias, name in _ALIASES.items():
        file.write(_text(alias) + _text(name))


def _text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return struct.pack("<H", len(data)) + data


def _numbers(size: Dimensions) -> Iterator[tuple[str, _Variable]]:
    small, large = np.dtype(np.int8), np.dtype(np.int16)
    for name, number in {"activation": _GELU, "alibi": 0, "pre_norm": 1, "scale_embeddings": 0}.items():
        yield f"decoder/{name}", _Variable(shape=(), dtype=small, source=number)
    yield "decoder/start_from_zero_embedding", _Variable(shape=(), dtype=small, source=0)
    # Heads whose attention a translation model would return; Whisper's are in the configuration.
    for name, number in {
        "alignment_heads": 1,
        "alignment_layer": -1,
        "num_heads": size.decoder_heads,
    }.items():
        yield f"decoder/{name}", _Variable(shape=(), dtype=large, source=number)
    yield "encoder/num_heads", _Variable(shape=(), dtype=large, source=size.encoder_heads)


def _name(ours: str) -> str:
    """`decoder.layers.0.self_qkv.weight` as CTranslate2 calls it."""
    side, *path = ours.split(".")
    match path:
        case ["positions"]:
            return f"{side}/position_encodings/encodings"
        case ["embedding"]:
            return f"{side}/embeddings/weight"
        case ["layers", layer, block, leaf]:
            return f"{side}/layer_{layer}/{_BLOCKS[block]}/{_leaf(leaf, norm=block.endswith('norm'))}"
        case ["norm", leaf]:
            return f"{side}/layer_norm/{_leaf(leaf, norm=True)}"
    return f"{side}/{'/'.join(path)}"  # the two convolutions


def _leaf(ours: str, *, norm: bool) -> str:
    return {"weight": "gamma", "bias": "beta"}[ours] if norm else ours
