"""The alignment that NIST sclite makes: equal counts, whatever the ties.

A substitution costs 4, a deletion or an insertion 3. Where costs tie, the diagonal wins, then the insertion:
another choice would split the same number of errors otherwise between the kinds.

The table is filled a row at a time with numpy. Only every k-th row is kept and the rows between are made again
on the way back, so that 10,000 words against 10,000 take some megabytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from lect.speech.scoring.counts import ErrorCounts

SUBSTITUTION_COST = 4
GAP_COST = 3  # of a deletion, of an insertion
_WHOLE = 1 << 20  # cells of a table that is kept whole

_Row = npt.NDArray[np.int32]


class Kind(StrEnum):
    """What happened to a word."""

    CORRECT = "correct"
    SUBSTITUTION = "substitution"
    DELETION = "deletion"
    INSERTION = "insertion"


@dataclass(frozen=True, slots=True)
class Edit:
    """One column of an alignment; an insertion has no reference, a deletion no hypothesis."""

    kind: Kind
    reference: str | None
    hypothesis: str | None


@dataclass(frozen=True)
class Alignment:
    """The edits that turn the reference into the hypothesis, in order."""

    edits: tuple[Edit, ...]

    @cached_property
    def counts(self) -> ErrorCounts:
        kinds = [edit.kind for edit in self.edits]
        return ErrorCounts(
            correct=kinds.count(Kind.CORRECT),
            substitutions=kinds.count(Kind.SUBSTITUTION),
            deletions=kinds.count(Kind.DELETION),
            insertions=kinds.count(Kind.INSERTION),
        )

    @property
    def reference(self) -> list[str]:
        return [edit.reference for edit in self.edits if edit.reference is not None]

    @property
    def hypothesis(self) -> list[str]:
        return [edit.hypothesis for edit in self.edits if edit.hypothesis is not None]


def align(reference: Sequence[str], hypothesis: Sequence[str]) -> Alignment:
    """Align two sequences of words (or of any other tokens) as sclite does."""
    edits = [_edit(i, j, reference, hypothesis) for i, j in _backtrace(*_numbered(reference, hypothesis))]
    return Alignment(tuple(reversed(edits)))


def align_characters(reference: Sequence[str], hypothesis: Sequence[str]) -> Alignment:
    """Align the characters of two sequences of words; as in sclite, blanks are none."""
    return align("".join(reference), "".join(hypothesis))


def _edit(i: int, j: int, reference: Sequence[str], hypothesis: Sequence[str]) -> Edit:
    if j < 0:
        return Edit(Kind.DELETION, reference[i], None)
    if i < 0:
        return Edit(Kind.INSERTION, None, hypothesis[j])
    kind = Kind.CORRECT if reference[i] == hypothesis[j] else Kind.SUBSTITUTION
    return Edit(kind, reference[i], hypothesis[j])


def _numbered(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[_Row, _Row]:
    numbers: dict[str, int] = {}
    as_numbers = [
        [numbers.setdefault(word, len(numbers)) for word in side] for side in (reference, hypothesis)
    ]
    return np.array(as_numbers[0], np.int32), np.array(as_numbers[1], np.int32)


def _backtrace(reference: _Row, hypothesis: _Row) -> Iterator[tuple[int, int]]:
    """The pairs of positions of the best path from the end to the start; -1 stands for a gap."""
    i, j = len(reference), len(hypothesis)
    for start, block in _blocks_from_the_end(reference, hypothesis):
        while i > start:
            before, here = block[i - 1 - start], block[i - start]
            if j and here[j] == before[j - 1] + _cost(reference[i - 1] == hypothesis[j - 1]):
                i, j = i - 1, j - 1
                yield i, j
            elif j and here[j] == here[j - 1] + GAP_COST:
                j -= 1
                yield -1, j
            else:
                i -= 1
                yield i, -1
    while j:
        j -= 1
        yield -1, j


def _cost(equal: np.bool) -> int:
    return 0 if equal else SUBSTITUTION_COST


def _blocks_from_the_end(reference: _Row, hypothesis: _Row) -> Iterator[tuple[int, list[_Row]]]:
    """The rows of the table in blocks, the last block first; each has one row of the block before it."""
    whole = len(reference) * len(hypothesis) <= _WHOLE
    length = max(len(reference), 1) if whole else math.isqrt(len(reference)) + 1
    first_row = np.arange(len(hypothesis) + 1, dtype=np.int32) * GAP_COST
    kept = [first_row]
    if not whole:
        kept += [row for i, row in enumerate(_rows(first_row, reference, hypothesis), 1) if i % length == 0]
    for at in reversed(range(0, len(reference), length)):
        row = kept[at // length]
        yield at, [row, *_rows(row, reference[at : at + length], hypothesis)]


def _rows(row: _Row, reference: _Row, hypothesis: _Row) -> Iterator[_Row]:
    """The rows of costs that follow `row`, one for each reference word.

    An insertion depends on its left neighbour. Less the cost of inserting all words so far, that is a running
    minimum, which numpy takes in one step.
    """
    inserted = np.arange(len(hypothesis) + 1, dtype=np.int32) * GAP_COST
    for word in reference:
        diagonal = row[:-1] + np.where(hypothesis == word, 0, SUBSTITUTION_COST).astype(np.int32)
        best = row + GAP_COST
        np.minimum(best[1:], diagonal, out=best[1:])
        row = np.minimum.accumulate(best - inserted) + inserted
        yield row
