"""Whisper checkpoints as one numpy dictionary, whichever file they come in.

CTranslate2 `model.bin` and Hugging Face `model.safetensors` (one file or sharded) end in the same names:

    encoder.conv1, encoder.conv2                weight (out, in, 3), bias
    {side}.positions                            (n_positions, width)
    decoder.embedding                           (vocabulary, width)
    {side}.layers.{i}.self_qkv                  query, key and value stacked: (3 width, width)
    decoder.layers.{i}.cross_q, .cross_kv       (width, width), (2 width, width)
    {side}.layers.{i}.{self_out, cross_out, ffn_in, ffn_out}
    {side}.layers.{i}.{self_norm, cross_norm, ffn_norm}, {side}.norm

each matrix with `.weight` (out, in) and `.bias`. Arrays are float32, and read from the file each time they are asked for: a
checkpoint never lies in memory whole.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.engines.whisper.checkpoints import weight_files

Array = npt.NDArray[np.float32]

CT2_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}


@dataclass(frozen=True, kw_only=True)
class Dimensions:
    """The sizes of a Whisper model."""

    mels: int
    width: int
    encoder_layers: int
    decoder_layers: int
    encoder_heads: int
    decoder_heads: int
    vocabulary: int
    positions: int  # of the decoder: the longest text, prompt included

    @property
    def head_width(self) -> int:
        return self.width // self.decoder_heads

    @property
    def parameters(self) -> int:
        """How many numbers the matrices hold, nearly all there are."""
        return self.width * (
            self.vocabulary + self.width * (12 * self.encoder_layers + 16 * self.decoder_layers)
        )


@dataclass(frozen=True, kw_only=True)
class Weights:
    """A checkpoint, open."""

    arrays: Mapping[str, Array]
    dimensions: Dimensions
    alignment_heads: tuple[
        tuple[int, int], ...
    ]  # (layer, head) pairs whose cross attention follows the audio
    suppress: tuple[int, ...]  # tokens that are never text: symbols, speaker marks
    suppress_first: tuple[int, ...]  # tokens that may not open a text


def read_weights(folder: Path) -> Weights:
    """Read the checkpoint in a folder.

    Args:
        folder: holds `model.bin` (CTranslate2) or `model.safetensors` (Hugging Face), with their JSON files.

    Raises:
        ModelLoadFailed: there is no checkpoint, it is damaged or it is not a Whisper.
    """
    files = weight_files(folder)
    if not files:
        raise ModelLoadFailed(
            f"{folder}: neither model.bin nor model.safetensors is there",
            hint="Name a folder in the CTranslate2 or the Hugging Face layout.",
        )
    try:
        if files[0].suffix == ".bin":
            return _read_ctranslate2(folder)
        return _read_transformers(folder)
    except (OSError, LookupError, TypeError, ValueError, struct.error) as error:
        raise ModelLoadFailed(
            f"{folder}: the checkpoint cannot be read ({type(error).__name__}: {error})",
            hint="Fetch it again with `lect models pull`, or check it with `lect models verify`.",
        ) from error


class _Stored(Mapping[str, Array]):
    """Arrays that are read when they are asked for."""

    def __init__(self, readers: Mapping[str, Callable[[], Array]]) -> None:
        self._readers = readers

    def __getitem__(self, name: str) -> Array:
        return self._readers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


def _weights(
    arrays: Mapping[str, Array],
    *,
    heads: tuple[int, int],
    alignment_heads: Sequence[Sequence[int]],
    suppress: Sequence[int],
    suppress_first: Sequence[int],
) -> Weights:
    """Put a checkpoint together. `heads`: of encoder and decoder."""
    vocabulary, width = arrays["decoder.embedding"].shape
    size = Dimensions(
        mels=arrays["encoder.conv1.weight"].shape[1],
        width=width,
        encoder_layers=_count_layers(arrays, "encoder"),
        decoder_layers=_count_layers(arrays, "decoder"),
        encoder_heads=heads[0],
        decoder_heads=heads[1],
        vocabulary=vocabulary,
        positions=arrays["decoder.positions"].shape[0],
    )
    return Weights(
        arrays=arrays,
        dimensions=size,
        alignment_heads=_alignment_heads(alignment_heads, size),
        suppress=tuple(suppress),
        suppress_first=tuple(suppress_first),
    )


def _count_layers(arrays: Mapping[str, Array], side: str) -> int:
    prefix = f"{side}.layers."
    return 1 + max(int(name[len(prefix) :].split(".")[0]) for name in arrays if name.startswith(prefix))


def _alignment_heads(pairs: Sequence[Sequence[int]], size: Dimensions) -> tuple[tuple[int, int], ...]:
    """The heads in the order in which the decoder graph returns them: by layer.

    Whoever removes layers of a model or trains it further may leave the heads of the larger one behind, or none. Then, as in
    the original Whisper, all heads of the later half of the layers serve.
    """
    layers, heads = range(size.decoder_layers), range(size.decoder_heads)
    chosen = sorted((int(layer), int(head)) for layer, head in pairs)
    if chosen and all(layer in layers and head in heads for layer, head in chosen):
        return tuple(chosen)
    return tuple((layer, head) for layer in layers[len(layers) // 2 :] for head in heads)


# --- CTranslate2 -----------------------------------------------------------------------------------------------------

CT2_BLOCKS = {
    "self_attention.layer_norm": "self_norm",
    "self_attention.linear_0": "self_qkv",
    "self_attention.linear_1": "self_out",
    "attention.layer_norm": "cross_norm",
    "attention.linear_0": "cross_q",
    "attention.linear_1": "cross_kv",
    "attention.linear_2": "cross_out",
    "ffn.layer_norm": "ffn_norm",
    "ffn.linear_0": "ffn_in",
    "ffn.linear_1": "ffn_out",
}
_CT2_LEAVES = {"gamma": "weight", "beta": "bias", "weight": "weight", "bias": "bias"}


def _read_ctranslate2(folder: Path) -> Weights:
    raw = dict(_ctranslate2_variables(folder / "model.bin"))
    names = {name: _from_ctranslate2_name(name) for name in raw}
    readers = {
        ours: partial(_dequantised, raw[theirs], raw.get(f"{theirs}_scale"))
        for theirs, ours in names.items()
        if ours
    }
    config = json.loads((folder / "config.json").read_text())
    return _weights(
        _Stored(readers),
        heads=(int(raw["encoder/num_heads"]), int(raw["decoder/num_heads"])),
        alignment_heads=config["alignment_heads"],
        suppress=config["suppress_ids"],
        suppress_first=config["suppress_ids_begin"],
    )


def _dequantised(stored: npt.NDArray[Any], scale: npt.NDArray[Any] | None) -> Array:
    array = stored.astype(np.float32)
    if scale is not None:
        array /= scale.reshape(-1, *[1] * (array.ndim - 1))
    return array


def _ctranslate2_variables(path: Path) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    """The named arrays of a `model.bin`, views of its memory map.

    Layout, little endian: u32 version, text spec, u32 revision, u32 n, n variables. A text is u16 length (its closing NUL
    counted) + bytes; a variable is text name, u8 rank, rank x u32 sizes, u8 type, u32 n_bytes, data.
    """
    data = np.memmap(path, np.uint8, "r")
    at = 0

    def take(n: int) -> memoryview:
        nonlocal at
        if at + n > len(data):
            raise ValueError(f"{path.name} ends early, at byte {len(data)}")
        at += n
        return data.data[at - n : at]

    def number(form: str) -> int:
        return int(struct.unpack(f"<{form}", take(struct.calcsize(form)))[0])

    def text() -> str:
        return str(take(number("H"))[:-1], "utf-8")

    number("I")
    if (spec := text()) != "WhisperSpec":
        raise ValueError(f"{path.name} holds a {spec[:40]!r}, not a Whisper")
    number("I")
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind = CT2_TYPES[number("B")]
        yield name, np.frombuffer(take(number("I")), kind).reshape(shape)


def _from_ctranslate2_name(name: str) -> str | None:
    side, _, rest = name.replace("/", ".").partition(".")
    if rest == "position_encodings.encodings":
        return f"{side}.positions"
    if rest == "embeddings.weight":
        return f"{side}.embedding"
    stem, _, leaf = rest.rpartition(".")
    leaf = _CT2_LEAVES.get(leaf, "")
    if not leaf:
        return None
    if stem.startswith("layer_") and stem != "layer_norm":
        layer, _, block = stem.removeprefix("layer_").partition(".")
        return f"{side}.layers.{layer}.{CT2_BLOCKS[block]}.{leaf}" if block in CT2_BLOCKS else None
    stem = {"layer_norm": "norm"}.get(stem, stem)
    return f"{side}.{stem}.{leaf}" if stem in ("norm", "conv1", "conv2") else None


# --- Hugging Face ----------------------------------------------------------------------------------------------------

HF_BLOCKS = {
    "self_norm": ("self_attn_layer_norm",),
    "self_qkv": ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
    "self_out": ("self_attn.out_proj",),
    "cross_norm": ("encoder_attn_layer_norm",),
    "cross_q": ("encoder_attn.q_proj",),
    "cross_kv": ("encoder_attn.k_proj", "encoder_attn.v_proj"),
    "cross_out": ("encoder_attn.out_proj",),
    "ffn_norm": ("final_layer_norm",),
    "ffn_in": ("fc1",),
    "ffn_out": ("fc2",),
}


def _read_transformers(folder: Path) -> Weights:
    tensors = _Tensors(folder)
    config = json.loads((folder / "config.json").read_text())
    generation = json.loads((folder / "generation_config.json").read_text())
    readers = {"decoder.embedding": tensors.stacked("decoder.embed_tokens.weight")}

    def stack(ours: str, *theirs: str) -> None:
        readers[f"{ours}.weight"] = tensors.stacked(*(f"{name}.weight" for name in theirs))
        readers[f"{ours}.bias"] = tensors.biases(*theirs)

    for conv in ("conv1", "conv2"):
        stack(f"encoder.{conv}", f"encoder.{conv}")
    for side in ("encoder", "decoder"):
        readers[f"{side}.positions"] = tensors.stacked(f"{side}.embed_positions.weight")
        stack(f"{side}.norm", f"{side}.layer_norm")
        for i in range(config[f"{side}_layers"]):
            for ours, theirs in HF_BLOCKS.items():
                if side == "decoder" or not ours.startswith("cross"):
                    stack(f"{side}.layers.{i}.{ours}", *(f"{side}.layers.{i}.{name}" for name in theirs))
    return _weights(
        _Stored(readers),
        heads=(config["encoder_attention_heads"], config["decoder_attention_heads"]),
        alignment_heads=generation.get("alignment_heads") or (),
        suppress=generation.get("suppress_tokens") or (),
        suppress_first=generation.get("begin_suppress_tokens") or (),
    )


class _Tensors:
    """The tensors of all weight files of a folder, by name."""

    def __init__(self, folder: Path) -> None:
        from safetensors import SafetensorError, safe_open

        self._slices: dict[str, Any] = {}
        for path in weight_files(folder):
            try:
                shard = safe_open(path, framework="numpy")
            except SafetensorError as error:
                raise ValueError(f"{path.name} is damaged: {error}") from error
            for name in shard.keys():  # type: ignore[no-untyped-call]  # noqa: SIM118 - it is no dictionary
                self._slices[name.removeprefix("model.")] = shard.get_slice(name)  # type: ignore[no-untyped-call]

    def stacked(self, *names: str) -> Callable[[], Array]:
        """Reads tensors and stacks them. That they are there is checked at once."""
        slices = [self._slices[name] for name in names]
        if unreadable := {each.get_dtype() for each in slices} - {"F16", "F32", "F64"}:
            raise ValueError(
                f"{names[0]} is stored as {unreadable.pop()}; save the model as float16 or float32"
            )
        return lambda: np.concatenate([np.asarray(each[:], np.float32) for each in slices])

    def biases(self, *names: str) -> Callable[[], Array]:
        """Reads the biases of matrices and stacks them; zeros for Whisper's key projections, which have none."""
        sizes = [self._slices[f"{name}.weight"].get_shape()[0] for name in names]
        readers = [
            self.stacked(f"{name}.bias")
            if f"{name}.bias" in self._slices
            else partial(np.zeros, size, np.float32)
            for name, size in zip(names, sizes, strict=True)
        ]
        return lambda: np.concatenate([read() for read in readers])
