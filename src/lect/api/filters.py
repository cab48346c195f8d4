"""The `filter` parameter of lists: a small part of OData, parsed to `core.queries`.

    displayName eq 'orders' and (createdDateTime gt 2026-01-01T00:00:00Z or not (status ne 'Failed'))

`or` binds less than `and`, `and` less than `not`. Names are those of the API; the store says which ones it can answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, cast

from lect.core.errors import InvalidInput
from lect.core.queries import Both, Comparison, Filter, Not, Operator

MAX_LENGTH = 4_096  # characters
MAX_DEPTH = 32  # of brackets and `not`
Words = Mapping[str, Mapping[str, str]]  # name of the API -> its word for a value -> the store's
NO_WORDS: Words = {}
HINT = "Write for example: displayName eq 'orders' and createdDateTime gt 2026-01-01T00:00:00Z."
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string> '(?:[^']|'')*' )
    | (?P<time> \d{4}-\d\d-\d\d (?: T\d\d:\d\d (?: :\d\d (?: \.\d+ )? )? (?: Z | [+-]\d\d:\d\d )? )? )
    | (?P<word> [A-Za-z][A-Za-z/]* )
    | (?P<bracket> [()] )
    )""",
    re.VERBOSE,
)
_OPERATORS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_ORDERED = frozenset({"gt", "ge", "lt", "le"})


def _unsupported(message: str, hint: str = HINT) -> InvalidInput:
    return InvalidInput(message, hint=hint, detailed_code="UnsupportedFilter")


def parse_filter(text: str | None, fields: Mapping[str, str], words: Words = NO_WORDS) -> Filter | None:
    """The filter that a text says; nothing if there is none.

    Args:
        fields: names of the API, and of the entity's fields that they stand for
        words: of those whose values are words of the API, too, what each word stands for

    Raises:
        InvalidInput: it cannot be understood, or names a field that is not in `fields`, or a word that is not in `words`.
    """
    if text is None or not text.strip():
        return None
    if len(text) > MAX_LENGTH:
        raise _unsupported(f"the filter is longer than {MAX_LENGTH} characters")
    return _Parser(_tokens(text), fields, words).whole()


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        match = _TOKEN.match(stripped, position)
        if match is None:
            raise _unsupported(f"the filter cannot be read from {stripped[position:][:40]!r}")
        found.append((cast("str", match.lastgroup), match[cast("str", match.lastgroup)]))
        position = match.end()
    return found


class _Parser:
    """Walks over tokens once; each method takes what it reads."""

    def __init__(self, tokens: list[tuple[str, str]], fields: Mapping[str, str], words: Words) -> None:
        self._tokens = tokens
        self._fields = fields
        self._words = words
        self._at = 0
        self._depth = 0

    def whole(self) -> Filter:
        found = self._either()
        if self._at < len(self._tokens):
            raise self._unexpected("nothing more")
        return found

    def _either(self) -> Filter:
        found = self._all()
        while self._take("word", "or"):
            found = Both(operator="or", left=found, right=self._all())
        return found

    def _all(self) -> Filter:
        found = self._one()
        while self._take("word", "and"):
            found = Both(operator="and", left=found, right=self._one())
        return found

    def _one(self) -> Filter:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise _unsupported(f"the filter is nested more than {MAX_DEPTH} deep")
        try:
            if self._take("word", "not"):
                return Not(self._one())
            if self._take("bracket", "("):
                found = self._either()
                if not self._take("bracket", ")"):
                    raise self._unexpected("a closing bracket")
                return found
            return self._comparison()
        finally:
            self._depth -= 1

    def _comparison(self) -> Filter:
        name = self._next("word", "a property")
        if name not in self._fields:
            raise _unsupported(
                f"{name!r} cannot be filtered by", hint=f"Filter by {', '.join(sorted(self._fields))}."
            )
        operator = self._next("word", "an operator")
        if operator not in _OPERATORS:
            raise _unsupported(f"{operator!r} is no operator", hint=f"Use {', '.join(sorted(_OPERATORS))}.")
        is_time = name.endswith("DateTime")
        if operator in _ORDERED and not is_time:
            raise _unsupported(f"{operator!r} compares times, {name!r} is none")
        value: Any = self._time() if is_time else self._text(name)
        return Comparison(field=self._fields[name], operator=cast("Operator", operator), value=value)

    def _text(self, name: str) -> str:
        text = self._next("string", "a text in single quotes")[1:-1].replace("''", "'")
        if (words := self._words.get(name)) is None:
            return text
        if text not in words:
            raise _unsupported(f"{text!r} is no {name}", hint=f"Write {', '.join(words)}.")
        return words[text]

    def _time(self) -> datetime:
        kind, text = self._peek()
        if kind == "string":
            text = text[1:-1]
        elif kind != "time":
            raise self._unexpected("a time")
        self._at += 1
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            raise _unsupported(f"{text!r} is no time") from None
        return time if time.tzinfo else time.replace(tzinfo=UTC)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "the end")

    def _take(self, kind: str, text: str) -> bool:
        if self._peek() != (kind, text):
            return False
        self._at += 1
        return True

    def _next(self, kind: str, expected: str) -> str:
        found, text = self._peek()
        if found != kind:
            raise self._unexpected(expected)
        self._at += 1
        return text

    def _unexpected(self, expected: str) -> InvalidInput:
        return _unsupported(f"the filter has {self._peek()[1]!r} instead of {expected}")
