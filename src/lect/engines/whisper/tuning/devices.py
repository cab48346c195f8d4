"""Where a training computes: on the processor, or on a graphics card."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from lect.core.errors import InvalidInput


@dataclass(frozen=True, kw_only=True)
class Device:
    """What a training computes on."""

    name: str = "cpu"  # as torch calls it
    memory: int = 0  # bytes of a graphics card; 0: there is none

    @property
    def is_card(self) -> bool:
        """Whether it is a graphics card."""
        return self.name == "cuda"


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
