"""What training changed in a checkpoint: small, exact to add, and the part of a custom model that is kept.

A changed array is either the product of two thin matrices (LoRA) or a difference. As a safetensors file, under the names of
`weights`:

    {array}.up, {array}.down    float32, shapes (parts, out / parts, rank) and (parts, rank, in); added is up @ down, stacked
    {array}                     float16, the difference itself, in the shape of the array
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from lect.core.errors import InvalidInput, ModelLoadFailed

from .weights import Array, Weights, _Stored

_UP, _DOWN = ".up", ".down"


@dataclass(frozen=True)
class Factors:
    """A change of low rank, for each of the matrices that are stacked in one array."""

    up: Array  # (parts, out / parts, rank)
    down: Array  # (parts, rank, in)

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array that it is added to."""
        return self.up.shape[0] * self.up.shape[1], self.down.shape[2]

    def dense(self) -> Array:
        """What is added. shape = (out, in)"""
        added: Array = (self.up @ self.down).reshape(self.shape)
        return added

    def scaled(self, alpha: float) -> Factors:
        """A part of it."""
        return replace(self, up=self.up * np.float32(alpha))

    def then(self, other: Factors) -> Factors:
        """Both, one after the other: their ranks add up."""
        up, down = (self.up, other.up), (self.down, other.down)
        return Factors(np.concatenate(up, axis=2), np.concatenate(down, axis=1))


@dataclass(frozen=True)
class Difference:
    """A change of any kind, in half precision: changes are small beside what they are added to."""

    half: npt.NDArray[np.float16]

    @classmethod
    def of(cls, array: Array) -> Difference:
        """That of so much."""
        return cls(array.astype(np.float16))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the array that it is added to."""
        return self.half.shape

    def dense(self) -> Array:
        """What is added."""
        return self.half.astype(np.float32)

    def scaled(self, alpha: float) -> Difference:
        """A part of it."""
        return Difference.of(self.dense() * np.float32(alpha))


Change = Factors | Difference


@dataclass(frozen=True)
class Delta:
    """The changed arrays by name."""

    changes: Mapping[str, Change]

    def scaled(self, alpha: float) -> Delta:
        """A part of the way from the base to the tuned model.

        It keeps most of what was learned and gives back most of what was forgotten.

        Args:
            alpha: how far, 0 = base .. 1 = tuned

        Raises:
            InvalidInput: alpha is outside 0..1.
        """
        if not 0 <= alpha <= 1:
            raise InvalidInput(
                f"alpha is {alpha}", hint="Give a number from 0 (the base model) to 1 (the tuned one)."
            )
        return Delta({name: change.scaled(alpha) for name, change in self.changes.items()})

    def stacked(self, other: Delta) -> Delta:
        """This change and another one that began where it ended."""
        mine, theirs = self.changes, other.changes
        both = {name: _both(mine[name], theirs[name]) for name in mine.keys() & theirs.keys()}
        return Delta({**mine, **theirs, **both})

    def applied(self, weights: Weights) -> Weights:
        """The weights with the change added; arrays are computed when they are asked for."""
        readers = {name: partial(self._array, weights.arrays, name) for name in weights.arrays}
        return replace(weights, arrays=_Stored(readers))

    def _array(self, arrays: Mapping[str, Array], name: str) -> Array:
        change = self.changes.get(name)
        return arrays[name] if change is None else arrays[name] + change.dense()

    def to_bytes(self) -> bytes:
        """The safetensors file. The same change gives the same bytes."""
        from safetensors.numpy import save

        tensors: dict[str, npt.NDArray[Any]] = {}
        for name, change in self.changes.items():
            if isinstance(change, Factors):
                tensors |= {name + _UP: change.up, name + _DOWN: change.down}
            else:
                tensors[name] = change.half
        return save({name: np.ascontiguousarray(array) for name, array in tensors.items()})


def difference(base: Mapping[str, Array], tuned: Mapping[str, Array]) -> Delta:
    """What leads from one set of weights to another; arrays that did not change are left out."""
    found = {}
    for name, array in base.items():
        if not np.array_equal(array, end := tuned[name]):
            found[name] = Difference.of(end - array)
    return Delta(found)


def parse(data: bytes, weights: Weights, *, where: str) -> Delta:
    """Read the file, and make sure that it fits a checkpoint.

    Args:
        where: what to call it in an error

    Raises:
        ModelLoadFailed: it is damaged, of another checkpoint, or holds numbers that are not finite.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        tensors = load(data)
        names = {name.removesuffix(_UP).removesuffix(_DOWN) for name in tensors}
        changes = {name: _change(tensors, name) for name in sorted(names)}
        for name, change in changes.items():
            _require_fit(name, change, weights)
    except (SafetensorError, LookupError, ValueError, TypeError) as error:
        raise ModelLoadFailed(
            f"{where}: the trained weights cannot be read ({type(error).__name__}: {error})",
            hint="Copy the bundle again from where it was made, or train it again.",
        ) from error
    return Delta(changes)


def _change(tensors: Mapping[str, npt.NDArray[Any]], name: str) -> Change:
    parts = [tensors[name]] if name in tensors else [tensors[name + _UP], tensors[name + _DOWN]]
    wanted = np.float16 if name in tensors else np.float32
    for part in parts:
        if part.dtype != wanted:
            raise TypeError(f"{name} is stored as {part.dtype}")
        if not np.isfinite(part).all():
            raise ValueError(f"{name} holds numbers that are not finite")
    if len(parts) == 1:
        return Difference(parts[0])
    up, down = parts
    if up.ndim != 3 or down.ndim != 3 or (up.shape[0], up.shape[2]) != down.shape[:2]:
        raise ValueError(f"{name}: factors of shapes {up.shape} and {down.shape} do not fit")
    return Factors(up, down)


def _require_fit(name: str, change: Change, weights: Weights) -> None:
    if name not in weights.arrays:
        raise LookupError(f"{name}: the base model has no such array")
    if change.shape != (shape := weights.arrays[name].shape):
        raise ValueError(f"{name} is {change.shape}, the base model's is {shape}")


def _both(first: Change, second: Change) -> Change:
    if isinstance(first, Factors) and isinstance(second, Factors):
        return first.then(second)
    return Difference.of(first.dense() + second.dense())
