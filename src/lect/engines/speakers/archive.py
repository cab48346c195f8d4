"""Arrays of a torch archive (`.pt`), read as data: nothing of it is executed.

The archive is a zip: `data.pkl` names the arrays and says which bytes are theirs, in a language in which programs can be
written. Of that language this reader knows the few words that name arrays, and refuses any other.
"""

from __future__ import annotations

import math
import pickletools
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed

Array = npt.NDArray[Any]

_TYPES = {"torch FloatStorage": np.float32, "torch LongStorage": np.int64}
_TENSOR, _DICTIONARY = "torch._utils _rebuild_tensor_v2", "collections OrderedDict"
_MARK = object()


@dataclass(frozen=True)
class _Name:
    """Something that the archive names, and that is never looked up."""

    name: str


@dataclass(frozen=True)
class _Storage:
    """Bytes of the archive, and the type of what they hold."""

    kind: npt.DTypeLike
    key: str


@dataclass(frozen=True)
class _Tensor:
    storage: _Storage
    shape: tuple[int, ...]
    start: int


def read_archive(path: Path) -> dict[str, Array]:
    """The arrays by name.

    Raises:
        ModelLoadFailed: the file is no archive of arrays, or says more than their names.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            root = next(name for name in archive.namelist() if name.endswith("/data.pkl")).removesuffix(
                "data.pkl"
            )
            index = _index(archive.read(f"{root}data.pkl"))
            return {
                name: _array(tensor, archive.read(f"{root}data/{tensor.storage.key}"))
                for name, tensor in index.items()
            }
    except (
        OSError,
        zipfile.BadZipFile,
        StopIteration,
        LookupError,
        TypeError,
        ValueError,
        struct.error,
    ) as error:
        raise ModelLoadFailed(
            f"{path}: not an archive of arrays ({type(error).__name__}: {error})",
            hint="Install the weights again.",
        ) from error


def _array(tensor: _Tensor, stored: bytes) -> Array:
    flat = np.frombuffer(stored, tensor.storage.kind)
    return flat[tensor.start : tensor.start + math.prod(tensor.shape)].reshape(tensor.shape)


def _index(program: bytes) -> Mapping[str, _Tensor]:
    """What the program of an archive would build, if it builds arrays alone."""
    reader = _Reader()
    for operation, argument, _ in pickletools.genops(program):
        reader.take(operation.name, argument)
    index = reader.stack.pop()
    if not isinstance(index, dict) or not all(isinstance(each, _Tensor) for each in index.values()):
        raise ValueError("it holds something else than arrays")
    return index


class _Reader:
    """The stack on which the archive's values are put together."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memory: dict[int, Any] = {}
        self._words: dict[str, Callable[[Any], None]] = {
            "PROTO": lambda _: None,
            "STOP": lambda _: None,
            "EMPTY_DICT": lambda _: self.stack.append({}),
            "EMPTY_TUPLE": lambda _: self.stack.append(()),
            "MARK": lambda _: self.stack.append(_MARK),
            "NEWFALSE": lambda _: self.stack.append(False),
            "GLOBAL": lambda name: self.stack.append(_Name(name)),
            "TUPLE": lambda _: self.stack.append(tuple(self._marked())),
            "TUPLE1": lambda _: self.stack.append((self.stack.pop(),)),
            "TUPLE2": lambda _: self._tuple(2),
            "TUPLE3": lambda _: self._tuple(3),
            "SETITEMS": lambda _: self._set(),
            "BINPERSID": lambda _: self.stack.append(_storage(self.stack.pop())),
            "REDUCE": lambda _: self._build(),
        }

    def take(self, word: str, argument: Any) -> None:
        """Follow one word of the program."""
        if word in ("BINUNICODE", "BININT", "BININT1", "BININT2"):
            self.stack.append(argument)
        elif word in ("BINPUT", "LONG_BINPUT"):
            self._memory[argument] = self.stack[-1]
        elif word in ("BINGET", "LONG_BINGET"):
            self.stack.append(self._memory[argument])
        else:
            self._words[word](argument)

    def _marked(self) -> list[Any]:
        at = len(self.stack) - 1 - self.stack[::-1].index(_MARK)
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def _tuple(self, length: int) -> None:
        self.stack[-length:] = [tuple(self.stack[-length:])]

    def _set(self) -> None:
        items = self._marked()
        self.stack[-1].update(zip(items[::2], items[1::2], strict=True))

    def _build(self) -> None:
        arguments, maker = self.stack.pop(), self.stack.pop()
        if maker == _Name(_TENSOR):
            storage, start, shape, strides, *_ = arguments
            if list(strides) != [math.prod(shape[i + 1 :]) for i in range(len(shape))]:
                raise ValueError("an array does not lie in one piece")
            self.stack.append(_Tensor(storage, shape, start))
        elif maker == _Name(_DICTIONARY) and not arguments:
            self.stack.append({})
        else:
            raise ValueError(f"it wants to call {maker}")


def _storage(description: tuple[Any, ...]) -> _Storage:
    _, kind, key, *_ = description
    return _Storage(_TYPES[kind.name], key)
