"""What a frozen encoder made of batches, kept so that it need not hear them again."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from lect.core.errors import StoreError
from lect.engines.whisper.weights import Array


class EncodedFile:
    """Encoder outputs by batch, in half precision."""

    def __init__(self, file: BinaryIO) -> None:
        """Keep them in an empty file that is open for reading and writing."""
        self._file = file
        self._places: dict[int, tuple[int, tuple[int, ...]]] = {}

    def __contains__(self, draw: int) -> bool:
        return draw in self._places

    def put(self, draw: int, encoded: Array) -> None:
        """Keep what was made of a batch. (B, S, width)

        Raises:
            StoreError: there is no room for it.
        """
        try:
            self._places[draw] = self._file.seek(0, 2), encoded.shape
            self._file.write(encoded.astype(np.float16).tobytes())
            self._file.flush()
        except OSError as error:
            raise StoreError(
                f"no room to keep what the encoder made of the recordings ({error})",
                hint="Free some space, or write the bundle to another disk.",
            ) from error

    def get(self, draw: int) -> Array:
        """What was made of a batch, rounded as it was kept. shape = (B, S, width)"""
        offset, shape = self._places[draw]
        half = np.memmap(self._file, np.float16, mode="r", offset=offset, shape=shape)
        return half.astype(np.float32)
