"""The training itself: one straight loop that can be stopped at any step and taken up again: on a processor to the same bytes."""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from lect.core.errors import InvalidInput
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.weights import Array, Weights
from lect.speech.audio import Samples

from . import checkpoint as checkpoints
from .batches import Collator, Example, check, check_samples
from .devices import within_memory
from .encoded import EncodedFile
from .options import TuneOptions
from .plan import Planned, plan
from .processes import Processes, join
from .trainer import Trainer

# Compiled products that torch keeps for shapes that it may meet again, by default 1024 in each of two caches. Batches hardly
# ever have the same shape, and the memory of a training would grow by 20 MB a step. Told before the first product is made.
_KEPT = "64"


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

    base: Weights = field(repr=False)
    delta: Delta = field(repr=False)
    losses: tuple[float, ...]  # of all steps

    @property
    def weights(self) -> Weights:
        """The trained model."""
        return self.delta.applied(self.base)


def _tell_nobody(step: Step) -> None:
    """For whoever does not watch."""


def tune(
    weights: Weights,
    examples: Sequence[Example],
    *,
    options: TuneOptions = TuneOptions(),
    noises: Sequence[Samples] = (),
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[Step], None] = _tell_nobody,
    clock: Callable[[], float] = time.monotonic,
) -> Tuned:
    """Train a Whisper on examples.

    Under torchrun the processes share the batches of each step and all end with the same weights; the first tells progress and
    writes the checkpoint, which all must see.

    Args:
        weights: the base; it is not changed
        noises: recordings to be heard behind the speech; memory maps will do
        checkpoint: file to keep the state in, written after the first step, every while, when interrupted and at the end
        resume: go on from that file, if it is there
        progress: told after each step; may raise KeyboardInterrupt to stop

    Raises:
        InvalidAudio, InvalidInput, InvalidTranscript: the examples or noises cannot be learned from, or not by these options.
        Conflict, ModelLoadFailed: the checkpoint is of another training, or damaged.
        TrainingDiverged: the loss or a gradient is not finite. The state is not written then.
        EngineError: a graphics card has too little memory.
        StoreError: the checkpoint cannot be written.
    """
    _check(weights, examples, noises, options)
    steps = plan_steps(examples, options)
    collator = make_collator(weights, examples, noises, options)
    processes = join(options.device)
    _require_share(processes, options)
    with compute_with(options.threads), within_memory(), keep_encoded(options, checkpoint) as kept:
        trainer = Trainer(weights, options, len(steps), processes=processes, kept=kept)
        recipe = _recipe(weights.arrays, examples, noises, options) if checkpoint else ""
        if checkpoint and resume and checkpoint.exists():
            trainer.restore(checkpoints.read(checkpoint, recipe=recipe))
        if processes.rank:
            checkpoint, progress = None, _tell_nobody
        watch = _Watch(clock, done=trainer.done, steps=len(steps))
        # The first step is kept, so that whether the file can be written is known before minutes are spent.
        written = -math.inf
        try:
            for step in steps[trainer.done :]:
                mine = step[processes.rank :: processes.count]
                learned = [examples[i] for planned in step for i in planned.members]
                trainer.learn(map(collator.batch, mine), learned)
                progress(watch.step(trainer.losses[-1], sum(each.words for each in learned)))
                if checkpoint and clock() - written >= options.checkpoint_seconds:
                    checkpoints.write(checkpoint, trainer.snapshot(recipe))
                    written = clock()
        except (KeyboardInterrupt, SystemExit):
            if checkpoint:
                checkpoints.write(checkpoint, trainer.snapshot(recipe))
            raise
        if checkpoint:
            checkpoints.write(checkpoint, trainer.snapshot(recipe))
        processes.meet()  # what the first one wrote is there when any goes on
        return Tuned(base=weights, delta=trainer.finish(weights), losses=tuple(trainer.losses))


def make_collator(
    weights: Weights, examples: Sequence[Example], noises: Sequence[Samples], options: TuneOptions
) -> Collator:
    """What makes the batches of a training."""
    return Collator(
        examples=examples,
        noises=noises,
        mels=weights.dimensions.mels,
        options=options.batches,
        augmentation=options.augmentation,
        seed=options.seed,
    )


def plan_steps(examples: Sequence[Example], options: TuneOptions) -> list[tuple[Planned, ...]]:
    """What is learned from in which step."""
    return plan(
        [each.length for each in examples],
        epochs=options.epochs,
        options=options.batches,
        seed=options.seed,
        times=[each.times for each in examples],
        copies=options.drawn,
    )


def _check(
    weights: Weights, examples: Sequence[Example], noises: Sequence[Samples], options: TuneOptions
) -> None:
    check(examples, weights.dimensions)
    for n, noise in enumerate(noises, 1):
        check_samples(f"noise {n}", noise)
    if examples[0].samples is None and options.part != "language":
        raise InvalidInput(
            f"{examples[0].name}: nobody says it, so only the language can be learned from it",
            hint="Train the part `language`, or give recordings.",
        )


def _require_share(processes: Processes, options: TuneOptions) -> None:
    if options.batches.per_step < processes.count:
        raise InvalidInput(
            f"{processes.count} processes cannot share steps of {options.batches.per_step} batches",
            hint="Learn from at least as many batches in a step as there are processes.",
        )


@contextmanager
def keep_encoded(options: TuneOptions, checkpoint: Path | None) -> Iterator[EncodedFile | None]:
    """The encoder's outputs, if they are needed again, in a file that is gone with the process. It lies beside the checkpoint."""
    if options.drawn == options.epochs:
        yield None
        return
    with tempfile.TemporaryFile(dir=checkpoint.parent if checkpoint else None) as file:
        yield EncodedFile(file)


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


def _recipe(
    arrays: Mapping[str, Array], examples: Sequence[Example], noises: Sequence[Samples], options: TuneOptions
) -> str:
    """A hash of all that decides what a training ends with."""
    digest = hashlib.sha256(repr(replace(options, checkpoint_seconds=0)).encode())

    def add(what: object, array: Array | None) -> None:
        digest.update(repr((what, None if array is None else array.shape)).encode())
        if array is not None:
            digest.update(np.ascontiguousarray(array).data)

    for name in sorted(arrays):
        add(name, arrays[name])
    for each in examples:
        add((each.name, each.prompt, each.answer, each.words, each.times), each.samples)
    for noise in noises:
        add("noise", noise)
    return digest.hexdigest()


@contextmanager
def compute_with(n: int) -> Iterator[None]:
    """Compute with so many threads, as before afterwards."""
    for cache in ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY"):
        os.putenv(cache, _KEPT)
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
