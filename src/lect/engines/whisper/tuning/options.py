"""What to train and how."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .augment import AugmentOptions
from .plan import BatchOptions

Part = Literal["all", "decoder", "language"]  # language: what the decoder knows without hearing
Precision = Literal["auto", "bf16", "fp32"]  # auto: bf16 where the device is quicker in it


@dataclass(frozen=True, kw_only=True)
class TuneOptions:
    """The same options, base and examples give the same bytes on the same kind of processor. On a graphics card they give the
    same but for rounding: torch adds up some sums there in whatever order they come.

    Text alone is learned by the part `language`, with LoRA.
    """

    part: Part = "all"
    rank: int = 16  # of LoRA; 0 trains the weights themselves
    learning_rate: float | None = None  # None: 3e-4 with LoRA, 3e-5 without
    epochs: int = 2
    copies: int = (
        2  # how often a frozen encoder hears each recording; later epochs repeat what it made of them
    )
    warm_up: float = 0.1  # share of the steps
    clip: float = 1.0  # largest norm of a step's gradient
    batches: BatchOptions = field(default_factory=BatchOptions)
    augmentation: AugmentOptions | None = field(default_factory=AugmentOptions)
    seed: int = 0
    threads: int = 1
    device: str = "cpu"  # or "cuda"
    precision: Precision = "auto"  # of the products
    checkpoint_seconds: float = 60.0

    @property
    def drawn(self) -> int:
        """Epochs whose batches are drawn anew; the others repeat those."""
        return self.epochs if self.part == "all" else min(self.copies, self.epochs)

    @property
    def peak(self) -> float:
        """The learning rate after the warm-up."""
        return self.learning_rate or (3e-4 if self.rank else 3e-5)
