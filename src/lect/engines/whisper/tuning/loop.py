"""The training itself: one straight loop that can be stopped at any step and taken up again to the same bytes."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch

from lect.engines.whisper.delta import Delta
from lect.engines.whisper.weights import Array, Weights

from . import checkpoint as checkpoints
from .batches import Example, check, collate, generator, plan
from .options import TuneOptions
from .trainer import Trainer


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
        trainer = Trainer(weights, options, len(steps))
        recipe = _recipe(weights.arrays, examples, options) if checkpoint else ""
        if checkpoint and resume and checkpoint.exists():
            trainer.restore(checkpoints.read(checkpoint, recipe=recipe))
        watch = _Watch(clock, done=trainer.done, steps=len(steps))
        written = clock()
        try:
            for n in range(trainer.done, len(steps)):
                batch = collate(
                    examples,
                    steps[n],
                    mels=weights.dimensions.mels,
                    options=options.batches,
                    augmentation=options.augmentation,
                    rng=generator(options.seed, "step", n),
                )
                trainer.learn(batch)
                progress(watch.step(trainer.losses[-1], batch.words))
                if checkpoint and clock() - written >= options.checkpoint_seconds:
                    checkpoints.write(checkpoint, trainer.snapshot(recipe))
                    written = clock()
        except (KeyboardInterrupt, SystemExit):
            if checkpoint:
                checkpoints.write(checkpoint, trainer.snapshot(recipe))
            raise
        if checkpoint:
            checkpoints.write(checkpoint, trainer.snapshot(recipe))
        return Tuned(base=weights, delta=trainer.finish(weights), losses=tuple(trainer.losses))


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


@contextmanager
def _threads(n: int) -> Iterator[None]:
    """Compute with so many threads, as before afterwards."""
    before = torch.get_num_threads()
    torch.set_num_threads(n)
    try:
        yield
    finally:
        torch.set_num_threads(before)
