"""Several processes that train one model together, as torchrun starts them, on one machine or on many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed

from lect.core.errors import EngineError

_PATIENCE = timedelta(days=7)  # the first one may hear recordings for hours before the others are needed


@dataclass(frozen=True, kw_only=True)
class Processes:
    """Which of them this one is."""

    rank: int = 0  # the first tells progress and writes
    count: int = 1

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """Put into each tensor the sum of all processes' own."""
        if self.count == 1:
            return
        flat = torch.cat([each.flatten() for each in tensors])
        with _together():
            distributed.all_reduce(flat)
        for each, total in zip(tensors, flat.split([each.numel() for each in tensors]), strict=True):
            each.copy_(total.view_as(each))

    def meet(self) -> None:
        """Wait until all are here."""
        if self.count > 1:
            with _together():
                distributed.barrier()

    def say(self, data: bytes = b"") -> bytes:
        """What the first process says, to all of them; what the others say is not heard."""
        if self.count == 1:
            return data
        with _together():
            distributed.broadcast(size := torch.tensor([len(data)]), 0)
            said = torch.zeros(int(size), dtype=torch.uint8)
            if self.rank == 0 and data:
                said = torch.frombuffer(bytearray(data), dtype=torch.uint8)
            distributed.broadcast(said, 0)
        return bytes(said.numpy())


@contextmanager
def _together() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:  # torch has no class of its own for it
        raise EngineError(
            f"a process that trained along with this one has ended ({str(error).splitlines()[0]})",
            hint="It says why; train again with --resume.",
        ) from error


def are_launched() -> bool:
    """Whether torchrun started this process, perhaps along with others."""
    return bool(distributed.is_available() and distributed.is_torchelastic_launched())


def join(device: str) -> Processes:
    """The processes that torchrun started along with this one, each with a graphics card of its own; alone without torchrun.

    They stay together until they end: torch does not reliably let a group go and another form.
    """
    if not are_launched():
        return Processes()
    on_card = torch.device(device).type == "cuda"
    if not distributed.is_initialized():
        if on_card:
            torch.cuda.set_device(distributed.get_node_local_rank())
        distributed.init_process_group("cpu:gloo,cuda:nccl" if on_card else "gloo", timeout=_PATIENCE)
    return Processes(rank=distributed.get_rank(), count=distributed.get_world_size())
