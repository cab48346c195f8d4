"""Which trainings on recordings are made, in which order, and what their models are measured on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks import sets
from benchmarks.sets import BARISTA, SPEECHOCEAN, Origin
from benchmarks.trainings import Training
from benchmarks.wer.train_command import has_option

MINUTES = (5, 20, None)
IN_NOISE = 20  # minutes of those that are heard in noise
NOISY = "barista, noise at 10 dB"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Trainings that differ in their amount of recordings and in their seed."""

    label: str  # what is learned from
    domain: Origin = BARISTA
    minutes: tuple[int | None, ...] = (None,)
    seeds: int | None = None  # None: as many as are asked for
    recordings: bool = True  # are learned from
    text: bool = False  # of the domain is learned, too
    guard: Origin | None = None  # None: the synthetic voices that come with Lect
    exchanged: bool = False  # transcripts, so that all are wrong
    options: tuple[str, ...] = ()


_ALONE = ("--no-audio-text",)

# The cheapest first.
PARTS = {
    "exchanged": Part(
        label="recordings, transcripts exchanged", minutes=(5,), seeds=1, exchanged=True, options=_ALONE
    ),
    "weights": Part(label="recordings", minutes=MINUTES, options=_ALONE),
    "text": Part(label="recordings and text", minutes=MINUTES, seeds=1, text=True),
    "accent": Part(label="recordings", domain=SPEECHOCEAN, options=_ALONE),
    "accent-guard": Part(
        label="recordings, guard of real speech",
        domain=SPEECHOCEAN,
        guard=sets.part(BARISTA, "dev"),
        options=_ALONE,
    ),
    "guard": Part(
        label="recordings, guard of real speech",
        minutes=(IN_NOISE, None),
        guard=sets.part(SPEECHOCEAN, "dev"),
        options=_ALONE,
    ),
    "deep-text-alone": Part(
        label="deep text", seeds=1, recordings=False, text=True, options=("--deep-text", "--weight", "1")
    ),
    "deep-text": Part(
        label="deep text and text", seeds=1, recordings=False, text=True, options=("--deep-text",)
    ),
}


def plan(base: str, names: Sequence[str], *, seeds: int) -> Iterator[Training]:
    """The trainings, each once before any is repeated with another seed."""
    possible = [name for name in PARTS if name in names and _is_possible(name)]
    for seed in range(seeds):
        for name in possible:
            part = PARTS[name]
            if part.seeds is None or seed < part.seeds:
                for minutes in part.minutes:
                    yield Training(base=base, part=name, minutes=minutes, seed=seed)


def _is_possible(name: str) -> bool:
    missing = [option for option in PARTS[name].options if not has_option(option)]
    if missing:
        print(f"{name}: left out, `lect train` has no {missing[0]}", file=sys.stderr)
    return not missing


def sets_for(training: Training) -> list[str]:
    """The sets to hear its model in: the domain's; other speech if it learned more than the least; noise, after one amount."""
    domain = PARTS[training.part].domain
    names = [domain.name]
    if domain == BARISTA and training.minutes != MINUTES[0]:
        names += [each.name for each in sets.GENERAL]
    if training.minutes == IN_NOISE:
        names.append(NOISY)
    return names
