"""The training itself: one straight loop that can be stopped at any step and taken up again to the same bytes."""

from __future__ import annotations

import hashlib
import math
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lect.core.errors import TrainingDiverged
from lect.engines.whisper.weights import Array, Weights

from . import checkpoint as checkpoints
from .augment import AugmentOptions
from .batches import Batch, BatchOptions, Example, check, collate, generator, plan
from .checkpoint import Checkpoint
from .lora import Part, add_lora, is_in, merge_lora
from .model import Whisper, export

_MOMENTS = ("exp_avg", "exp_avg_sq")  # of Adam, by torch's names
_LAST = 0.02  # share of the learning rate that is left at the end


@dataclass(frozen=True, kw_only=True)
class TuneOptions:
    """What to train and how. The same options, base and examples give the same bytes on the same kind of processor."""

    part: Part = "all"
    rank: int = 16  # of LoRA; 0 trains the weights themselves
    learning_rate: float | None = None  # None: 3e-4 with LoRA, 3e-5 without
    epochs: int = 2
    warm_up: float = 0.1  # share of the steps
    clip: float = 1.0  # largest norm of a step's gradient
    batches: BatchOptions = field(default_factory=BatchOptions)
    augmentation: AugmentOptions | None = field(default_factory=AugmentOptions)
    seed: int = 0
    threads: int = 1
    device: str = "cpu"  # or "cuda"
    precision: Literal["auto", "bf16", "fp32"] = (
        "auto"  # of the products; auto: bf16 where the device computes in it
    )
    checkpoint_seconds: float = 60.0

    @property
    def peak(self) -> float:
        """The learning rate after the warm-up."""
        return self.learning_rate or (3e-4 if self.rank else 3e-5)


@dataclass(frozen=True, kw_only=True)
class Step:
    """How far a training is."""

    step: int  # the one just done, from 1
    steps: int
    loss: float
    words_per_second: float
    seconds_left: float


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """What a training ended with."""

    weights: Weights
    losses: tuple[float, ...]  # of all steps


def _tell_nobody(step: Step) -> None:
    """For whoever does not watch."""


def tune(
    weights: Weights,
    examples: Sequence[Example],
    *,
    options: TuneOptions = TuneOptions(),
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[Step], None] = _tell_nobody,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """Train a Whisper on examples.

    Args:
        weights: the base; it is not changed
        checkpoint: file to keep the state in, written every while, when interrupted and at the end
        resume: go on from that file, if it is there
        progress: told after each step; may raise KeyboardInterrupt to stop

    Raises:
        InvalidAudio, InvalidInput, InvalidTranscript: the examples cannot be learned from.
        Conflict, ModelLoadFailed: the checkpoint is of another training, or damaged.
        TrainingDiverged: the loss or a gradient is not finite. The state is not written then.
        StoreError: the checkpoint cannot be written.
    """
    check(examples, weights.dimensions)
    steps = plan(
        [each.frames for each in examples], epochs=options.epochs, options=options.batches, seed=options.seed
    )
    with _threads(options.threads):
        training = _Training(weights, options, len(steps))
        recipe = _recipe(weights.arrays, examples, options) if checkpoint else ""
        if checkpoint and resume and checkpoint.exists():
            training.restore(checkpoints.read(checkpoint, recipe=recipe))
        watch = _Watch(clock, done=training.done, steps=len(steps))
        written = clock()
        try:
            for n in range(training.done, len(steps)):
                batch = collate(
                    examples,
                    steps[n],
                    mels=weights.dimensions.mels,
                    options=options.batches,
                    augmentation=options.augmentation,
                    rng=generator(options.seed, "step", n),
                )
                training.learn(batch)
                progress(watch.step(training.losses[-1], batch.words))
                if checkpoint and clock() - written >= options.checkpoint_seconds:
                    checkpoints.write(checkpoint, training.snapshot(recipe))
                    written = clock()
        except (KeyboardInterrupt, SystemExit):
            if checkpoint:
                checkpoints.write(checkpoint, training.snapshot(recipe))
            raise
        if checkpoint:
            checkpoints.write(checkpoint, training.snapshot(recipe))
        return Tuned(weights=training.finish(weights), losses=tuple(training.losses))


class _Training:
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

    def finish(self, base: Weights) -> Weights:
        """The trained weights, dense. The training is over then.

        Raises:
            TrainingDiverged: they hold numbers that are not finite.
        """
        merge_lora(self._model)
        arrays = export(self._model, base.arrays)
        _require_all_finite(arrays, self.done)
        return replace(base, arrays=arrays)


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


class _Watch:
    """Turns time into speed and an estimate."""

    def __init__(self, clock: Callable[[], float], *, done: int, steps: int) -> None:
        self._clock, self._began = clock, clock()
        self._first = self._done = done
        self._steps, self._words = steps, 0

    def step(self, loss: float, words: int) -> Step:
        """Another step is done."""
        self._done += 1
        self._words += words
        seconds = max(self._clock() - self._began, 1e-9)
        return Step(
            step=self._done,
            steps=self._steps,
            loss=loss,
            words_per_second=self._words / seconds,
            seconds_left=seconds / (self._done - self._first) * (self._steps - self._done),
        )


def _recipe(arrays: Mapping[str, Array], examples: Sequence[Example], options: TuneOptions) -> str:
    """A hash of all that decides what a training ends with."""
    digest = hashlib.sha256(repr(replace(options, checkpoint_seconds=0)).encode())
    for name in sorted(arrays):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(arrays[name]).data)
    for each in examples:
        digest.update(repr((each.name, each.prompt, each.answer, each.words, len(each.samples))).encode())
        digest.update(np.ascontiguousarray(each.samples).data)
    return digest.hexdigest()


def _numpy(tensor: Tensor) -> Array:
    return np.array(tensor.detach().cpu().numpy())


def _require_all_finite(arrays: Mapping[str, Array], step: int) -> None:
    if runaway := [name for name, array in arrays.items() if not np.isfinite(array).all()]:
        raise TrainingDiverged(
            f"step {step}: {runaway[0]} is not finite", hint="Train with a smaller learning rate."
        )


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Compute with so many threads, as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
