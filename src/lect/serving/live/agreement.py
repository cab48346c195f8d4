"""Which words of a text that is still growing are settled: those in which several decodes, one after the other, agree."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import takewhile

Words = tuple[str, ...]


class Agreement:
    """The settled words of one segment. They are taken back only when all the latest decodes contradict them."""

    def __init__(self, needed: int) -> None:
        """
        Args:
            needed: decodes that must agree, at least 1
        """
        self._latest: deque[Words] = deque(maxlen=max(1, needed))
        self.settled: Words = ()

    def add(self, words: Sequence[str]) -> Words:
        """The settled words after one more decode."""
        self._latest.append(tuple(words))
        if len(self._latest) == self._latest.maxlen:
            kept = self.settled[: max(_upheld(self.settled, latest) for latest in self._latest)]
            agreed = self._latest[0]
            for latest in self._latest:
                agreed = agreed[: _common(agreed, latest)]
            self.settled = agreed if agreed[: len(kept)] == kept else kept
        return self.settled


def _upheld(settled: Words, words: Words) -> int:
    """How many settled words a decode does not contradict; one that merely stops earlier contradicts none."""
    common = _common(settled, words)
    return len(settled) if common == len(words) else common


def _common(one: Words, other: Words) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))
