"""The two ONNX Runtime sessions of a model and the embedding beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.core.runtime import onnx_runtime

from .build import Build
from .quantise import BLOCK
from .weights import Array, Dimensions

Tokens = npt.NDArray[np.int64]

HIDDEN = np.float32(-1e9)  # what a row may not see; not -inf: one that sees nothing must not become NaN


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """One utterance's cross keys and values, a pair per decoder layer. S = frames of 20 ms."""

    keys: Sequence[Array]  # shape = (1, heads, S, head_width)
    values: Sequence[Array]  # shape = (1, heads, head_width, S)

    @property
    def frames(self) -> int:
        return int(self.keys[0].shape[2])


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """One decoder call's answer, see `graph` for the shapes."""

    log_probs: Array
    tokens: Tokens
    extra: Array
    new_keys: Array
    new_values: Array
    attention: Array


class Sessions:
    """A loaded model. Safe to call from several threads."""

    def __init__(self, build: Build, *, threads: int) -> None:
        """
        Args:
            threads: processor threads inside one call; several calls side by side use the processor better

        Raises:
            ModelLoadFailed: the graphs cannot be loaded.
        """
        runtime = onnx_runtime()
        options = runtime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        # Threads that wait in a loop would burn the CPU seconds of the other calls.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            self._encoder, self._decoder = (
                runtime.InferenceSession(
                    str(build.folder / name), options, providers=["CPUExecutionProvider"]
                )
                for name in ("encoder.onnx", "decoder.onnx")
            )
            self._positions = np.load(build.folder / "positions.npy", mmap_mode="r", allow_pickle=False)
            self._embedding, self._scales = _open_vocabulary(build)
        except Exception as error:  # onnxruntime raises its own family, which shares no base with others
            raise ModelLoadFailed(
                f"{build.folder}: the cached graphs cannot be loaded ({error})",
                hint="Delete that folder; it is built again.",
            ) from error
        self.dimensions: Dimensions = build.dimensions
        layers = range(self.dimensions.decoder_layers)
        self._inputs = [
            [f"{stem}.{i}" for i in layers] for stem in ("key", "value", "cross_key", "cross_value")
        ]
        self._outputs = [*self._inputs[2], *self._inputs[3]]

    def encode(self, mel: Array) -> Encoded:
        """Encode one window.

        Args:
            mel: shape = (frames, mels), an even number of frames
        """
        arrays = self._encoder.run(self._outputs, {"mel": mel[None]})
        layers = self.dimensions.decoder_layers
        return Encoded(keys=arrays[:layers], values=arrays[layers:])

    def embed(self, tokens: Tokens, positions: Tokens) -> Array:
        """Decoder input of tokens at positions of the text. (.., ) -> (.., width)"""
        rows = self._embedding[tokens].astype(np.float32)
        if self._scales is not None:
            rows = ((rows - 128) * self._scales[tokens][..., None]).reshape(*tokens.shape, -1)
            rows = rows[..., : self.dimensions.width]
        embedded: Array = rows + self._positions[positions]
        return embedded

    def decode(
        self,
        *,
        x: Array,
        mask: Array,
        keys: Sequence[Array],
        values: Sequence[Array],
        cross_keys: Sequence[Array],
        cross_values: Sequence[Array],
        cross_mask: Array,
        rows: Tokens,
        bias: Array,
        extra: Tokens,
        k: int,
    ) -> Decoded:
        """Run the decoder graph; see `graph` for names and shapes."""
        feed = {
            "x": x, "mask": mask, "cross_mask": cross_mask, "rows": rows, "bias": bias, "extra": extra, "k": np.array([k]),
        }  # fmt: skip
        for names, arrays in zip(self._inputs, (keys, values, cross_keys, cross_values), strict=True):
            feed.update(zip(names, arrays, strict=True))
        outputs = ["log_probs", "tokens", "extra_log_probs", "new_keys", "new_values", "attention"]
        log_probs, best, wanted, new_keys, new_values, attention = self._decoder.run(outputs, feed)
        return Decoded(
            log_probs=log_probs, tokens=best, extra=wanted,
            new_keys=new_keys, new_values=new_values, attention=attention,
        )  # fmt: skip

    def prefill(
        self,
        encoded: Encoded,
        prompt: Sequence[int],
        *,
        rows: Sequence[int],
        bias: Array,
        extra: Sequence[int],
        k: int,
    ) -> Decoded:
        """Run known tokens of one utterance at once, each seeing those before it: a prompt, or a whole text.

        Args:
            rows: positions whose next-token distribution is wanted
            extra: tokens whose log-probability is wanted there
        """
        n, size = len(prompt), self.dimensions
        empty = np.zeros((1, size.decoder_heads, 1, size.head_width), np.float32)
        mask = np.full((1, 1, n, 1 + n), HIDDEN, np.float32)
        mask[0, 0, :, 1:][np.tril_indices(n)] = 0
        return self.decode(
            x=self.embed(np.array([prompt]), np.arange(n)[None]),
            mask=mask,
            keys=[empty] * size.decoder_layers,
            values=[empty] * size.decoder_layers,
            cross_keys=encoded.keys,
            cross_values=encoded.values,
            cross_mask=np.zeros((1, 1, 1, encoded.frames), np.float32),
            rows=np.array(rows, np.int64),
            bias=bias,
            extra=np.tile(np.array(extra, np.int64), (len(rows), 1)),
            k=k,
        )


def _open_vocabulary(build: Build) -> tuple[np.ndarray, np.ndarray | None]:
    size = build.dimensions
    path = build.folder / "vocabulary.bin"
    if build.precision != "int8":
        kind = np.float16 if build.precision == "fp16" else np.float32
        return np.memmap(path, kind, "r", shape=(size.vocabulary, size.width)), None
    scales = np.load(build.folder / "scales.npy", allow_pickle=False)
    return np.memmap(path, np.uint8, "r", shape=(size.vocabulary, scales.shape[1], BLOCK)), scales
