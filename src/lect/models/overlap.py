"""The same recordings in two sets: a model is not judged by what it was trained on, nor by one set in place of two."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from lect.core.errors import InvalidDataset
from lect.core.words import counted
from lect.models.spoken import Spoken

_NAMED = 3  # files that an error names


@dataclass(frozen=True, kw_only=True)
class Part:
    """Recordings and what they are for."""

    role: str  # training, dev or guard
    name: str  # of the dataset
    spoken: Sequence[Spoken]


def sound_of(spoken: Spoken) -> bytes:
    """What two recordings have in common that sound exactly alike, whatever their names and formats."""
    return hashlib.sha256(spoken.samples.data).digest()


def require_apart(parts: Sequence[Part]) -> None:
    """Make sure that no recording is in two parts.

    Raises:
        InvalidDataset: some are.
    """
    sounds = [{sound_of(each): each.file for each in part.spoken} for part in parts]
    told = []
    for (one, ours), (other, theirs) in combinations(zip(parts, sounds, strict=True), 2):
        if both := [(ours[sound], theirs[sound]) for sound in theirs if sound in ours]:
            told.append(_tell(one, other, both))
    if told:
        raise InvalidDataset(
            "\n".join(told),
            hint="Leave them out of one of the two. Without --dev a part of --audio is held back, and not trained on.",
        )


def _tell(one: Part, other: Part, both: Sequence[tuple[str, str]]) -> str:
    names = [theirs if ours == theirs else f"{theirs} ({ours})" for ours, theirs in both[:_NAMED]]
    more = ", ..." if len(both) > _NAMED else ""
    return (
        f"{other.name}: {counted(len(both), 'recording')} of the {other.role} data also in the {one.role} data, "
        f"{one.name}: {', '.join(names)}{more}"
    )
