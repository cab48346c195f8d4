"""The acoustic part of a custom model: what training changed in the base's weights, as its bundle
holds it and as further training begins with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from lect.core.errors import ModelLoadFailed
from lect.engines.contract import Recogniser, TunedWeights
from lect.engines.whisper import delta as deltas
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.weights import Weights, read_weights
from lect.models.bases import Base
from lect.models.bundles import Bundle

WEIGHTS = "weights.safetensors"


@dataclass(frozen=True, kw_only=True)
class Start:
    """The model that training begins with: a base, perhaps with what was trained before."""

    base: Base
    tuned: TunedWeights | None = None
    recogniser: Recogniser
    lineage: tuple[str, ...] = ()  # ids of the custom models before, the latest first

    def read(self) -> tuple[Weights, Delta]:
        """The base's weights, and what was changed in them before."""
        weights = read_weights(self.base.folder.path)
        if self.tuned is None:
            return weights, Delta({})
        return weights, deltas.parse(self.tuned.read(), weights, where=self.tuned.name)


def weights_of(bundle: Bundle) -> TunedWeights | None:
    """The trained weights of a bundle, which are read when the engine needs them; None if it has none.

    Raises:
        ModelLoadFailed: the manifest says something impossible of them.
    """
    if WEIGHTS not in bundle.views:
        return None
    return TunedWeights(
        name=str(bundle.path),
        sha256=bundle.manifest.members[WEIGHTS].sha256,
        read=partial(bundle.read, WEIGHTS),
        shortest_window=_shortest_window(bundle),
    )


def _shortest_window(bundle: Bundle) -> float | None:
    recipe: Any = bundle.manifest.recipe.get("acoustic")
    seconds = recipe.get("shortest_window") if isinstance(recipe, dict) else None
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= 30:
        raise ModelLoadFailed(
            f"{bundle.path}: recipe.acoustic.shortest_window cannot be read",
            hint="Train the model again with this version of Lect.",
        )
    return float(seconds)
