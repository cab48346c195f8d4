"""Voices as vectors: two stretches of one speaker point the same way, those of two do not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.core.runtime import onnx_runtime

from .archive import read_archive
from .features import WINDOW, filterbank

Array = npt.NDArray[np.float32]

SIZE = 192
SHORTEST = 0.5  # seconds; less says nothing of a voice


class SpeakerEncoder:
    """The loaded network. Has no state: several threads may call it at once."""

    def __init__(self, weights: Path, *, threads: int = 1) -> None:
        """
        Args:
            weights: archive of the CAM++ of 3D-Speaker, 28 MB

        Raises:
            ModelLoadFailed: the file cannot be read, or is not that network.
        """
        from .graph import write_graph

        runtime = onnx_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        arrays = read_archive(weights)
        try:
            self._run: Callable[..., list[Array]] = runtime.InferenceSession(
                write_graph(arrays), options, providers=["CPUExecutionProvider"]
            ).run
        except Exception as error:  # onnxruntime raises its own family, which shares no base with others
            raise ModelLoadFailed(
                f"{weights}: not the network that tells speakers apart ({error})",
                hint="Install the weights again.",
            ) from error

    def voice(self, samples: Array) -> Array | None:
        """The voice in a stretch of mono 16 kHz audio: a vector of length 1. None: it is too short to tell.

        Args:
            samples: shape = (n_samples,)

        Returns:
            shape = (SIZE,)
        """
        if len(samples) < max(SHORTEST * 16_000, WINDOW):
            return None
        (voices,) = self._run(["voice"], {"features": filterbank(samples)[None]})
        return np.asarray(voices[0] / max(float(np.linalg.norm(voices[0])), 1e-9), np.float32)
