"""Changes of a text: what is written where, and where that leaves a stretch of the text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from lect.speech.text.sentences import begins_at

_MARKS = re.compile(r"[.,;:?!\u2026]*\s+|[.,;:?!\u2026]*$")  # behind what a sentence begins with
_COMMAS = re.compile(r"[,;:]?\s+")

Span = tuple[int, int]  # from a place of a text up to another one


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """`text[start:end]` is written as `written`."""

    start: int
    end: int
    written: str


def changed(text: str, changes: Sequence[Change]) -> str:
    """The text with its changes, which are in order and do not overlap."""
    parts, end = [], 0
    for change in changes:
        parts += [text[end : change.start], change.written]
        end = change.end
    return "".join([*parts, text[end:]])


def moved(spans: Sequence[Span], changes: Sequence[Change]) -> list[Span]:
    """Where stretches of a text are once it is changed; a change is of a stretch as a whole.

    >>> moved([(4, 6)], [Change(start=0, end=5, written="ab")])
    [(0, 3)]
    """
    if not changes:
        return [*spans]
    starts, ends = [change.start for change in changes], [change.end for change in changes]
    grown = (len(change.written) - (change.end - change.start) for change in changes)
    shifts = [*accumulate(grown, initial=0)]  # of what stands behind so many changes

    def place(at: int, *, is_end: bool) -> int:
        # The change that holds the place, if one does: the first that ends behind it.
        number = bisect_left(ends, at) if is_end else bisect_right(ends, at)
        is_inside = number < len(changes) and (starts[number] < at if is_end else starts[number] <= at)
        if not is_inside:
            return at + shifts[number]
        return (ends[number] + shifts[number + 1]) if is_end else (starts[number] + shifts[number])

    return [(place(start, is_end=False), place(end, is_end=True)) for start, end in spans]


def merged(spans: Sequence[Span]) -> list[Span]:
    """Stretches in order, those that overlap as one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found


def overlaps(span: Span, spans: Sequence[Span]) -> bool:
    """Whether a stretch shares a character with any of some, which are in order and do not overlap."""
    at = bisect_right(spans, span[0], key=lambda each: each[1])
    return at < len(spans) and spans[at][0] < span[1]


def tidied(changes: Sequence[Change], text: str) -> list[Change]:
    """The changes; one that writes nothing takes the mark behind it away, and a blank beside it."""
    tidy: list[Change] = []
    for change in changes:
        start, end = change.start, change.end
        since = tidy[-1].end if tidy else 0
        if not change.written:
            behind = (_MARKS if begins_at(text, start) else _COMMAS).match(text, end)
            end = behind.end() if behind else end
            if end in (change.end, len(text)) and start > since and text[start - 1].isspace():
                start -= 1
        tidy.append(Change(start=start, end=end, written=change.written))
    return _without_last_blank(tidy, text)


def _without_last_blank(changes: list[Change], text: str) -> list[Change]:
    """The changes; if several at the end leave nothing, the first of them takes the blank before it away."""
    first, end = len(changes), len(text)
    while first and not changes[first - 1].written and changes[first - 1].end == end:
        first, end = first - 1, changes[first - 1].start
    since = changes[first - 1].end if first else 0
    if first < len(changes) and end > since and text[end - 1].isspace():
        changes[first] = replace(changes[first], start=end - 1)
    return changes


def goes_on(text: str, at: int) -> bool:
    """Whether a sentence goes on behind the mark at a place, which ends no more than a word."""
    return text[at + 1 : at + 3].lstrip()[:1].islower()
