"""The steps of all patterns at once: which may be next is a set, and sets that were met are remembered.

That is a finite automaton made as it is needed. There is no way back in it, so no pattern takes long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lect.speech.text.display.rules.programs import Kind, Program, Step, reads
from lect.speech.text.display.rules.readings import Reading

NOTHING = 0  # the number of the empty set
_MOST_REMEMBERED = 1_000_000  # steps in the sets that are remembered


@dataclass(slots=True)
class _Readers:
    """The steps of a set that read a character."""

    behind: dict[str, list[int]] = field(default_factory=dict)  # a character -> the steps behind it
    classes: list[Step] = field(default_factory=list)
    size: int = 0


class Automaton:
    """Sets of steps by their numbers, and which set follows which."""

    def __init__(self, program: Program) -> None:
        self._steps = program.steps
        self._entries = tuple(program.entries)
        self.work = 0  # steps that were looked at, were nothing remembered
        self.forget()

    def forget(self) -> None:
        """Begin anew, with the set of what a text may begin with."""
        self._numbers: dict[tuple[int, ...], int] = {(): NOTHING}
        self._members: list[tuple[int, ...]] = [()]
        self._moves: dict[tuple[int, str, bool, bool], int] = {}
        self._unions: dict[tuple[int, int], int] = {}
        self._readers: dict[tuple[int, bool], _Readers] = {}
        self._accepted: dict[int, int | None] = {}
        self._remembered = 0
        self.start = self._number(self._entries)

    @property
    def is_full(self) -> bool:
        """Whether it is time to forget."""
        return self._remembered > _MOST_REMEMBERED + len(self._entries)

    def after(self, number: int, reading: Reading, *, is_parted: bool) -> int:
        """The set behind a reading.

        Args:
            is_parted: the reading begins a word of its own, so that only steps behind something that parts may read it
        """
        if number and reading.is_sign:
            return self._behind_sign(number, reading.chars)
        for char in reading.chars:
            if not number:
                return NOTHING
            number = self._behind(number, char, is_spelled=reading.is_spelled, is_parted=is_parted)
            is_parted = False
        return number

    def union(self, one: int, other: int) -> int:
        """The set of what is in either."""
        if one == other or not other:
            return one
        if not one:
            return other
        number = self._unions.get((one, other))
        if number is None:
            number = self._number((*self._members[one], *self._members[other]))
            self._unions[one, other] = number
        return number

    def accepted(self, number: int) -> int | None:
        """The first pattern that may be over."""
        if number not in self._accepted:
            over = (step.number for step in self._reach(number) if step.kind is Kind.ACCEPT)
            self._accepted[number] = min(over, default=None)
        return self._accepted[number]

    def _number(self, members: Iterable[int]) -> int:
        key = tuple(sorted(set(members)))
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._members)
            self._members.append(key)
            self._remembered += len(key)
        return number

    def _behind(self, number: int, char: str, *, is_spelled: bool, is_parted: bool) -> int:
        readers = self._readers_of(number, is_parted=is_parted)
        self.work += readers.size if number != self.start else 0
        key = (number, char, is_spelled, is_parted)
        behind = self._moves.get(key)
        if behind is None:
            classes = (step.then for step in readers.classes if reads(step, char, is_spelled=is_spelled))
            behind = self._moves[key] = self._number([*readers.behind.get(char, ()), *classes])
        return behind

    def _behind_sign(self, number: int, sign: str) -> int:
        key = (number, sign, False, False)
        behind = self._moves.get(key)
        if behind is None:
            steps = (step for step in self._reach(number) if step.kind is Kind.SIGN and step.char == sign)
            behind = self._moves[key] = self._number(step.then for step in steps)
        return behind

    def _readers_of(self, number: int, *, is_parted: bool) -> _Readers:
        readers = self._readers.get((number, is_parted))
        if readers is None:
            readers = self._readers[number, is_parted] = _Readers()
            for step in self._reach(number, is_parted=is_parted):
                if step.kind is Kind.CHAR:
                    readers.behind.setdefault(step.char, []).append(step.then)
                elif step.kind is Kind.CLASS:
                    readers.classes.append(step)
                readers.size += step.kind >= Kind.CHAR
            self._remembered += readers.size
        return readers

    def _reach(self, number: int, *, is_parted: bool = False) -> Iterator[Step]:
        """The steps that are reached without reading; if parted, those behind a sign or the edge of a mapping."""
        waiting = [(member, not is_parted) for member in self._members[number]]
        met = set(waiting)
        while waiting:
            at, is_free = waiting.pop()
            step = self._steps[at]
            if is_free:
                yield step
            is_free = is_free or step.kind in (Kind.SIGN, Kind.WRITE)
            for place in ((way, is_free) for way in step.ways):
                if place not in met:
                    met.add(place)
                    waiting.append(place)
