"""A Whisper of ours as a file of whisper.cpp, in 8 bits (q8_0): so that both hear with the same weights.

The layout is that of its `convert-pt-to-ggml.py` and `quantize`: a header, the mel filters, the tokens of text, the tensors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lect.engines.whisper.features import _filters
from lect.engines.whisper.weights import Weights, read_weights

Array = npt.NDArray[np.float32]

_MAGIC, _AUDIO_POSITIONS = 0x67676D6C, 1500
_F32, _F16, _Q8 = 0, 1, 8  # types of tensors
_MOSTLY_Q8, _QUANTISATION = 7, 2  # type of the file, and version of the quantisation
_BLOCK = 32  # numbers that share a scale
_PLAIN = ("positional_embedding", "conv1.bias", "conv2.bias")
_LAYER = {
    "self_qkv": ("attn.query", "attn.key", "attn.value"),
    "self_out": ("attn.out",),
    "self_norm": ("attn_ln",),
    "cross_q": ("cross_attn.query",),
    "cross_kv": ("cross_attn.key", "cross_attn.value"),
    "cross_out": ("cross_attn.out",),
    "cross_norm": ("cross_attn_ln",),
    "ffn_in": ("mlp.0",),
    "ffn_out": ("mlp.2",),
    "ffn_norm": ("mlp_ln",),
}


def write_ggml(folder: Path, pieces: Sequence[bytes], output: Path) -> Path:
    """Write the checkpoint of a folder.

    Args:
        pieces: the bytes of each token; those of text come first, without a gap
    """
    weights = read_weights(folder)
    with output.open("wb") as file:
        _write_header(file, weights)
        _write_tokens(file, pieces)
        for ours in weights.arrays:
            for name, array in _parts(ours, weights.arrays[ours]):
                _write_tensor(file, name, array)
    return output


def _write_header(file: BinaryIO, weights: Weights) -> None:
    size = weights.dimensions
    audio = (_AUDIO_POSITIONS, size.width, size.encoder_heads, size.encoder_layers)
    text = (size.positions, size.width, size.decoder_heads, size.decoder_layers)
    kind = _QUANTISATION * 1000 + _MOSTLY_Q8
    file.write(struct.pack("<12i", _MAGIC, size.vocabulary, *audio, *text, size.mels, kind))
    filters = np.ascontiguousarray(_filters(size.mels).T, np.float32)
    file.write(struct.pack("<2i", *filters.shape) + filters.tobytes())


def _write_tokens(file: BinaryIO, pieces: Sequence[bytes]) -> None:
    words = list(pieces[: pieces.index(b"")])  # what follows has a meaning and no text
    file.write(struct.pack("<i", len(words)))
    file.writelines(struct.pack("<i", len(word)) + word for word in words)


def _parts(ours: str, array: Array) -> Iterator[tuple[str, Array]]:
    """The tensors that are stacked in an array of ours, by their names there; keys have no bias."""
    names = list(_names(ours))
    for name, part in zip(names, np.split(array, len(names)), strict=True):
        if not name.endswith("key.bias"):
            yield name, part


def _names(ours: str) -> Iterator[str]:
    side, *path = ours.split(".")
    match path:
        case ["positions"]:
            yield f"{side}.positional_embedding"
        case ["embedding"]:
            yield f"{side}.token_embedding.weight"
        case ["norm", leaf]:
            yield f"{side}.{'ln_post' if side == 'encoder' else 'ln'}.{leaf}"
        case ["layers", layer, block, leaf]:
            yield from (f"{side}.blocks.{layer}.{theirs}.{leaf}" for theirs in _LAYER[block])
        case _:
            yield ours


def _write_tensor(file: BinaryIO, name: str, array: Array) -> None:
    array = array[:, None] if name.endswith(("conv1.bias", "conv2.bias")) else array
    is_plain = array.ndim == 1 or name.endswith(_PLAIN)
    kind = _F32 if is_plain else _F16 if array.ndim == 3 else _Q8
    text = name.encode()
    file.write(struct.pack("<3i", array.ndim, len(text), kind))
    file.write(struct.pack(f"<{array.ndim}i", *reversed(array.shape)) + text)
    file.write(_quantised(array) if kind == _Q8 else array.astype("<f2" if kind == _F16 else "<f4").tobytes())


def _quantised(array: Array) -> bytes:
    """Blocks of a scale (16 bits) and 32 numbers of 8 bits."""
    blocks = array.reshape(-1, _BLOCK)
    scales = np.abs(blocks).max(axis=1, keepdims=True) / 127
    steps = np.divide(blocks, scales, out=np.zeros_like(blocks), where=scales > 0)
    stored = np.empty(len(blocks), np.dtype([("scale", "<f2"), ("steps", "i1", _BLOCK)]))
    stored["scale"], stored["steps"] = scales[:, 0], np.rint(steps)
    return stored.tobytes()
