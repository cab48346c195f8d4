"""How arrays are stored: in half precision where that loses nothing, else in single."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lect.engines.whisper.weights import Array

Stored = npt.NDArray[np.float16] | npt.NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What must be known of all arrays before the first is written; they need not fit into memory together."""

    shapes: dict[str, tuple[int, ...]]
    half: bool  # each value is exact in float16, as in checkpoints that were published so

    @property
    def dtype(self) -> type[np.float16 | np.float32]:
        """What to store."""
        return np.float16 if self.half else np.float32

    def store(self, array: Array) -> Stored:
        """An array as it is stored: little endian, in C order."""
        return np.ascontiguousarray(array, np.dtype(self.dtype).newbyteorder("<"))


def survey(arrays: Mapping[str, Array]) -> Survey:
    """Read every array once."""
    shapes, half = {}, True
    for name in arrays:
        array = arrays[name]
        shapes[name] = array.shape
        half = half and _is_half(array)
    return Survey(shapes=shapes, half=half)


def _is_half(array: Array) -> bool:
    with np.errstate(over="ignore"):
        return bool(np.array_equal(array.astype(np.float16), array))
