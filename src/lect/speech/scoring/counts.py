"""Error counts that add, so that a rate is always one of sums and never a mean of rates."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ErrorCounts:
    """What an alignment counted: of words, characters or tokens."""

    correct: int = 0
    substitutions: int = 0
    deletions: int = 0
    insertions: int = 0

    def __add__(self, other: ErrorCounts) -> ErrorCounts:
        return ErrorCounts(
            correct=self.correct + other.correct,
            substitutions=self.substitutions + other.substitutions,
            deletions=self.deletions + other.deletions,
            insertions=self.insertions + other.insertions,
        )

    @property
    def words(self) -> int:
        """The length of the reference."""
        return self.correct + self.substitutions + self.deletions

    @property
    def errors(self) -> int:
        return self.substitutions + self.deletions + self.insertions

    @property
    def rate(self) -> float:
        """Errors per reference word: may exceed 1; infinite if something was said to be where nothing is."""
        if self.words:
            return self.errors / self.words
        return math.inf if self.errors else 0.0
