"""Engines by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lect.core.errors import NotFound
from lect.settings import Precision

from .contract import Recogniser, TunedWeights

ENGINES = ("whisper", "toy")


def load(
    engine: str,
    *,
    name: str,
    weights: Path,
    weights_sha256: str,
    precision: Precision,
    cache: Path,
    tuned: TunedWeights | None = None,
    progress: Callable[[float], None] | None = None,
) -> Recogniser:
    """Load a model with the engine that understands it.

    Args:
        engine: one of `ENGINES`
        name: what to call the model
        weights: folder of the checkpoint
        weights_sha256: its identity
        precision: int8, fp16 or fp32
        cache: folder for what can be made again
        tuned: what training changed; None for the base itself
        progress: told how far the engine is with what it must make at first use

    Raises:
        ModelLoadFailed: the checkpoint cannot be read.
        NotFound: there is no such engine.
    """
    if engine == "whisper":
        from .whisper.build import ensure_build
        from .whisper.recogniser import WhisperRecogniser, WindowPolicy

        build = ensure_build(
            weights,
            weights_sha256=weights_sha256,
            precision=precision,
            cache=cache,
            tuned=tuned,
            progress=progress,
        )
        if tuned is None or tuned.shortest_window is None:
            return WhisperRecogniser(name, build)
        return WhisperRecogniser(name, build, policy=WindowPolicy(shortest=tuned.shortest_window))
    if engine == "toy":
        from .toy import ToyRecogniser

        return ToyRecogniser(name)
    raise NotFound(f"there is no engine {engine!r}", hint=f"Known: {', '.join(ENGINES)}.")
