"""Whisper as two ONNX graphs, written node by node from numpy weights.

Encoder, any even length, time first:

    mel (1, T, n_mels) -> cross_key.{i} (1, H, S, D), cross_value.{i} (1, H, D, S)      S = T / 2, one pair per decoder layer

Decoder, B utterances x R query rows in one call. A row is a beam, a prompt token or a token of a known text: only the mask
knows. Earlier keys and values lie in a pool of C entries that the graph reads and never writes: it returns the new ones, the
host puts them into free slots of its own buffer. A beam is a set of visible slots, so nothing is copied or reordered when beams
change places, and a shared beginning is stored once.

    x (B, R, width)                  token + position embedding
    mask (B, 1, R, C + R)            0 where a row may see an entry (first C) or a new row (last R), else -1e9
    key.{i}, value.{i} (B, H, C, D)  the pool
    cross_key.{i}, cross_value.{i}   from the encoder, padded to the longest S of the batch
    cross_mask (B, 1, 1, S)          0 on frames, -1e9 on padding
    rows (P)                         flat row numbers (b * R + r) whose next-token distribution is wanted
    bias (V)                         added to the logits; -1e9 suppresses a token
    extra (P, E), k (1)              more tokens whose log-probability is wanted; how many of the best
    -> log_probs (P, k), tokens (P, k), extra_log_probs (P, E),
       new_keys, new_values (layers, B, H, R, D), attention (B, n_alignment_heads, R, S)

D = head width. Needs the package `onnx`; running the graphs does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from onnx import TensorProto

from lect.settings import Precision

from . import quantise
from .weights import Array, Dimensions, Weights
from .writer import Writer, writing

VOCABULARY_FILE = (
    "vocabulary.bin"  # beside the decoder: the one copy of the embedding, mapped by host and session
)


# --- encoder ---------------------------------------------------------------------------------------------------------


def write_encoder(
    path: Path,
    weights: Weights,
    precision: Precision,
    *,
    hot: Mapping[int, npt.NDArray[np.int64]] | None = None,
    hidden: bool = False,
) -> None:
    """Write the encoder with every decoder layer's cross keys and values.

    Args:
        hot: per layer the hidden feed-forward units that int8 keeps in float32, see `quantise.hot_units`
        hidden: return the feed-forward activations (`hidden.{i}`) in place of keys and values, to find the hot units
    """
    with writing(path, precision) as g:
        _encoder(g, weights, hot or {}, hidden=hidden)


def _encoder(g: Writer, weights: Weights, hot: Mapping[int, npt.NDArray[np.int64]], *, hidden: bool) -> None:
    arrays, size = weights.arrays, weights.dimensions
    x = _convolutions(g, arrays, size)
    length = g.op("Shape", x, start=1, end=2)
    places = g.op("Slice", g.constant(arrays["encoder.positions"]), g.ints(0), length, g.ints(0))
    x = g.op("Add", x, places)
    for i in range(size.encoder_layers):
        name = f"encoder.layers.{i}"
        x = _encoder_attention(g, x, arrays, name, size)
        h = g.norm(x, arrays, f"{name}.ffn_norm")
        h = g.gelu(
            g.linear(h, arrays[f"{name}.ffn_in.weight"], arrays[f"{name}.ffn_in.bias"], many_rows=True)
        )
        if hidden:
            g.op("Identity", h, output=f"hidden.{i}")
            g.output(f"hidden.{i}", 1, "S", "N")
        x = g.op("Add", x, _contraction(g, h, arrays, name, hot.get(i)))
    if not hidden:
        _cross_keys_values(g, g.norm(x, arrays, "encoder.norm"), arrays, size)


def _convolutions(g: Writer, arrays: Mapping[str, Array], size: Dimensions) -> str:
    """Both convolutions (width 3; the second with stride 2) as matrix products over shifted copies, so that they are int8 too."""
    width, end = size.width, g.ints(np.iinfo(np.int32).max)

    def product(x: str, name: str) -> str:
        kernel = arrays[f"encoder.{name}.weight"].transpose(0, 2, 1).reshape(width, -1)
        return g.gelu(g.linear(x, kernel, arrays[f"encoder.{name}.bias"], many_rows=True))

    mel = g.input("mel", 1, "T", size.mels)
    padded = g.op("Pad", mel, g.ints(0, 1, 0, 0, 1, 0))
    before = g.op("Slice", padded, g.ints(0), g.ints(-2), g.ints(1))
    after = g.op("Slice", padded, g.ints(2), end, g.ints(1))
    x = product(g.op("Concat", before, mel, after, axis=-1), "conv1")
    pairs = g.op("Reshape", x, g.ints(1, -1, 2 * width))  # [x[2t], x[2t + 1]]
    shifted = g.op("Pad", pairs, g.ints(0, 1, -width, 0, -1, 0))  # [x[2t - 1]] behind a cut of the left half
    before = g.op("Slice", shifted, g.ints(0), g.ints(width), g.ints(2))
    return product(g.op("Concat", before, pairs, axis=-1), "conv2")


def _encoder_attention(g: Writer, x: str, arrays: Mapping[str, Array], name: str, size: Dimensions) -> str:
    h = g.norm(x, arrays, f"{name}.self_norm")
    qkv = g.linear(h, arrays[f"{name}.self_qkv.weight"], arrays[f"{name}.self_qkv.bias"], many_rows=True)
    q, k, v = g.split(qkv, 3, axis=-1)
    h = g.op(
        "MultiHeadAttention", q, k, v, fused=True, num_heads=size.encoder_heads
    )  # tiled: no (H, S, S) matrix
    h = g.linear(h, arrays[f"{name}.self_out.weight"], arrays[f"{name}.self_out.bias"], many_rows=True)
    return g.op("Add", x, h)


def _contraction(
    g: Writer, h: str, arrays: Mapping[str, Array], name: str, hot: npt.NDArray[np.int64] | None
) -> str:
    weight, bias = arrays[f"{name}.ffn_out.weight"], arrays[f"{name}.ffn_out.bias"]
    if g.precision != "int8" or hot is None:
        return g.linear(h, weight, bias, many_rows=True)
    cold = np.ones(weight.shape[1], np.float32)
    cold[hot] = 0
    exact = g.op("MatMul", g.op("Gather", h, g.constant(hot), axis=-1), g.constant(weight[:, hot].T))
    rest = g.linear(g.op("Mul", h, g.constant(cold)), weight * cold, bias, many_rows=True)
    return g.op("Add", rest, exact)


def _cross_keys_values(g: Writer, x: str, arrays: Mapping[str, Array], size: Dimensions) -> None:
    """All layers' keys in one product, all values in another, in the layouts that few-row products read fastest."""
    layers, heads, width = size.decoder_layers, size.decoder_heads, size.width
    for part, stem, order in ((0, "cross_key", [0, 2, 1, 3]), (1, "cross_value", [0, 2, 3, 1])):
        rows = slice(part * width, (part + 1) * width)
        names = [f"decoder.layers.{i}.cross_kv" for i in range(layers)]
        weight = np.concatenate([arrays[f"{name}.weight"][rows] for name in names])
        bias = np.concatenate([arrays[f"{name}.bias"][rows] for name in names])
        y = g.op(
            "Reshape",
            g.linear(x, weight, bias, many_rows=True),
            g.ints(1, -1, layers * heads, size.head_width),
        )
        y = g.op("Transpose", y, perm=order)
        g.ops("Split", y, outputs=[f"{stem}.{i}" for i in range(layers)], axis=1, num_outputs=layers)
        shape = ("S", size.head_width) if part == 0 else (size.head_width, "S")
        for i in range(layers):
            g.output(f"{stem}.{i}", 1, heads, *shape)


