"""Timed words whose text changes: what is written for some of them has their time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from lect.engines.contract import Word
from lect.speech.text.display.rules.changes import Change, changed


@dataclass(kw_only=True)
class _Run:
    """Words that changes hold together: `words[first:end]`."""

    first: int
    end: int
    changes: list[Change] = field(default_factory=list)


def with_changes(words: Sequence[Word], changes: Sequence[Change]) -> Iterator[Word]:
    """The words as their text with a blank between two is changed.

    What is written for a run of words is as sure as the least sure of them: one wrong letter makes another part number, so a mean
    would promise too much. If it holds blanks it is as many words again, which share the time by their letters.
    """
    starts = list(accumulate((len(word.word) + 1 for word in words), initial=0))
    text, at = " ".join(word.word for word in words), 0
    for run in _runs(changes, starts):
        yield from words[at : run.first]
        start, end = starts[run.first], starts[run.end] - 1
        local = [
            Change(start=max(each.start - start, 0), end=each.end - start, written=each.written)
            for each in run.changes
        ]
        yield from _shared(changed(text[start:end], local), words[run.first : run.end])
        at = run.end
    yield from words[at:]


def _runs(changes: Sequence[Change], starts: Sequence[int]) -> list[_Run]:
    """Which words the changes touch; two that touch the same word are of one run."""
    runs: list[_Run] = []
    for change in changes:
        first, end = bisect_right(starts, change.start) - 1, bisect_right(starts, change.end - 1)
        if not runs or first >= runs[-1].end:
            runs.append(_Run(first=first, end=end))
        runs[-1].end = max(end, runs[-1].end)
        runs[-1].changes.append(change)
    return runs


def _shared(text: str, words: Sequence[Word]) -> Iterator[Word]:
    """New words in the time of the old ones."""
    offset, end = words[0].offset, words[-1].offset + words[-1].duration
    parts = text.split()
    second = (end - offset) / max(sum(map(len, parts)), 1)
    for part in parts:
        yield Word(
            word=part,
            offset=round(offset, 3),
            duration=round(len(part) * second, 3),
            confidence=min(word.confidence for word in words),
        )
        offset += len(part) * second
