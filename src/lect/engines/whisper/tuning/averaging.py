"""Weights between a base model and what it was tuned to."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from lect.core.errors import InvalidInput
from lect.engines.whisper.weights import Array, _Stored


def interpolate(base: Mapping[str, Array], tuned: Mapping[str, Array], alpha: float) -> Mapping[str, Array]:
    """Weights on the straight line from the base to the tuned model.

    A part of the way keeps most of what was learned and gives back most of what was forgotten. Arrays are computed when they are
    asked for. What tuning left alone, and the ends of the line, are exact.

    Args:
        base, tuned: of the same model
        alpha: how far, 0 = base .. 1 = tuned

    Raises:
        InvalidInput: alpha is outside 0..1, or the models differ in their arrays.
    """
    if not 0 <= alpha <= 1:
        raise InvalidInput(
            f"alpha is {alpha}", hint="Give a number from 0 (the base model) to 1 (the tuned one)."
        )
    if base.keys() != tuned.keys():
        raise InvalidInput(
            "the tuned weights are not those of this base model",
            hint="Average a model with the base that it was trained from.",
        )
    return _Stored({name: partial(_between, base, tuned, name, alpha) for name in base})


def _between(base: Mapping[str, Array], tuned: Mapping[str, Array], name: str, alpha: float) -> Array:
    start, end = base[name], tuned[name]
    # From the nearer end, so that both ends come out exactly.
    mixed: Array = start + alpha * (end - start) if alpha < 0.5 else end - (1 - alpha) * (end - start)
    return mixed