# --- decoder ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """The embedding table as it lies in `VOCABULARY_FILE`, with its scales if it is int8."""

    table: npt.NDArray[np.generic]
    scales: Array | None


def write_decoder(path: Path, weights: Weights, precision: Precision) -> Vocabulary:
    """Write the decoder, and return the vocabulary matrix that belongs beside it in `VOCABULARY_FILE`."""
    with writing(path, precision) as g:
        return _decoder(g, weights)


def _decoder(g: Writer, weights: Weights) -> Vocabulary:
    arrays, size = weights.arrays, weights.dimensions
    layers, heads, depth = size.decoder_layers, size.decoder_heads, size.head_width
    x, mask = g.input("x", "B", "R", size.width), g.input("mask", "B", 1, "R", "CR")
    keys = [g.input(f"key.{i}", "B", heads, "C", depth) for i in range(layers)]
    values = [g.input(f"value.{i}", "B", heads, "C", depth) for i in range(layers)]
    cross_keys = [g.input(f"cross_key.{i}", "B", heads, "S", depth) for i in range(layers)]
    cross_values = [g.input(f"cross_value.{i}", "B", heads, depth, "S") for i in range(layers)]
    cross_mask = g.input("cross_mask", "B", 1, 1, "S")
    merged = g.ints(0, 0, size.width)
    sizes = g.op("Concat", g.op("Shape", keys[0], start=2, end=3), g.op("Shape", x, start=1, end=2), axis=0)
    new_keys, new_values, attention = [], [], []
    for i in range(layers):
        name = f"decoder.layers.{i}"
        h = g.norm(x, arrays, f"{name}.self_norm")
        qkv = g.heads(
            g.linear(h, *_scaled_queries(arrays, f"{name}.self_qkv", size)), g.ints(0, 0, 3 * heads, depth)
        )
        q, k, v = g.split(qkv, 3, axis=1)
        new_keys.append(k)
        new_values.append(v)
        earlier = g.op("FusedMatMul", q, keys[i], fused=True, transB=1)
        among = g.op("FusedMatMul", q, k, fused=True, transB=1)
        scores = g.op("Softmax", g.op("Add", g.op("Concat", earlier, among, axis=-1), mask), axis=-1)
        earlier, among = g.split(scores, 2, axis=-1, sizes=sizes)
        h = g.op("Add", g.op("MatMul", earlier, values[i]), g.op("MatMul", among, v))
        h = g.linear(g.merge(h, merged), arrays[f"{name}.self_out.weight"], arrays[f"{name}.self_out.bias"])
        x = g.op("Add", x, h)

        h = g.norm(x, arrays, f"{name}.cross_norm")
        q = g.heads(
            g.linear(h, *_scaled_queries(arrays, f"{name}.cross_q", size)), g.ints(0, 0, heads, depth)
        )
        # The rows of an utterance are queries against one copy of its keys.
        scores = g.op("FusedMatMul", q, cross_keys[i], fused=True, transB=1)
        scores = g.op("Softmax", g.op("Add", scores, cross_mask), axis=-1)
        aligned = [head for layer, head in weights.alignment_heads if layer == i]
        if aligned:
            attention.append(g.op("Gather", scores, g.ints(*aligned), axis=1))
        h = g.merge(g.op("FusedMatMul", scores, cross_values[i], fused=True, transB=1), merged)
        x = g.op("Add", x, g.linear(h, arrays[f"{name}.cross_out.weight"], arrays[f"{name}.cross_out.bias"]))

        h = g.norm(x, arrays, f"{name}.ffn_norm")
        h = g.gelu(g.linear(h, arrays[f"{name}.ffn_in.weight"], arrays[f"{name}.ffn_in.bias"]))
        x = g.op("Add", x, g.linear(h, arrays[f"{name}.ffn_out.weight"], arrays[f"{name}.ffn_out.bias"]))
    vocabulary = _next_tokens(g, x, arrays, size)
    for stem, parts in (("new_keys", new_keys), ("new_values", new_values)):
        g.op("Concat", *(g.op("Unsqueeze", part, g.ints(0)) for part in parts), axis=0, output=stem)
        g.output(stem, layers, "B", heads, "R", depth)
    g.op("Concat", *attention, axis=1, output="attention")
    g.output("attention", "B", len(weights.alignment_heads), "R", "S")
    return vocabulary


