"""Model and optimiser: one step at a time, wholly or not at all, and their state to go on from."""

from __future__ import annotations

import math
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from lect.core.errors import TrainingDiverged
from lect.engines.whisper.delta import Delta, difference
from lect.engines.whisper.weights import Array, Weights

from .batches import Batch, Example
from .checkpoint import Checkpoint
from .devices import computes_in_bf16
from .encoded import EncodedFile
from .lora import add_lora, factors, is_in
from .model import Whisper
from .options import TuneOptions
from .plan import generator
from .processes import Processes

_MOMENTS = ("exp_avg", "exp_avg_sq")  # of Adam, by torch's names
_LAST = 0.02  # share of the learning rate that is left at the end


class Trainer:
    """Model and optimiser between two steps."""

    def __init__(
        self,
        weights: Weights,
        options: TuneOptions,
        steps: int,
        *,
        processes: Processes = Processes(),
        kept: EncodedFile | None = None,
    ) -> None:
        """Begin at the base.

        Args:
            steps: that there will be, for the learning rate
            processes: that train the same model along with this one
            kept: for the outputs of an encoder that is frozen
        """
        self._options, self._steps, self._processes, self._kept = options, steps, processes, kept
        self._device = torch.device(options.device)
        self._model = Whisper(weights)
        _choose(self._model, options)
        self._model.to(self._device)
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

    def learn(self, batches: Iterable[Batch], examples: Sequence[Example]) -> None:
        """Do one step, wholly or not at all. All labels count the same, whichever batch or process they are in.

        Args:
            batches: this process's share; may be empty
            examples: those of all processes' shares

        Raises:
            TrainingDiverged: the loss or the gradient is not finite; the weights are as before.
        """
        self._optimiser.zero_grad(set_to_none=True)
        labels = sum(len(each.answer) for each in examples)
        loss = torch.zeros((), device=self._device)
        for batch in batches:
            share = self._loss(batch) / labels
            share.backward()
            loss += share.detach()
        self._processes.add_up([loss, *self._gradients()])
        self._require_finite(value := loss.item(), "the loss", examples)
        norm = torch.nn.utils.clip_grad_norm_(self._trained.values(), self._options.clip)
        self._require_finite(norm.item(), "the gradient", examples)
        with _uninterrupted():
            for group in self._optimiser.param_groups:
                group["lr"] = learning_rate(self.done, self._steps, self._options)
            self._optimiser.step()
            self.losses.append(value)

    def _loss(self, batch: Batch) -> Tensor:
        """Summed over the labels."""
        tokens, rows, labels = (self._moved(each) for each in (batch.tokens, batch.rows, batch.labels))
        with torch.autocast(self._device.type, dtype=torch.bfloat16, enabled=self._bf16):
            logits = self._model.decoder(self._encoded(batch), tokens, rows)
        return functional.cross_entropy(logits.float(), labels, reduction="sum")

    def _encoded(self, batch: Batch) -> Tensor:
        """What the decoder is to hear. (B, S, width)"""
        if batch.mel is None:  # attention to zeros is a constant, however many there are
            return torch.zeros(
                len(batch.tokens), 1, self._model.encoder.norm.weight.numel(), device=self._device
            )
        if self._kept is None:
            return self._model.encoder(self._moved(batch.mel()))
        if batch.draw not in self._kept:
            self._kept.put(batch.draw, _numpy(self._model.encoder(self._moved(batch.mel()))))
        return self._moved(self._kept.get(batch.draw))

    def _moved(self, array: npt.NDArray[Any]) -> Tensor:
        """A copy where the model is."""
        tensor = torch.from_numpy(array)
        if self._device.type == "cuda":
            tensor = tensor.pin_memory()  # nobody waits for such copies
        return tensor.to(self._device, non_blocking=True)

    def _gradients(self) -> list[Tensor]:
        """Of all that is trained, also where this process had no share."""
        for each in self._trained.values():
            if each.grad is None:
                each.grad = torch.zeros_like(each)
        return [each.grad for each in self._trained.values()]

    def _require_finite(self, value: float, what: str, examples: Sequence[Example]) -> None:
        if not math.isfinite(value):
            names = ", ".join(each.name for each in examples)
            raise TrainingDiverged(
                f"step {self.done + 1} of {self._steps}: {what} is {value} on {names}",
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
        return Checkpoint(recipe=recipe, losses=tuple(self.losses), arrays=arrays, bf16=self._bf16)

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
        self._bf16 = checkpoint.bf16  # measured anew, it might be another

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
