"""Structured text: sentences in which a list stands for any of its items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lect.speech.text.pronunciation import Pronunciation


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a sentence, with the blanks around them."""

    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """The place of an item of a list."""

    name: str


Piece = Text | Reference


@dataclass(frozen=True, kw_only=True)
class StructuredText:
    """Lists, the sentences that refer to them, and how some of the words are said.

    Every list has an item, and every reference is to one of the lists. A line that stands twice counts twice.
    """

    lists: Mapping[str, tuple[str, ...]]  # name -> items, both as written
    sentences: tuple[tuple[Piece, ...], ...]  # "eat {@food}" is (Text("eat "), Reference("food"))
    lexicon: tuple[Pronunciation, ...]
