"""Several processes that train one model together, as torchrun starts them, on one machine or on many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, distributed


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
        distributed.all_reduce(flat)
        for each, total in zip(tensors, flat.split([each.numel() for each in tensors]), strict=True):
            each.copy_(total.view_as(each))

    def meet(self) -> None:
        """Wait until all are here."""
        if self.count > 1:
            distributed.barrier()


def join(device: str) -> Processes:
    """The processes that torchrun started along with this one, each with a graphics card of its own; alone without torchrun.

    They stay together until they end: torch does not reliably let a group go and another form.
    """
    if not (distributed.is_available() and distributed.is_torchelastic_launched()):
        return Processes()
    on_card = torch.device(device).type == "cuda"
    if not distributed.is_initialized():
        if on_card:
            torch.cuda.set_device(distributed.get_node_local_rank())
        distributed.init_process_group("nccl" if on_card else "gloo")
    return Processes(rank=distributed.get_rank(), count=distributed.get_world_size())
