"""Model and optimiser: one step at a time, wholly or not at all, and their state to go on from."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lect.core.errors import TrainingDiverged
from lect.engines.whisper.delta import Delta, difference
from lect.engines.whisper.weights import Array, Weights

from .batches import Batch, generator
from .checkpoint import Checkpoint
from .lora import add_lora, factors, is_in
from .model import Whisper
from .options import TuneOptions

_MOMENTS = ("exp_avg", "exp_avg_sq")  # of Adam, by torch's names
_LAST = 0.02  # share of the learning rate that is left at the end


class Trainer:
    """Model and optimiser between two steps."""

    def __init__(self, weights: Weights, options: TuneOptions, steps: int) -> None:
        self._options, self._steps = options, steps
        self._model = Whisper(weights)
        _choose(self._model, options)
        self._model.to(options.device)
        self._trained = {name: each for name, each in self._model.named_parameters() if each.requires_grad}
        self._optimiser = torch.optim.AdamW(
            self._trained.values(), betas=(0.9, 0.98), weight_decay=0.0 if options.rank else 0.01, fused=True
        )
        self._bf16 = options.precision == "bf16" or (
            options.precision == "auto" and computes_in_bf16(options.device)
        )
        self.losses: list[float] = []

    @property
    def done(self) -> int:
        """Steps that are done."""
        return len(self.losses)

    def learn(self, batch: Batch) -> None:
        """Do one step, wholly or not at all.

        Raises:
            TrainingDiverged: the loss or the gradient is not finite; the weights are as before.
        """
        self._optimiser.zero_grad(set_to_none=True)
        loss = self._loss(batch)
        self._require_finite(value := loss.item(), "the loss", batch)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self._trained.values(), self._options.clip)
        self._require_finite(norm.item(), "the gradient", batch)
        with _uninterrupted():
            for group in self._optimiser.param_groups:
                group["lr"] = learning_rate(self.done, self._steps, self._options)
            self._optimiser.step()
            self.losses.append(value)

    def _loss(self, batch: Batch) -> Tensor:
        device = self._options.device
        mel, tokens, rows, labels = (
            torch.from_numpy(each).to(device) for each in (batch.mel, batch.tokens, batch.rows, batch.labels)
        )
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, enabled=self._bf16):
            logits = self._model(mel, tokens, rows)
        return functional.cross_entropy(logits.float(), labels)

    def _require_finite(self, value: float, what: str, batch: Batch) -> None:
        if not math.isfinite(value):
            raise TrainingDiverged(
                f"step {self.done + 1} of {self._steps}: {what} is {value} on {', '.join(batch.names)}",
                hint="Train with a smaller learning rate, and make sure that these recordings say what their transcripts do.",
            )

    def snapshot(self, recipe: str) -> Checkpoint:
        """The state, to go on from.

        Raises:
            TrainingDiverged: it holds numbers that are not finite.
        """
        arrays = {f"weight/{name}": _numpy(each) for name, each in self._trained.items()}
        for name, each in self._trained.items():
            moments = self._optimiser.state.get(each, {})
            arrays |= {f"{moment}/{name}": _numpy(moments[moment]) for moment in _MOMENTS if moments}
        _require_all_finite(arrays, self.done)
        return Checkpoint(recipe=recipe, losses=tuple(self.losses), arrays=arrays)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go on from a snapshot."""
        arrays = {name: torch.from_numpy(array) for name, array in checkpoint.arrays.items()}
        states = {}
        for i, (name, weight) in enumerate(self._trained.items()):
            with torch.no_grad():
                weight.copy_(arrays[f"weight/{name}"])
            if checkpoint.steps:
                states[i] = {moment: arrays[f"{moment}/{name}"] for moment in _MOMENTS}
                states[i]["step"] = torch.tensor(float(checkpoint.steps))
        groups = self._optimiser.state_dict()["param_groups"]
        self._optimiser.load_state_dict({"state": states, "param_groups": groups})
        self.losses = list(checkpoint.losses)

    def finish(self, base: Weights) -> Delta:
        """What was learned. The training is over then.

        Raises:
            TrainingDiverged: it holds numbers that are not finite.
        """
        arrays = {name: _numpy(each) for name, each in self._trained.items()}
        _require_all_finite(arrays, self.done)
        if self._options.rank:
            return Delta(factors(self._model))
        return difference({name: base.arrays[name] for name in arrays}, arrays)


def _choose(model: Whisper, options: TuneOptions) -> None:
    """Say which parameters are trained."""
    if options.rank:
        add_lora(model, part=options.part, rank=options.rank, rng=generator(options.seed, "lora"))
        return
    # Positions have nothing to learn; the words of a frozen encoder's decoder are best left as they are.
    frozen = {"encoder.positions", "decoder.positions"} | (
        {"decoder.embedding"} if options.part != "all" else set()
    )
    for name, parameter in model.named_parameters():
        parameter.requires_grad_(is_in(options.part, name) and name not in frozen)


def learning_rate(step: int, steps: int, options: TuneOptions) -> float:
    """Rises evenly to its peak and falls evenly to almost nothing. `step` counts from 0."""
    warm_up = max(1, round(options.warm_up * steps))
    falling = (steps - step) / max(1, steps - warm_up)
    return options.peak * min((step + 1) / warm_up, max(_LAST, falling))


def computes_in_bf16(device: str) -> bool:
    """Whether products of bfloat16 are quicker there than of float32."""
    if torch.device(device).type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    has = torch.cpu.get_capabilities()
    return bool(has.get("avx512_bf16") or has.get("amx_bf16"))


def _numpy(tensor: Tensor) -> Array:
    return np.array(tensor.detach().cpu().numpy())


def _require_all_finite(arrays: Mapping[str, Array], step: int) -> None:
    if runaway := [name for name, array in arrays.items() if not np.isfinite(array).all()]:
        raise TrainingDiverged(
            f"step {step}: {runaway[0]} is not finite", hint="Train with a smaller learning rate."
        )


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block: half an update would be neither the step before nor the one after."""
    if threading.current_thread() is not threading.main_thread():  # no signal arrives in others
        yield
        return
    waiting = False

    def wait(*_: object) -> None:
        nonlocal waiting
        waiting = True

    before = signal.signal(signal.SIGINT, wait)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if waiting:
        signal.raise_signal(signal.SIGINT)
