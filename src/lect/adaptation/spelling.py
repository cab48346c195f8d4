"""The probability of a word that no model has seen, by its letters."""

from __future__ import annotations

from dataclasses import dataclass

_LONGEST = 64  # letters; beyond that all is equally unlikely, and far from underflow


@dataclass(frozen=True, kw_only=True)
class Spelling:
    """Every letter equally likely, and the same chance to stop after each.

    More is not needed: two models that share a spelling agree on the words that neither has seen, whatever it says.
    """

    letters: int = 40
    stop: float = 0.2

    def prefix(self, letters: str) -> float:
        """The probability that an unseen word begins so (one letter or more)."""
        each = (1 - self.stop) / self.letters
        return each ** min(len(letters), _LONGEST) / (1 - self.stop)

    def word(self, letters: str) -> float:
        """The probability that an unseen word is exactly this."""
        return self.stop * self.prefix(letters)
