"""Training data made of other training data: less of it, or wrong, in the format of an upload."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, zip_longest
from pathlib import Path

import numpy as np

from benchmarks.sets import Utterance

Lengths = Mapping[Path, float]
"""How long recordings are, seconds."""


def draw(utterances: Sequence[Utterance], lengths: Lengths, *, seconds: float, seed: int) -> list[Utterance]:
    """About so many seconds of speech, from all speakers equally often.

    Speakers give one utterance each in turn, drawn at random. Of one seed the smaller subset is a part of the larger one.
    """
    drawn, total = list[Utterance](), 0.0
    for utterance in _in_turn(utterances, seed):
        if total + lengths[utterance.audio] / 2 > seconds:  # nearer without it
            break
        drawn.append(utterance)
        total += lengths[utterance.audio]
    return drawn


def _in_turn(utterances: Sequence[Utterance], seed: int) -> Iterator[Utterance]:
    random = np.random.default_rng(seed)
    of_speaker = defaultdict[str, list[Utterance]](list)
    for at in random.permutation(len(utterances)):
        of_speaker[utterances[at].speaker].append(utterances[at])
    rounds = zip_longest(*of_speaker.values())
    return (utterance for utterance in chain.from_iterable(rounds) if utterance)


def exchange(utterances: Sequence[Utterance], *, seed: int) -> list[Utterance]:
    """Every recording with the transcript of another one."""
    order = np.random.default_rng(seed).permutation(len(utterances))
    references = [utterance.reference for utterance in utterances]
    wrong = dict(zip(order, np.roll(order, 1), strict=True))
    return [replace(each, reference=references[wrong[at]]) for at, each in enumerate(utterances)]


def write(folder: Path, utterances: Sequence[Utterance]) -> Path:
    """A dataset: the recordings, `trans.txt` and `speakers.tsv`."""
    folder.mkdir(parents=True)
    for utterance in utterances:
        shutil.copy(utterance.audio, folder / utterance.audio.name)
    _write_table(folder / "trans.txt", [(each.audio.name, each.reference) for each in utterances])
    _write_table(folder / "speakers.tsv", [(each.audio.name, each.speaker) for each in utterances])
    return folder


def _write_table(path: Path, rows: Sequence[tuple[str, str]]) -> None:
    path.write_text("".join(f"{name}\t{value}\n" for name, value in rows), encoding="utf-8-sig")
