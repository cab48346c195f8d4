"""How a word is said, where its spelling does not tell."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pronunciation:
    """A written form and the words that are said for it: `3CPO` is "three c p o"."""

    display: str
    spoken: str  # words or single letters, separated by blanks
