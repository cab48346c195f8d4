"""Counting n-grams by sorting: the distinct n-grams of each order and their counts, in numpy.

An n-gram is one 64-bit key: the numbers of its two halves among the distinct shorter n-grams. Sorting the keys sorts the
n-grams by their words, so the continuations of a history lie side by side. Two halves of two words make order four, the
highest. Memory is about 40 bytes a word of text at the worst moment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

HIGHEST_ORDER = 4

_Ids = npt.NDArray[np.int32]
_Positions = npt.NDArray[np.int64]
_Nodes = npt.NDArray[np.uint32]
_Keys = npt.NDArray[np.uint64]
_Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Level:
    """The distinct n-grams of one order, sorted by their words; every array has shape = (n-grams,)."""

    parents: _Nodes  # the first n - 1 words, as a number among the n-grams of the order below
    words: _Nodes  # the last word
    counts: _Counts  # occurrences
    adjusted: _Counts  # Kneser-Ney counts: different words seen before it; at the top order, occurrences


def count(ids: _Ids, *, begin: int, order: int) -> list[Level]:
    """The levels of order 1 to `order`.

    Args:
        ids: Sentences `begin words... end`, one after the other; `end` is `begin + 1` and the largest number.
        begin: The number of the sentence start.
        order: Length of the longest n-grams, at most `HIGHEST_ORDER`.
    """
    grams = _Grams(ids, end=begin + 1)
    levels = [_unigrams(ids, size=begin + 2)]
    for n in range(2, order + 1):
        first, counts = grams.distinct(n)
        # All words seen before a shorter n-gram are seen in the n-grams of this order, each once. Only what begins a
        # sentence has nothing before it, and keeps its occurrences.
        below = levels[-1]
        before = grams.tally(n - 1, first + 1, size=len(below.words))
        if n > 2:
            before = np.where(opening, below.counts, before)
        levels[-1] = Level(parents=below.parents, words=below.words, counts=below.counts, adjusted=before)
        opening = ids[first] == begin
        levels.append(
            Level(
                parents=grams.nodes(n - 1, first),
                words=ids[first + n - 1].astype(np.uint32),
                counts=counts,
                adjusted=counts,
            )
        )
    return levels


def _unigrams(ids: _Ids, *, size: int) -> Level:
    counts = np.bincount(ids, minlength=size)
    words = np.arange(size, dtype=np.uint32)
    return Level(parents=np.zeros(size, np.uint32), words=words, counts=counts, adjusted=counts)


class _Grams:
    """The n-grams of a text by the positions where they begin."""

    def __init__(self, ids: _Ids, *, end: int) -> None:
        self._ids = ids
        self._ends = ids == end
        self._pairs: _Nodes = np.zeros(len(ids), np.uint32)  # number of the pair that begins at each position
        self._triples: _Keys = np.empty(0, np.uint64)  # keys of the distinct triples, sorted

    def distinct(self, n: int) -> tuple[_Positions, _Counts]:
        """One position of each distinct n-gram, in sorted order, and how often it occurs. Call for n = 2, 3, 4 in turn."""
        at = self._positions(n)
        keys = self._keys(n, at)
        order = np.argsort(keys)
        keys = keys[order]
        at = at[order]
        edges = np.flatnonzero(np.concatenate((np.ones(min(len(keys), 1), np.bool_), keys[1:] != keys[:-1])))
        counts = np.diff(edges, append=len(keys))
        if n == 2:
            self._pairs[at] = np.repeat(np.arange(len(edges), dtype=np.uint32), counts)
        elif n == 3:
            self._triples = keys[edges]
        return at[edges], counts

    def nodes(self, n: int, at: _Positions) -> _Nodes:
        """The number of the n-gram at each position among the distinct ones, n <= 3."""
        if n == 1:
            return self._ids[at].astype(np.uint32)
        if n == 2:
            return self._pairs[at]
        return np.searchsorted(self._triples, self._keys(n, at)).astype(np.uint32)

    def tally(self, n: int, at: _Positions, *, size: int) -> _Counts:
        """How many of the positions begin each distinct n-gram, n <= 3."""
        if n < 3:
            return np.bincount(self.nodes(n, at), minlength=size)
        keys = np.sort(self._keys(n, at))  # sorted needles are found ten times faster
        return np.bincount(np.searchsorted(self._triples, keys), minlength=size)

    def _positions(self, n: int) -> _Positions:
        """Where an n-gram begins that lies inside one sentence: no word but its last is the end."""
        length = max(len(self._ids) - n + 1, 0)
        inside = np.ones(length, np.bool_)
        for offset in range(n - 1):
            inside &= ~self._ends[offset : offset + length]
        return np.flatnonzero(inside)

    def _keys(self, n: int, at: _Positions) -> _Keys:
        head = min(n - 1, 2)
        return self.nodes(head, at).astype(np.uint64) << np.uint64(32) | self.nodes(n - head, at + head)
