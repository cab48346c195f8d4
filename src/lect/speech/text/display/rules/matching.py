"""Finds patterns in a text, from left to right, and what is written for each.

Where two fit from the same word on, the one that reads further is taken, and of equals the first. What was written is not read
again. Where a pattern was found, its own steps are gone through once more for what they write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Lock

from lect.speech.text.display.rules.automaton import NOTHING, Automaton
from lect.speech.text.display.rules.changes import Change, goes_on
from lect.speech.text.display.rules.programs import Kind, Program, reads, writes
from lect.speech.text.display.rules.readings import Reading, Text, read

MOST_WORDS = 50  # that one pattern reads
MOST_WORK = (
    20_000  # steps looked at from one word on; who needs more has written a riddle, and it is not found
)

_SIGNS = "".join(
    filter(str.isprintable, map(chr, (*range(33, 48), *range(58, 65), *range(91, 97), *range(123, 192))))
)
_ABBREVIATION = re.compile(r"(?<!\w)\w\.\w\.$")  # "p.m."
_BETWEEN = ".,;:/- "  # signs that part what a pattern repeats

_Sets = tuple[int, int]  # of steps behind a word, and of those behind a sign, which parts words itself


class Matcher:
    """Finds some patterns."""

    def __init__(self, patterns: Sequence[str], *, is_english: bool = True) -> None:
        """Compile.

        Args:
            is_english: numbers and signs are read that are said in English words

        Raises:
            ValueError: A pattern cannot be read.
        """
        self._program = Program(patterns)
        self._automaton = Automaton(self._program)
        self._is_english = is_english
        self._lock = Lock()  # what is remembered is shared

    @property
    def size(self) -> int:
        """Steps of all patterns."""
        return len(self._program.steps)

    @property
    def work(self) -> int:
        """Steps that were looked at, all in all, were nothing remembered."""
        return self._automaton.work

    def find(self, text: str) -> list[Change]:
        """What is written for each pattern that is found; they do not overlap."""
        if not self._program.entries:
            return []
        heard = read(text, is_english=self._is_english)
        with self._lock:
            return [*self._found(heard)]

    def _found(self, heard: Text) -> Iterator[Change]:
        at = 0
        while at < len(heard.words):
            found = _Search(self._automaton, heard, at).longest() if heard.may_begin[at] else None
            if found:
                number, end = found
                yield self._change(heard, at, end, number)
            at = found[1] if found else at + 1

    def _change(self, text: Text, begin: int, end: int, number: int) -> Change:
        """The change; signs that are written at its edges and stand in the text already are not doubled."""
        written = " ".join(
            _Writer(self._program, text, end).written(begin, self._program.entries[number]).split()
        )
        if self._program.is_open[number]:
            written = written.rstrip(_BETWEEN)
        start, stop = text.words[begin].start(), text.words[end - 1].end()
        lead = written[: len(written) - len(written.lstrip(_SIGNS))]
        trail = written[len(written.rstrip(_SIGNS)) :]
        if lead and text.text.endswith(lead, 0, start):
            start -= len(lead)
        if trail and text.text.startswith(trail, stop):
            stop += len(trail)
        elif _ABBREVIATION.search(text.text, start, stop + 1) and goes_on(text.text, stop):
            stop += 1
        return Change(start=start, end=stop, written=written)


class _Search:
    """Looks for the pattern that reads furthest from a word on."""

    def __init__(self, automaton: Automaton, text: Text, begin: int) -> None:
        if automaton.is_full:
            automaton.forget()
        self._automaton, self._text, self._begin = automaton, text, begin
        self._reached: dict[int, _Sets] = {begin: (automaton.start, NOTHING)}

    def longest(self) -> tuple[int, int] | None:
        """The number of the pattern, and the word behind it."""
        found, at = None, self._begin
        last = min(len(self._text.words), self._begin + MOST_WORDS)
        most = self._automaton.work + MOST_WORK
        while self._reached and at < last and self._automaton.work < most:
            self._read(at, last)
            at += 1
            if at in self._reached and self._text.may_end[at]:
                found = self._over(at) or found
        return found

    def _over(self, at: int) -> tuple[int, int] | None:
        """The first pattern that may be over before a word."""
        over = [
            number for each in self._reached[at] if (number := self._automaton.accepted(each)) is not None
        ]
        return (min(over), at) if over else None

    def _read(self, at: int, last: int) -> None:
        """Go on from a word to the ends of its readings."""
        behind_word, behind_sign = self._reached.pop(at, (NOTHING, NOTHING))
        is_first = at == self._begin
        if not is_first and self._text.is_cut[at]:
            return
        automaton, is_parted = self._automaton, not is_first and self._text.is_parted[at]
        for reading in self._text.readings[at]:
            after = automaton.union(
                automaton.after(behind_word, reading, is_parted=is_parted),
                automaton.after(behind_sign, reading, is_parted=False),
            )
            if after and reading.end <= last:
                word, sign = self._reached.get(reading.end, (NOTHING, NOTHING))
                if reading.is_sign:
                    sign = automaton.union(sign, after)
                else:
                    word = automaton.union(word, after)
                self._reached[reading.end] = (word, sign)


@dataclass(frozen=True, slots=True)
class _Place:
    """A step of a pattern, where it is reached in a text, and what was written on the way."""

    step: int
    word: int
    reading: Reading | None  # None: before a word
    char: int  # of the reading that is next
    is_free: bool  # the next word may be read
    way: _Way

    @property
    def key(self) -> tuple[int, int, int | None, int, bool]:
        return (self.step, self.word, id(self.reading) if self.reading else None, self.char, self.is_free)


_Way = tuple["_Way", str] | None  # what was written, last first


class _Writer:
    """Goes through one pattern from a word to another one. Each place is met once, so this ends soon."""

    def __init__(self, program: Program, text: Text, end: int) -> None:
        self._program, self._text, self._end = program, text, end

    def written(self, begin: int, entry: int) -> str:
        """What the pattern writes; of several ways the one that its forks prefer."""
        waiting = [_Place(entry, begin, None, 0, True, None)]
        met = set()
        while waiting:
            place = waiting.pop()
            step = self._program.steps[place.step]
            if step.kind is Kind.ACCEPT and place.reading is None and place.word == self._end:
                return _joined(place.way)
            if place.key not in met:
                met.add(place.key)
                waiting += reversed([*self._next(place)])  # the preferred one is gone on with first
        raise AssertionError("a pattern that was found can be gone through")

    def _next(self, place: _Place) -> Iterator[_Place]:
        step = self._program.steps[place.step]
        if step.kind < Kind.CHAR:
            way: _Way = (place.way, step.written) if step.written else place.way
            is_free = place.is_free or step.kind in (Kind.SIGN, Kind.WRITE)
            if step.kind is Kind.SIGN and place.reading is None:
                yield from self._signs(place, step.char, step.then, way)
            for then in step.ways:
                yield _Place(then, place.word, place.reading, place.char, is_free, way)
        elif place.reading is None:
            for reading in self._readings(place.word) if place.is_free else ():
                if not reading.is_sign:
                    yield from self._read(place, reading, 0)
        else:
            yield from self._read(place, place.reading, place.char)

    def _signs(self, place: _Place, sign: str, then: int, way: _Way) -> Iterator[_Place]:
        """What is behind a sign that is said."""
        for reading in self._readings(place.word):
            if reading.is_sign and reading.chars == sign:
                yield _Place(then, reading.end, None, 0, True, way)

    def _read(self, place: _Place, reading: Reading, at: int) -> Iterator[_Place]:
        """What is behind the next character of a reading."""
        step = self._program.steps[place.step]
        if not reads(step, reading.chars[at], is_spelled=reading.is_spelled):
            return
        way: _Way = (place.way, writes(step, reading.original[at]))
        if at + 1 < len(reading.chars):
            yield _Place(step.then, place.word, reading, at + 1, True, way)
        else:
            is_free = reading.end >= self._end or not self._text.is_parted[reading.end]
            yield _Place(step.then, reading.end, None, 0, is_free, way)

    def _readings(self, word: int) -> Sequence[Reading]:
        return (
            [each for each in self._text.readings[word] if each.end <= self._end] if word < self._end else ()
        )


def _joined(way: _Way) -> str:
    parts = []
    while way:
        way, part = way
        parts.append(part)
    return "".join(reversed(parts))
