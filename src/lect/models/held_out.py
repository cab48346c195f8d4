"""What is held back from training to judge it by: whole speakers, the same ones each time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lect.models.spoken import Spoken

SHARE = 0.12  # of the utterances


@dataclass(frozen=True, kw_only=True)
class Split:
    """Training and held-out utterances."""

    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    by_speaker: bool | None  # False: by file, so that speakers may be on both sides; None: dev data was given


def hold_out(spoken: Sequence[Spoken], *, share: float = SHARE) -> Split:
    """Hold back about a share of the utterances, whole speakers where all are known and there are several.

    Speakers (or files) are taken in the order of the hash of their names until the share is reached, so that new data moves few.
    """
    speakers = [each.speaker for each in spoken if each.speaker]
    by_speaker = len(speakers) == len(spoken) and len(set(speakers)) > 1
    names = speakers if by_speaker else [each.file for each in spoken]
    sizes, held, count = Counter(names), set[str](), 0
    for name in sorted(sizes, key=_hash)[:-1]:  # never all of them
        if count >= share * len(spoken):
            break
        held.add(name)
        count += sizes[name]
    pairs = list(zip(names, spoken, strict=True))
    return Split(
        training=tuple(each for name, each in pairs if name not in held),
        dev=tuple(each for name, each in pairs if name in held),
        by_speaker=by_speaker,
    )


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
