"""Whisper trained further: on recordings with their transcripts, on a processor or a graphics card.

Data flows: `byte_pairs` (transcripts -> tokens) -> `plan` (which examples in which step) -> `batches` (their features and labels),
with `augment` (speed, rooms, noise, masks) -> `model` (the numpy weights as torch modules, and back) with `lora` (small matrices in
place of whole ones) -> `trainer` (one step), with `encoded` (what a frozen encoder made of batches) and `processes` (several that
share a step) -> `loop` (all steps, by `options`) with `checkpoint` (stopped and taken up again) -> `delta`, one folder up (what was
changed, all of it or a part).

Entry points: `byte_pairs.BytePairs`, `batches.example`, `loop.tune`; call `require_torch` before `loop` is imported. `model`,
`lora`, `trainer`, `processes` and `loop` alone import torch. May import: engines.whisper, speech, core.
"""

from __future__ import annotations

from importlib.util import find_spec

from lect.core.errors import MissingExtra


def require_torch() -> None:
    """Make sure that torch is there, without loading it.

    Raises:
        MissingExtra: it is not; the hint is the line that installs it.
    """
    if find_spec("torch") is None:
        raise MissingExtra(
            "training the weights needs torch, which is not installed",
            hint="Install it: pip install 'lect[train]'",
        )
