"""A training that was stopped, as one safetensors file: its arrays, and in the file's header a JSON document that says whose they are.

All randomness of a step comes from the seed and the step's number (see `batches.generator`), so the number is the state of every
generator.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lect.core.errors import Conflict, ModelLoadFailed
from lect.core.files import write_bytes
from lect.engines.whisper.weights import Array

_VERSION = 2
_HEADER = "lect-training"  # the only entry: several would be written in any order


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """All that a training needs to go on."""

    recipe: str  # hash of base model, examples and options
    losses: tuple[float, ...]  # of the steps done
    arrays: Mapping[str, Array]  # trained weights and moments of the optimiser
    bf16: bool = False  # whether products are computed in bfloat16

    @property
    def steps(self) -> int:
        """How many are done."""
        return len(self.losses)


def write(path: Path, checkpoint: Checkpoint) -> None:
    """Write it whole or not at all, in place of an older one. The same content gives the same bytes.

    Raises:
        StoreError: it cannot be written.
    """
    from safetensors.numpy import save

    document = {
        "version": _VERSION,
        "recipe": checkpoint.recipe,
        "losses": checkpoint.losses,
        "bf16": checkpoint.bf16,
    }
    write_bytes(path, save(dict(checkpoint.arrays), metadata={_HEADER: json.dumps(document)}))


def read(path: Path, *, recipe: str) -> Checkpoint:
    """Read it, if it belongs to the training that is to go on.

    Raises:
        Conflict: it is of another training.
        ModelLoadFailed: it is no checkpoint, or damaged.
    """
    document, arrays = _open(path)
    if document["recipe"] != recipe:
        raise Conflict(
            f"{path}: this checkpoint is of a training with another base model, other data or other options",
            hint="Train with the same ones as before, or begin anew without resuming.",
        )
    return Checkpoint(
        recipe=recipe, losses=tuple(document["losses"]), arrays=arrays, bf16=document["bf16"] is True
    )


def _open(path: Path) -> tuple[dict[str, Any], dict[str, Array]]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            document = json.loads(file.metadata()[_HEADER])
            arrays = {name: np.array(file.get_tensor(name)) for name in file.keys()}  # noqa: SIM118 - no dictionary
        if document["version"] != _VERSION:
            raise ValueError(f"its version is {document['version']}, this release reads {_VERSION}")
        return document, arrays
    except (OSError, SafetensorError, ValueError, LookupError, TypeError) as error:
        raise ModelLoadFailed(
            f"{path}: not a usable checkpoint ({error})", hint="Begin anew without resuming."
        ) from error
