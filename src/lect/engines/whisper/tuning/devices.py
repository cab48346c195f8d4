"""Where a training computes: on the processor, or on a graphics card."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import torch

from lect.core.errors import EngineError, InvalidInput

_PROBE = (1024, 384, 1536)  # sizes of a product such as training is full of: rows, inner, columns
_TRIES = 5
_QUICKER = 1.2  # times; casting there and back takes its share


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a training computes on."""

    name: str = "cpu"  # as torch calls it
    memory: int = 0  # bytes of a graphics card; 0: there is none


def choose_device(wanted: str) -> Device:
    """The device of this machine.

    Args:
        wanted: cpu, cuda, or auto: a graphics card if torch can use one

    Raises:
        InvalidInput: a graphics card is wanted, and torch can use none.
    """
    found = wanted != "cpu" and torch.cuda.is_available()
    if not found and wanted != "cuda":
        return Device()
    if not found:
        raise InvalidInput(
            "there is no graphics card that torch can use"
            + ("" if torch.version.cuda else ": this torch was built for processors alone"),
            hint="Install the driver and a torch for CUDA (https://pytorch.org/get-started), or train with --device cpu.",
        )
    return Device(name="cuda", memory=torch.cuda.get_device_properties(0).total_memory)


@contextmanager
def within_memory() -> Iterator[None]:
    """Say what helps where a graphics card has too little memory.

    Raises:
        EngineError: it has.
    """
    try:
        yield
    except torch.OutOfMemoryError as error:
        what = ". ".join(str(error).split(". ")[:3])  # the rest is for whoever writes programs
        raise EngineError(
            f"the graphics card has too little memory for this training ({what})",
            hint="Train a smaller base or less of it (--method lora, else decoder; in a request `method`), let no other program "
            "use the card, or train on the processor (--device cpu, LECT_DEVICE=cpu).",
        ) from error


@cache
def computes_in_bf16(device: str) -> bool:
    """Whether products of bfloat16 are quicker there than of float32.

    That a processor has instructions for them says little: without tiles (AMX) some take longer than for float32. So it is
    tried, which takes some 50 ms.
    """
    if torch.device(device).type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has = torch.cpu.get_capabilities()
    if has.get("amx_bf16"):
        return True
    return bool(has.get("avx512_bf16")) and _product_seconds(torch.float32) > _QUICKER * _product_seconds(
        torch.bfloat16
    )


def _product_seconds(kind: torch.dtype) -> float:
    """CPU seconds of a product, the shortest of some."""
    rows, inner, columns = _PROBE
    left, right = torch.ones(rows, inner, dtype=kind), torch.ones(columns, inner, dtype=kind)
    seconds = []
    for _ in range(_TRIES):
        began = time.thread_time()
        torch.nn.functional.linear(left, right)
        seconds.append(time.thread_time() - began)
    return min(seconds)