def _scaled_queries(arrays: Mapping[str, Array], name: str, size: Dimensions) -> tuple[Array, Array]:
    """A projection with attention's 1 / sqrt(D) folded into its query rows."""
    weight, bias = arrays[f"{name}.weight"].copy(), arrays[f"{name}.bias"].copy()
    scale = np.float32(size.head_width**-0.5)
    weight[: size.width] *= scale
    bias[: size.width] *= scale
    return weight, bias


def _next_tokens(g: Writer, x: str, arrays: Mapping[str, Array], size: Dimensions) -> Vocabulary:
    rows = g.input("rows", "P", kind=TensorProto.INT64)
    bias = g.input("bias", size.vocabulary)
    extra = g.input("extra", "P", "E", kind=TensorProto.INT64)
    k = g.input("k", 1, kind=TensorProto.INT64)
    h = g.op("Gather", g.op("Reshape", x, g.ints(-1, size.width)), rows, axis=0)
    h = g.norm(h, arrays, "decoder.norm")
    embedding = arrays["decoder.embedding"]
    if g.precision == "int8":
        table, scales = quantise.per_block(embedding)
        vocabulary = Vocabulary(table=table, scales=scales)
        logits = g.blocks(
            h, g.outside(table, VOCABULARY_FILE, name="vocabulary"), g.constant(scales), bias, embedding.shape
        )
    else:
        vocabulary = Vocabulary(
            table=embedding.astype(np.float16 if g.precision == "fp16" else np.float32), scales=None
        )
        matrix = g.outside(vocabulary.table, VOCABULARY_FILE, name="vocabulary")
        if g.precision == "fp16":
            matrix = g.op("Cast", matrix, to=TensorProto.FLOAT)
        logits = g.op("Add", g.op("FusedMatMul", h, matrix, fused=True, transB=1), bias)
    log_probs = g.op("LogSoftmax", logits, axis=-1)
    g.ops("TopK", log_probs, k, outputs=["log_probs", "tokens"], axis=-1)
    g.op("GatherElements", log_probs, extra, axis=1, output="extra_log_probs")
    g.output("log_probs", "P", "K")
    g.output("tokens", "P", "K", kind=TensorProto.INT64)
    g.output("extra_log_probs", "P", "E")
    return vocabulary
