"""What is held back from training to judge it by: whole speakers, the same ones each time."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lect.models.spoken import Spoken
from lect.speech.scoring.intervals import FEWEST_BLOCKS

SHARE = 0.12  # of the utterances


@dataclass(frozen=True, kw_only=True)
class ByFile:
    """Why recordings are held back by file, so that speakers may be on both sides, and what helps."""

    reason: str
    hint: str


UNKNOWN = ByFile(reason="nobody says who speaks", hint="Add speakers.tsv, or use --dev.")
PARTLY_UNKNOWN = ByFile(
    reason="of some recordings nobody says who speaks", hint="Name them all in speakers.tsv, or use --dev."
)
ONE_SPEAKER = ByFile(reason="one speaker says everything", hint="Judge by other speakers with --dev.")
UNEVEN = ByFile(
    reason="no speakers together have about as many recordings as dev data needs",
    hint="Judge by other speakers with --dev.",
)


@dataclass(frozen=True, kw_only=True)
class Split:
    """Training and held-out utterances."""

    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    by_speaker: (
        bool | None
    )  # False: by file, so that speakers may be on both sides; None: nothing was held back
    by_file: ByFile | None = None  # why, if it is so


def hold_out(spoken: Sequence[Spoken], *, share: float = SHARE) -> Split:
    """Hold back about a share of the utterances, whole speakers where all are known and none of them has most of the speech.

    At least as many are held back as it takes to tell merit from chance, but of few files about half at most; of speakers, who are
    held back whole, up to twice as many as that, and only if they make enough. Speakers (or files) are taken in the order of the hash of their names, so that new data
    moves few.
    """
    wanted = min(max(share * len(spoken), FEWEST_BLOCKS), len(spoken) / 2)
    speakers = [each.speaker for each in spoken if each.speaker]
    held = _choose(speakers, wanted, least=FEWEST_BLOCKS) if len(speakers) == len(spoken) else set()
    by_speaker = bool(held)
    names = speakers if by_speaker else [each.file for each in spoken]
    held = held or _choose(names, wanted)
    pairs = list(zip(names, spoken, strict=True))
    return Split(
        training=tuple(each for name, each in pairs if name not in held),
        dev=tuple(each for name, each in pairs if name in held),
        by_speaker=by_speaker,
        by_file=None if by_speaker else _why_by_file(speakers, len(spoken)),
    )


def _why_by_file(speakers: Sequence[str], recordings: int) -> ByFile:
    if not speakers:
        return UNKNOWN
    if len(speakers) < recordings:
        return PARTLY_UNKNOWN
    return ONE_SPEAKER if len(set(speakers)) == 1 else UNEVEN


def _choose(names: Sequence[str], wanted: float, *, least: int = 0) -> set[str]:
    """Names that stand for about so many utterances; none if those of the others would be too many or too few.

    Args:
        least: utterances, fewer of which are too few in any case
    """
    sizes, held, count = Counter(names), set[str](), 0
    for name in sorted(sizes, key=_hash)[:-1]:  # never all of them
        if count < wanted and count + sizes[name] <= 2 * wanted:
            held.add(name)
            count += sizes[name]
    return held if count >= max(wanted / 2, least) else set()


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()
