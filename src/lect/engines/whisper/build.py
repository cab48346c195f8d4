"""Graph files of a checkpoint, as it is or tuned, built once and cached by content.

A build folder holds `encoder.onnx` and `decoder.onnx` with their matrices in `encoder.data`, `decoder.data` and
`vocabulary.bin`, a few `.npy` arrays, `tokenizer.json` and `build.json`. Its name is a hash of the weights, what
training changed in them, the precision and this builder's version, so a folder never changes: it is written elsewhere, renamed into place under a lock, and found by every
later process.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.core.files import atomic_folder, json_bytes, locked
from lect.core.runtime import onnx_runtime
from lect.engines.contract import TunedWeights
from lect.settings import Precision
from lect.telemetry import get_log

from . import delta, features
from .weights import Array, Dimensions, Weights, read_weights

BUILDER = 1  # raise it when the graphs change: old builds are then left aside

DETAILS = "build.json"


@dataclass(frozen=True, kw_only=True)
class Build:
    """A folder of graph files, ready for sessions."""

    folder: Path
    dimensions: Dimensions
    precision: Precision
    alignment_heads: int
    suppress: tuple[int, ...]
    suppress_first: tuple[int, ...]
    nbytes: int  # of all files: what the model takes in memory, roughly


def ensure_build(
    source: Path,
    *,
    weights_sha256: str,
    precision: Precision,
    cache: Path,
    tuned: TunedWeights | None = None,
    progress: Callable[[float], None] | None = None,
) -> Build:
    """The graph files of a checkpoint; builds them if no process has before.

    Args:
        source: folder of the checkpoint, see `weights.read_weights`
        weights_sha256: hash of its weight file, the identity of the model
        precision: int8, fp16 or fp32
        cache: folder that holds all builds
        tuned: what training changed in these weights
        progress: told how far the building is, 0..1; not called if there is nothing to build

    Raises:
        ModelLoadFailed: the checkpoint or the build cannot be read.
        StoreError: the build cannot be written, for want of room for instance.
    """
    identity = identity_of(weights_sha256, precision, tuned)
    folder = cache / identity
    if not (folder / DETAILS).is_file():
        with locked(cache / f"{identity}.lock"):
            if not (folder / DETAILS).is_file():
                _write_build(source, folder, precision, tuned, progress)
    return _open(folder)


def identity_of(weights_sha256: str, precision: Precision, tuned: TunedWeights | None = None) -> str:
    """What tells a build from all others: its folder's name."""
    content = f"{BUILDER} {precision} {weights_sha256}" + (f" {tuned.sha256}" if tuned else "")
    return f"whisper-{hashlib.sha256(content.encode()).hexdigest()[:24]}"


