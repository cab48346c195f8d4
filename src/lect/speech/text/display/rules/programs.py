"""Patterns as steps of one automaton, and what is written on the way through it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from lect.speech.text.display.rules.patterns import Class, Group, Literal, Mapping, Part, parse
from lect.speech.text.display.rules.readings import small

NOWHERE = -1


class Kind(IntEnum):
    """What a step does."""

    ACCEPT = 0  # a pattern is over
    FORK = 1  # goes two ways, the first by preference
    WRITE = 2  # writes something; nothing is read
    SIGN = 3  # writes a sign, which may be said or not
    CHAR = 4  # reads a character
    CLASS = 5  # reads one of several


class Step(NamedTuple):
    """A step, and the steps behind it."""

    kind: Kind
    then: int = NOWHERE
    other: int = NOWHERE  # of a fork
    char: str = ""  # that is read, in small
    written: str = ""
    accepted: Class | None = None
    number: int = NOWHERE  # of the pattern that is over

    @property
    def ways(self) -> tuple[int, ...]:
        """The steps that are reached without reading, the preferred one first."""
        if self.kind is Kind.ACCEPT or self.kind >= Kind.CHAR:
            return ()
        return (self.then, self.other) if self.kind is Kind.FORK else (self.then,)


class Program:
    """The steps of some patterns."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile.

        Raises:
            ValueError: One cannot be read.
        """
        self.steps: list[Step] = []
        self.entries: list[int] = []
        self.is_open: list[bool] = []  # whether a pattern ends in what may be repeated
        for number, pattern in enumerate(patterns):
            parts = parse(pattern)
            over = self._add(Step(Kind.ACCEPT, number=number))
            self.entries.append(self._sequence(parts, over))
            self.is_open.append(isinstance(parts[-1], Group) and parts[-1].suffix in {"+", "*"})

    def _add(self, step: Step) -> int:
        self.steps.append(step)
        return len(self.steps) - 1

    def _sequence(self, parts: Sequence[Part], then: int) -> int:
        """The first of the steps that end before another one."""
        for part in reversed(parts):
            then = self._part(part, then)
        return then

    def _part(self, part: Part, then: int) -> int:
        match part:
            case Literal(char):
                return self._char(char, char, then)
            case Class():
                return self._add(Step(Kind.CLASS, then, accepted=part))
            case Mapping(spoken, written):
                then = self._add(Step(Kind.WRITE, then, written=written))
                for char in reversed(spoken):
                    then = self._char(char, "", then)
                return self._add(Step(Kind.WRITE, then))  # what is spoken is words of its own
            case Group():
                return self._group(part, then)

    def _char(self, char: str, written: str, then: int) -> int:
        kind = Kind.CHAR if char.isalnum() else Kind.SIGN
        return self._add(Step(kind, then, char=small(char), written=written))

    def _group(self, group: Group, then: int) -> int:
        if group.suffix not in {"+", "*"}:
            first = self._choices(group, then)
            return self._add(Step(Kind.FORK, first, then)) if group.suffix == "?" else first
        again = self._add(Step(Kind.FORK))  # where it leads is known once the group is there
        first = self._choices(group, again)
        self.steps[again] = Step(Kind.FORK, first, then)
        return first if group.suffix == "+" else again

    def _choices(self, group: Group, then: int) -> int:
        first, *others = (self._sequence(choice, then) for choice in reversed(group.choices))
        for other in others:
            first = self._add(Step(Kind.FORK, other, first))
        return first


def reads(step: Step, char: str, *, is_spelled: bool) -> bool:
    """Whether a step that reads takes a character, small as it is in a reading."""
    if step.kind is Kind.CHAR:
        return step.char == char
    accepted = step.accepted
    if accepted is None:
        return False
    if accepted.kind == "d":
        return char.isascii() and char.isdigit()
    if not char.isdigit() and not is_spelled:
        return False
    if accepted.kind == "r":
        return char in accepted.chars or char.upper() in accepted.chars
    return char.isalpha()


def writes(step: Step, original: str) -> str:
    """What a step writes for the character that it read."""
    accepted = step.accepted
    if accepted is None:
        return step.written
    if accepted.kind == "l":
        return original.lower()
    if accepted.kind == "u":
        return original.upper()
    if accepted.kind == "r" and original not in accepted.chars:
        return original.swapcase()
    return original
