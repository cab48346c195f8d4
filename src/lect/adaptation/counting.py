"""Counting n-grams by sorting: the distinct n-grams of each order and their counts, in numpy.

An n-gram is one 64-bit key: the numbers of its two halves among the distinct shorter n-grams. Sorting the keys sorts the
n-grams by their words, so the continuations of a history lie side by side. Two halves of two words make order four, the
highest. A large text is sorted in parts, one range of first words after the other, so that memory grows by what is
counted and not by what is being sorted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

HIGHEST_ORDER = 4
_PART = 4_000_000  # n-grams that are sorted at a time, about 60 bytes each

_Ids = npt.NDArray[np.int32]
_Positions = npt.NDArray[np.int64]
_Nodes = npt.NDArray[np.uint32]
_Keys = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, kw_only=True)
class Level:
    """The distinct n-grams of one order, sorted by their words; every array has shape = (n-grams,)."""

    parents: _Nodes  # the first n - 1 words, as a number among the n-grams of the order below
    words: _Nodes  # the last word
    counts: Counts  # occurrences
    adjusted: Counts  # Kneser-Ney counts: different words seen before it; at the top order, occurrences


def count(ids: _Ids, *, begin: int, order: int) -> list[Level]:
    """The levels of order 1 to `order`.

    Args:
        ids: Sentences `begin words... end`, one after the other; `end` is `begin + 1` and the largest number.
        begin: The number of the sentence start.
        order: Length of the longest n-grams, at most `HIGHEST_ORDER`.
    """
    grams = _Grams(ids, end=begin + 1)
    levels = [_unigrams(ids, begin)]
    # Which n-grams of the last level begin a sentence, beyond its start alone.
    opening = np.zeros(begin + 2, np.bool_)
    for n in range(2, order + 1):
        first, counts = grams.distinct(n)
        below = levels[-1]
        # Every word seen before a shorter n-gram is in one of these. Only what begins a sentence has nothing before it,
        # and keeps its occurrences.
        before = grams.tally(n - 1, first + 1, size=len(below.words))
        levels[-1] = replace(below, adjusted=np.where(opening, below.counts, before))
        parents, words = grams.nodes(n - 1, first), ids[first + n - 1].astype(np.uint32)
        levels.append(Level(parents=parents, words=words, counts=counts, adjusted=counts))
        opening = ids[first] == begin
    return levels


def _unigrams(ids: _Ids, begin: int) -> Level:
    counts = np.bincount(ids, minlength=begin + 2).astype(np.int32)
    counts[begin] = 0  # the start of a sentence is never predicted
    words = np.arange(begin + 2, dtype=np.uint32)
    return Level(parents=np.zeros_like(words), words=words, counts=counts, adjusted=counts)


class _Grams:
    """The n-grams of a text by the positions where they begin."""

    def __init__(self, ids: _Ids, *, end: int) -> None:
        self._ids = ids
        self._size = end + 1
        self._ends = ids == end
        self._pairs: _Nodes = np.zeros(len(ids), np.uint32)  # number of the pair that begins at each position
        self._triples: _Keys = np.empty(0, np.uint64)  # keys of the distinct triples, sorted

    def distinct(self, n: int) -> tuple[_Positions, Counts]:
        """One position of each distinct n-gram, in sorted order, and its occurrences. Call for n = 2, 3, 4 in turn."""
        firsts, counts, triples, found = [], [], [], 0
        for at in self._parts(n):
            keys = self._keys(n, at)
            order = np.argsort(keys)
            keys, at = keys[order], at[order]
            edges = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
            occurrences = np.diff(edges, append=len(keys)).astype(np.int32)
            if n == 2:
                numbers = np.arange(found, found + len(edges), dtype=np.uint32)
                self._pairs[at] = np.repeat(numbers, occurrences)
            elif n == 3:
                triples.append(keys[edges])
            firsts.append(at[edges])
            counts.append(occurrences)
            found += len(edges)
        self._triples = np.concatenate([self._triples, *triples])
        return np.concatenate([np.empty(0, np.int64), *firsts]), np.concatenate(
            [np.empty(0, np.int32), *counts]
        )

    def nodes(self, n: int, at: _Positions) -> _Nodes:
        """The number of the n-gram at each position among the distinct ones, n <= 3."""
        if n == 1:
            return self._ids[at].astype(np.uint32)
        if n == 2:
            return self._pairs[at]
        return np.searchsorted(self._triples, self._keys(n, at)).astype(np.uint32)

    def tally(self, n: int, at: _Positions, *, size: int) -> Counts:
        """How many of the positions begin each distinct n-gram, n <= 3, shape = (size,)."""
        if n < 3:
            numbers = self.nodes(n, at)
        else:  # sorted needles are found ten times faster, and their order does not matter here
            numbers = np.searchsorted(self._triples, np.sort(self._keys(n, at))).astype(np.uint32)
        return np.bincount(numbers, minlength=size).astype(np.int32)

    def _parts(self, n: int) -> Iterator[_Positions]:
        """Where the n-grams begin, in parts that are sorted among each other: by ranges of the first word."""
        inside = self._inside(n)
        heads = self._ids[: len(inside)]
        up_to = np.cumsum(np.bincount(heads[inside], minlength=self._size))
        bounds = np.searchsorted(up_to, np.arange(0, up_to[-1], _PART), side="right")
        for low, high in pairwise([*bounds, self._size]):
            at = np.flatnonzero(inside & (heads >= low) & (heads < high))
            if len(at):
                yield at

    def _inside(self, n: int) -> npt.NDArray[np.bool_]:
        """Where an n-gram lies inside one sentence: no word but its last is the end."""
        length = max(len(self._ids) - n + 1, 0)
        inside = np.ones(length, np.bool_)
        for offset in range(n - 1):
            inside &= ~self._ends[offset : offset + length]
        return inside

    def _keys(self, n: int, at: _Positions) -> _Keys:
        head = min(n - 1, 2)
        keys = self.nodes(head, at).astype(np.uint64)
        keys <<= np.uint64(32)
        keys |= self.nodes(n - head, at + head)
        return keys