def _open(folder: Path) -> Build:
    try:
        details = json.loads((folder / DETAILS).read_text())
        for name, size in details["files"].items():
            if (folder / name).stat().st_size != size:
                raise ValueError(f"{name} is not {size} bytes long")
        return Build(
            folder=folder,
            dimensions=Dimensions(**details["dimensions"]),
            precision=details["precision"],
            alignment_heads=details["alignment_heads"],
            suppress=tuple(details["suppress"]),
            suppress_first=tuple(details["suppress_first"]),
            nbytes=sum(details["files"].values()),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelLoadFailed(
            f"{folder}: the cached graphs are damaged ({error})",
            hint="Delete that folder; it is built again.",
        ) from error


class _Watched(Mapping[str, Array]):
    """Arrays that tell what share of them has been read."""

    def __init__(self, arrays: Mapping[str, Array], progress: Callable[[float], None]) -> None:
        self._arrays, self._progress, self._unread = arrays, progress, set(arrays)

    def __getitem__(self, name: str) -> Array:
        self._unread.discard(name)
        self._progress(1 - len(self._unread) / len(self._arrays))
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _write_build(
    source: Path,
    folder: Path,
    precision: Precision,
    tuned: TunedWeights | None,
    progress: Callable[[float], None] | None,
) -> None:
    log = get_log(__name__, action="build", folder=folder, precision=precision)
    log.info("Building graphs.", source=source)
    began = time.monotonic()
    weights = read_weights(source)
    if tuned:
        weights = delta.parse(tuned.read(), weights, where=tuned.name).applied(weights)
    if progress:
        weights = replace(weights, arrays=_Watched(weights.arrays, progress))
    if folder.exists():
        log.warning("Incomplete graphs removed.")  # without its details it is no build
        shutil.rmtree(folder)
    with atomic_folder(folder) as draft:
        _write_files(weights, source, draft, precision)
    log.info("Graphs built.", seconds=time.monotonic() - began)


def _write_files(weights: Weights, source: Path, folder: Path, precision: Precision) -> None:
    from . import graph

    hot = _hot_units(weights, folder) if precision == "int8" else {}
    graph.write_encoder(folder / "encoder.onnx", weights, precision, hot=hot)
    vocabulary = graph.write_decoder(folder / "decoder.onnx", weights, precision)
    (folder / graph.VOCABULARY_FILE).write_bytes(vocabulary.table.data)
    _write_array(folder / "positions.npy", weights.arrays["decoder.positions"])
    _write_array(folder / "cross_bias.npy", _cross_value_bias(weights))
    if vocabulary.scales is not None:
        _write_array(folder / "scales.npy", vocabulary.scales)
    shutil.copyfile(source / "tokenizer.json", folder / "tokenizer.json")
    details = {
        "precision": precision,
        "dimensions": asdict(weights.dimensions),
        "alignment_heads": len(weights.alignment_heads),
        "suppress": weights.suppress,
        "suppress_first": weights.suppress_first,
        "files": {path.name: path.stat().st_size for path in sorted(folder.iterdir())},
    }
    (folder / DETAILS).write_bytes(json_bytes(details))


def _write_array(path: Path, array: Array) -> None:
    """Write a `.npy` file; numpy itself would not say that a full disk is full."""
    data = io.BytesIO()
    np.save(data, array, allow_pickle=False)
    path.write_bytes(data.getbuffer())


def _cross_value_bias(weights: Weights) -> Array:
    """What every decoder layer's cross values are where the encoder says nothing. shape = (layers, width)"""
    size = weights.dimensions
    names = [f"decoder.layers.{i}.cross_kv.bias" for i in range(size.decoder_layers)]
    return np.stack([weights.arrays[name][size.width :] for name in names])


def _hot_units(weights: Weights, folder: Path) -> dict[int, npt.NDArray[np.int64]]:
    """Find the feed-forward units that int8 must spare; a float32 encoder comes and goes in the folder."""
    from . import graph, quantise

    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        path = Path(scratch) / "encoder.onnx"
        graph.write_encoder(path, weights, "fp32", hidden=True)
        return quantise.hot_units(_peaks(path, mels=weights.dimensions.mels))


def _peaks(encoder: Path, *, mels: int) -> list[Array]:
    """The largest activation of each hidden unit on a few seconds of made-up sound, by layer. shape = (n_hidden,)"""
    session = onnx_runtime().InferenceSession(str(encoder), providers=["CPUExecutionProvider"])
    peaks: list[Array] = []
    for sound in _sounds():
        mel = features.log_mel(sound, mels=mels, frames=600)
        peaks_here = [np.abs(hidden[0]).max(axis=0) for hidden in session.run(None, {"mel": mel[None]})]
        peaks = [np.maximum(*pair) for pair in zip(peaks or peaks_here, peaks_here, strict=True)]
    return peaks


def _sounds() -> list[np.ndarray]:
    """Noise, a buzzing voice-like tone and silence, 6 s each; they excite the same units as speech does."""
    rng = np.random.default_rng(0)
    seconds = np.arange(6 * features.SAMPLE_RATE, dtype=np.float32) / features.SAMPLE_RATE
    buzz = sum(np.sin(2 * np.pi * 120 * n * seconds) / n for n in range(1, 30))
    syllables = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * seconds)
    noise = rng.normal(0, 0.1, len(seconds))
    return [sound.astype(np.float32) for sound in (noise, 0.1 * buzz * syllables, 0 * seconds)]
