"""What is learned from in which step, drawn from a seed alone.

Batches are made of utterances of like length, so that little of a window is padding. A share of them is padded to 30 s so that the
model does not forget how to hear those.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lect.engines.whisper.recogniser import WINDOW_FRAMES

_POOL = 128  # utterances that are sorted by length together; more would make batches alike in every epoch


@dataclass(frozen=True, kw_only=True)
class BatchOptions:
    """How utterances are put together. The first three bound the memory; a step learns from `per_step` batches, one after another."""

    frames: int = 3200  # mel frames in a batch, padding included
    tokens: int = 512  # of text in a batch, padding included
    utterances: int = 16  # at most, in a batch
    per_step: int = 1  # batches whose gradients are added up; several processes share them
    padded: float = 0.2  # share of the batches whose window is 30 s
    silence: float = 0.5  # seconds after the longest utterance, at most


class Length(NamedTuple):
    """How long an utterance is."""

    frames: int  # of sound; 0: there is none
    tokens: int  # of text


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A batch to come: which utterances, and whether the window is the full one."""

    members: tuple[int, ...]
    padded: bool
    draw: int  # of its random changes; batches with the same one are the same, to the bit


def plan(
    lengths: Sequence[Length],
    *,
    epochs: int,
    options: BatchOptions,
    seed: int,
    times: Sequence[float] | None = None,
    copies: int | None = None,
) -> list[tuple[Planned, ...]]:
    """The steps of all epochs, in order.

    Args:
        times: how often each utterance is in a batch of an epoch, on average; None: once
        copies: epochs whose batches are drawn anew; later ones repeat those in another order. None: all
    """
    draws = itertools.count()
    drawn = [
        [
            Planned(members=members, padded=padded, draw=next(draws))
            for members, padded in _draw(
                lengths, times or [1.0] * len(lengths), options, generator(seed, "plan", copy)
            )
        ]
        for copy in range(epochs if copies is None else min(copies, epochs))
    ]
    steps: list[tuple[Planned, ...]] = []
    for epoch in range(epochs):
        again = drawn[epoch % len(drawn)]
        order = [again[i] for i in generator(seed, "order", epoch).permutation(len(again))]
        steps += [tuple(order[i : i + options.per_step]) for i in range(0, len(order), options.per_step)]
    return steps


def generator(seed: int, purpose: str, n: int = 0) -> np.random.Generator:
    """The random numbers of the n-th use. Each has its own, so that a training can be taken up at any step."""
    return np.random.default_rng((seed, n, *purpose.encode()))


def _draw(
    lengths: Sequence[Length], times: Sequence[float], options: BatchOptions, rng: np.random.Generator
) -> Iterator[tuple[tuple[int, ...], bool]]:
    """The batches of one epoch, and whether they are padded to 30 s."""
    order = _members(times, rng)
    n = _count_padded([lengths[i] for i in order], options)
    for members in _fill(order[:n], lengths, options, window=WINDOW_FRAMES):
        yield members, True
    for at in range(n, len(order), _POOL):
        pool = sorted(order[at : at + _POOL], key=lengths.__getitem__)
        for members in _fill(pool, lengths, options):
            yield members, False


def _members(times: Sequence[float], rng: np.random.Generator) -> list[int]:
    """The utterances of one epoch in a random order: each as often as it is to be there, rounded up or down by chance.

    All together they are as many as asked for, to one, and at least one. Repetitions are far apart: batches of the same
    utterance would teach little.
    """
    order = rng.permutation(len(times))
    ends = np.floor(np.cumsum(np.asarray(times)[order]) + rng.random())
    counts = np.diff(ends, prepend=0.0)
    members = [i for passes in range(int(counts.max())) for i in order[counts > passes].tolist()]
    return members or order[:1].tolist()


def _count_padded(lengths: Sequence[Length], options: BatchOptions) -> int:
    """How many utterances go into padded batches, so that about the wanted share of all batches is padded."""
    mean = sum(each.frames for each in lengths) / len(lengths)
    if not mean:
        return 0
    per_padded = min(max(options.frames // WINDOW_FRAMES, 1), options.utterances)
    per_cut = min(max(options.frames / mean, 1), options.utterances)
    share = options.padded * per_padded / (options.padded * per_padded + (1 - options.padded) * per_cut)
    return round(share * len(lengths))


def _fill(
    indices: Sequence[int], lengths: Sequence[Length], options: BatchOptions, *, window: int = 0
) -> Iterator[tuple[int, ...]]:
    """Batches of neighbours, each as large as allowed.

    Args:
        window: frames that an utterance takes at least
    """
    batch: list[int] = []
    for i in indices:
        if batch and not _fits([*batch, i], lengths, options, window):
            yield tuple(batch)
            batch = []
        batch.append(i)
    if batch:
        yield tuple(batch)


def _fits(batch: Sequence[int], lengths: Sequence[Length], options: BatchOptions, window: int) -> bool:
    n = len(batch)
    frames = max(window, *(lengths[i].frames for i in batch))
    tokens = max(lengths[i].tokens for i in batch)
    return n <= options.utterances and n * frames <= options.frames and n * tokens <= options.tokens
