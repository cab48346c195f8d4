"""A file of named arrays that can be used where it lies: a checked header, then 64-byte aligned little-endian data.

    magic (8 bytes) | length of the header (8 bytes) | header (JSON) | arrays

The header is `{"version", "meta", "arrays": {name: {"dtype", "length", "offset"}}}`, offsets from the start of the file.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.core.files import atomic_write

Array: TypeAlias = npt.NDArray[Any]

_MAGIC = b"LECT-LM\n"
_VERSION = 1
_ALIGNMENT = 64
_DTYPES = frozenset({"|u1", "<u4", "<f8"})


def write(path: Path, *, meta: Mapping[str, object], arrays: Mapping[str, Array]) -> None:
    """Write the arrays to a file that is whole or absent; the same content gives the same bytes.

    Raises:
        StoreError: The file cannot be written.
    """
    header = _header(meta, arrays)
    with atomic_write(path) as file:
        file.write(_MAGIC + len(header).to_bytes(8, "little") + header)
        for array in arrays.values():
            file.write(b"\0" * (-file.tell() % _ALIGNMENT))
            file.write(np.ascontiguousarray(array).data)


def read(data: memoryview, *, name: str) -> tuple[dict[str, Any], dict[str, Array]]:
    """The meta data and the arrays, as views of `data`.

    Args:
        data: The whole file, usually a memory map.
        name: What to call it in errors.

    Raises:
        ModelLoadFailed: The header is damaged or describes something else than the data.
    """
    header = _parse_header(data, name)
    arrays = {}
    for key, entry in header["arrays"].items():
        if not _is_entry(entry, len(data)):
            raise damaged(name, f"array {key!r} does not lie inside the file")
        arrays[key] = np.frombuffer(data, entry["dtype"], entry["length"], entry["offset"])
    return header["meta"], arrays


def mapped(path: Path) -> mmap.mmap:
    """The bytes of a file where they lie, in pages that the system may drop and read again.

    Raises:
        ModelLoadFailed: The file cannot be read, or is empty.
    """
    try:
        with path.open("rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:  # an empty file cannot be mapped
        raise ModelLoadFailed(
            f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}",
            hint="Check that the model is still there, and how many files this process may open (ulimit -n).",
        ) from error


def damaged(name: str, reason: str) -> ModelLoadFailed:
    """The error for a file that cannot be trusted."""
    return ModelLoadFailed(
        f"{name}: not a usable language model: {reason}.", hint="Copy the file again or train again."
    )


def _header(meta: Mapping[str, object], arrays: Mapping[str, Array]) -> bytes:
    """The header as padded JSON. Offsets depend on its length, so it is laid out for a length that surely suffices."""
    size = -(-(512 + len(json.dumps(meta)) + 128 * len(arrays)) // _ALIGNMENT) * _ALIGNMENT
    offset, entries = size, {}
    for key, array in arrays.items():
        offset += -offset % _ALIGNMENT
        entries[key] = {"dtype": array.dtype.str, "length": len(array), "offset": offset}
        offset += array.nbytes
    header = json.dumps({"version": _VERSION, "meta": meta, "arrays": entries}, sort_keys=True).encode()
    return header.ljust(size - len(_MAGIC) - 8)


def _parse_header(data: memoryview, name: str) -> dict[str, Any]:
    start = len(_MAGIC) + 8
    if bytes(data[: len(_MAGIC)]) != _MAGIC:
        raise damaged(name, "it does not begin as one")
    length = int.from_bytes(data[len(_MAGIC) : start], "little")
    if length > len(data) - start:
        raise damaged(name, "it is cut short")
    try:
        header = json.loads(bytes(data[start : start + length]))
    except ValueError:
        raise damaged(name, "its header is not JSON") from None
    except RecursionError:
        raise damaged(name, "its header is nested too deeply") from None
    if not isinstance(header, dict) or not all(
        isinstance(header.get(key), dict) for key in ("meta", "arrays")
    ):
        raise damaged(name, "its header lacks the list of arrays")
    if header.get("version") != _VERSION:
        raise damaged(name, f"format version {header.get('version')!r}, this release reads {_VERSION}")
    return header


def _is_entry(entry: object, size: int) -> bool:
    """Whether an entry of the header describes an aligned array inside a file of `size` bytes."""
    if not isinstance(entry, dict) or entry.get("dtype") not in _DTYPES:
        return False
    length, offset = entry.get("length"), entry.get("offset")
    if type(length) is not int or type(offset) is not int or length < 0 or offset < 0:
        return False
    return offset % _ALIGNMENT == 0 and offset + length * np.dtype(entry["dtype"]).itemsize <= size
