"""LoRA: a low-rank matrix is learned beside each frozen one (https://arxiv.org/abs/2106.09685)."""

from __future__ import annotations

import re

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from lect.engines.whisper.delta import Factors

from .model import Stacked, Whisper
from .options import Part

_PARTS: dict[Part, re.Pattern[str]] = {
    "all": re.compile(r""),
    "decoder": re.compile(r"^decoder\."),
    "language": re.compile(r"^decoder\.layers\.\d+\.(self|ffn)_"),
}


def is_in(part: Part, name: str) -> bool:
    """Whether a weight or module of this name belongs to a part of the model."""
    return _PARTS[part].search(name) is not None


class Lora(nn.Module):
    """What is learned beside one linear layer: scale * up @ down, `rank` wide for each matrix that is stacked in it."""

    def __init__(self, linear: nn.Linear, *, rank: int, scale: float, rng: np.random.Generator) -> None:
        super().__init__()
        parts = linear.parts if isinstance(linear, Stacked) else 1
        bound = linear.in_features**-0.5
        down = rng.uniform(-bound, bound, (parts * rank, linear.in_features)).astype(np.float32)
        self.down = nn.Parameter(torch.from_numpy(down))
        self.up = nn.Parameter(
            torch.zeros(parts, linear.out_features // parts, rank)
        )  # zero: it begins as the base
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """(.., in) -> (.., out)"""
        inner = functional.linear(x, self.down).chunk(len(self.up), dim=-1)
        outer = [functional.linear(each, up) for each, up in zip(inner, self.up, strict=True)]
        return self.scale * torch.cat(outer, dim=-1)

    def factors(self) -> Factors:
        """What it adds to the dense weight, its strength within."""
        up = (self.scale * self.up).detach().cpu().numpy()
        down = self.down.unflatten(0, (len(self.up), -1)).detach().cpu().numpy()
        return Factors(np.array(up), np.array(down))


def add_lora(
    model: Whisper, *, part: Part = "all", rank: int = 16, scale: float = 2.0, rng: np.random.Generator
) -> None:
    """Freeze the model and put a `Lora` beside each linear layer of a part of it.

    Args:
        scale: strength; alpha / rank in the terms of the paper
        rng: draws where they begin
    """
    model.requires_grad_(requires_grad=False)
    for linear in _linears(model, part):
        linear.lora = Lora(linear, rank=rank, scale=scale, rng=rng)
        linear.lora.hook = linear.register_forward_hook(_with_lora)


def factors(model: Whisper) -> dict[str, Factors]:
    """What was learned beside each weight, by its name."""
    found = ((name, module) for name, module in model.named_modules() if hasattr(module, "lora"))
    return {f"{name}.weight": module.lora.factors() for name, module in found}


def _linears(model: Whisper, part: Part) -> list[nn.Linear]:
    found = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    return [module for name, module in found if is_in(part, name)]


def _with_lora(linear: nn.Linear, given: tuple[Tensor], out: Tensor) -> Tensor:
    return out + linear.lora(given[0])
