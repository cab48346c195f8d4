"""How matrices become int8 without moving a transcript.

Two formats, each where it is best:

* per tensor (`DynamicQuantizeMatMul`): one scale per output channel of the weight, one per activation tensor. Fastest on the
  many rows of the encoder. A few hidden units of the feed-forward blocks reach 60-290 where their neighbours stay below 4 and
  would blunt that one activation scale; `hot_units` finds them and the graph keeps them in float32.
* per block of 64 (`MatMulNBits`): weight and activation scales per row and block. As fast on the decoder's few rows, five
  times as exact, and a row does not depend on its neighbours in the batch.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .weights import Array

BLOCK = 64
STEPS = 63  # on each side of zero, 7 bits

HOT_UNITS = 32  # kept in float32 in a layer that has any
HOT_FACTOR = 3.0  # a layer is hot if its peak is so many times the level of its HOT_UNITS-th unit


def per_channel(weight: Array) -> tuple[npt.NDArray[np.int8], Array]:
    """Symmetric integers of 7 bits with one scale per output channel.

    Seven, because processors with AVX2 but without VNNI add two products in 16 bits, which 8-bit weights overflow: there the
    cross keys of tiny.en come out 20 % off. With seven bits they are 7 % off, and the same on every processor (5 % with eight
    bits where nothing overflows).

    Args:
        weight: shape = (n_out, n_in)

    Returns:
        int8 of shape (n_out, n_in) and float32 scales of shape (n_out,): weight = q * scale.
    """
    scale = np.maximum(np.abs(weight).max(axis=1), 1e-12) / STEPS
    return np.rint(weight / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def per_block(weight: Array) -> tuple[npt.NDArray[np.uint8], Array]:
    """8 bits around 128 with one scale per row and block of 64 inputs, as `MatMulNBits` stores it.

    Args:
        weight: shape = (n_out, n_in)

    Returns:
        uint8 of shape (n_out, n_blocks, 64) and float32 scales of shape (n_out, n_blocks): weight = (q - 128) * scale.
    """
    n_out, n_in = weight.shape
    blocks = np.pad(weight, ((0, 0), (0, -n_in % BLOCK))).reshape(n_out, -1, BLOCK)
    scale = np.maximum(np.abs(blocks).max(axis=2), 1e-12) / 127
    return (np.rint(blocks / scale[..., None]) + 128).astype(np.uint8), scale.astype(np.float32)


def hot_units(peaks: list[Array]) -> dict[int, npt.NDArray[np.int64]]:
    """The hidden units to keep in float32, by encoder layer.

    Args:
        peaks: per layer the largest activation of each hidden unit on some sound, shape = (n_hidden,)
    """
    hot = {}
    for layer, peak in enumerate(peaks):
        order = np.argsort(-peak, kind="stable")
        if peak[order[0]] > HOT_FACTOR * peak[order[HOT_UNITS - 1]]:
            hot[layer] = np.sort(order[:HOT_UNITS])
    return hot
