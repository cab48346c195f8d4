"""Timed words in which terms are written as they are displayed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate

from lect.engines.contract import Word
from lect.speech.text.written import Match, WrittenForms, displayed, replaced


@dataclass(kw_only=True)
class _Run:
    """Words that terms hold together: `words[first:end]`."""

    first: int
    end: int
    matches: list[Match] = field(default_factory=list)


def with_terms(words: Sequence[Word], forms: WrittenForms) -> Iterator[Word]:
    """The words, where those of a term are one, as sure as the least sure of them.

    One wrong letter makes another part number, so a mean would promise too much. A display form that holds blanks is
    as many words again, which share the time by their letters.
    """
    text = " ".join(word.word for word in words)
    starts = list(accumulate((len(word.word) + 1 for word in words), initial=0))
    at = 0
    for run in _runs(forms.find(text), starts):
        yield from words[at : run.first]
        start, end = starts[run.first], starts[run.end] - 1
        local = (
            (replace(match, start=match.start - start, end=match.end - start), displayed(match, text))
            for match in run.matches
        )
        yield from _shared(replaced(text[start:end], local), words[run.first : run.end])
        at = run.end
    yield from words[at:]


def _runs(matches: Sequence[Match], starts: Sequence[int]) -> list[_Run]:
    """Which words the matches touch; two that touch the same word are of one run."""
    runs: list[_Run] = []
    for match in matches:
        first, end = bisect_right(starts, match.start) - 1, bisect_right(starts, match.end - 1)
        if not runs or first >= runs[-1].end:
            runs.append(_Run(first=first, end=end))
        runs[-1].end = end
        runs[-1].matches.append(match)
    return runs


def _shared(text: str, words: Sequence[Word]) -> Iterator[Word]:
    """New words in the time of the old ones."""
    offset, end = words[0].offset, words[-1].offset + words[-1].duration
    parts = text.split()
    second = (end - offset) / sum(map(len, parts))
    for part in parts:
        yield Word(
            word=part,
            offset=round(offset, 3),
            duration=round(len(part) * second, 3),
            confidence=min(word.confidence for word in words),
        )
        offset += len(part) * second
