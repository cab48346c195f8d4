r"""Patterns of what is written, such as `\d\d{ to >-}\d\d`: their grammar and their parts.

A pattern is a sequence of literal characters, classes `\d \l \u \a`, ranges `[5-7]`, mappings `{spoken>written}` and groups
`(a|b)`, which alone may be followed by `?`, `+` or `*`. `lect.datasets.itn` tells people what is wrong with one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 250  # characters of a pattern
DEEPEST = 20  # groups in groups

TOKEN = re.compile(
    r"""
      \\(?P<escaped>.?)
    | \[(?P<range>[^]]*)(?P<range_end>\]?)
    | \{(?P<mapping>(?:\\.|[^{}\\])*)(?P<mapping_end>\}?)
    | (?P<open>\() | (?P<close>\)) | (?P<bar>\|) | (?P<suffix>[?+*]) | (?P<stray>[]}])
    | (?P<literal>.)
    """,
    re.VERBOSE,
)
CLASSES = "dlua"
ESCAPABLE = r"\(){}|+?*[]>"

_RANGE = re.compile(r"(.)-(.)|(.)")
_MAPPING = re.compile(r"((?:\\.|[^\\>])*)(?:>(.*))?", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Literal:
    """A character as it is written; what is no letter and no digit need not be spoken."""

    char: str


@dataclass(frozen=True, slots=True)
class Class:
    """A digit, or a letter that is spelled out, in the case that is wanted."""

    kind: str  # d; l, u, a; or r: a range
    chars: frozenset[str] = frozenset()  # of a range


@dataclass(frozen=True, slots=True)
class Mapping:
    """What is said, and how it is written; perhaps not at all."""

    spoken: str
    written: str


@dataclass(frozen=True, slots=True)
class Group:
    """One of several sequences: once, or as the suffix says."""

    choices: tuple[tuple[Part, ...], ...]
    suffix: str = ""  # ? + *


Part = Literal | Class | Mapping | Group


def parse(pattern: str) -> tuple[Part, ...]:
    r"""The parts of a pattern.

    >>> parse(r"{K>cadence}-\d")
    (Mapping(spoken='K', written='cadence'), Literal(char='-'), Class(kind='d', chars=frozenset()))

    Raises:
        ValueError: It cannot be read.
    """
    if len(pattern) > LONGEST:
        raise ValueError(f"longer than {LONGEST:,} characters")
    reader = _Reader(pattern)
    parts = reader.choices(0)
    if reader.next_kind or len(parts) != 1 or not parts[0]:
        raise ValueError("no sequence of parts")
    return parts[0]


class _Reader:
    """Goes through the tokens of one pattern."""

    def __init__(self, pattern: str) -> None:
        self._tokens = [*TOKEN.finditer(pattern)]
        self._at = 0

    @property
    def next_kind(self) -> str:
        """What the next token is; empty at the end."""
        return (self._tokens[self._at].lastgroup or "") if self._at < len(self._tokens) else ""

    def choices(self, depth: int) -> tuple[tuple[Part, ...], ...]:
        """Sequences with bars between them, up to the end of their group."""
        if depth > DEEPEST:
            raise ValueError(f"more than {DEEPEST} groups in each other")
        choices: list[list[Part]] = [[]]
        while self.next_kind not in {"", "close"}:
            token = self._take()
            if token.lastgroup == "bar":
                choices.append([])
            elif token.lastgroup == "open":
                choices[-1].append(self._group(depth))
            else:
                choices[-1].append(_part(token))
        return tuple(map(tuple, choices))

    def _group(self, depth: int) -> Group:
        choices = self.choices(depth + 1)
        if not self.next_kind or not all(choices):
            raise ValueError("a group that is not closed, or has nothing in it")
        self._take()
        return Group(choices, self._take().group() if self.next_kind == "suffix" else "")

    def _take(self) -> re.Match[str]:
        self._at += 1
        return self._tokens[self._at - 1]


def _part(token: re.Match[str]) -> Part:
    match token.lastgroup:
        case "literal":
            return Literal(token.group())
        case "escaped" if token["escaped"] in [*CLASSES]:
            return Class(token["escaped"])
        case "escaped" if token["escaped"] in [*ESCAPABLE]:
            return Literal(token["escaped"])
        case "range_end" if token["range_end"] and token["range"]:
            return Class("r", frozenset(_chars(token["range"])))
        case "mapping_end" if token["mapping_end"]:
            return _mapping(token["mapping"])
        case _:
            raise ValueError(f"{token.group()!r} at {token.start()}")


def _chars(text: str) -> Iterator[str]:
    for first, last, single in _RANGE.findall(text):
        yield from single or map(chr, range(ord(first), ord(last) + 1))


def _mapping(text: str) -> Mapping:
    found = _MAPPING.fullmatch(text)
    if not found or not found[1].strip():
        raise ValueError(f"nothing is spoken in {text!r}")
    return Mapping(*(_ESCAPED.sub(r"\1", part or "") for part in found.groups()))
