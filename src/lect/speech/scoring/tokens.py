"""Errors in display tokens by their class: punctuation, capitals, ways to write a number, wrong words.

A token error rate (TER) counts the edits of an alignment of display tokens. Here each of these edits falls into
exactly one class, so that the classes add up to the edits.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum

from lect.speech.scoring.alignment import Alignment, Edit, Kind

_LONGEST_SPAN = 12  # columns within which two ways of writing are recognised
_SPOKEN_MARKS = frozenset("%&@#*/\\")  # punctuation to Unicode, but words are said for them


class TokenClass(StrEnum):
    """What is wrong with a token."""

    PUNCTUATION = "punctuation"  # a mark that is missing, too many or another one
    CAPITALIZATION = "capitalization"  # the same word but for its capitals
    ITN = "itn"  # the same words, written otherwise: $20 and twenty dollars
    LEXICAL = "lexical"  # another word
    OTHERS = "others"  # a sign or mark against a word


@dataclass(frozen=True, kw_only=True)
class TokenErrors:
    """Edits of display tokens by class; they add."""

    punctuation: int = 0
    capitalization: int = 0
    itn: int = 0
    lexical: int = 0
    others: int = 0

    def __add__(self, other: TokenErrors) -> TokenErrors:
        return TokenErrors(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        )

    @property
    def edits(self) -> int:
        """All of them."""
        return sum(getattr(self, field.name) for field in fields(self))

    def shares(self) -> dict[str, float]:
        """The part of all edits that each class has; zero where there are none."""
        return {
            field.name: getattr(self, field.name) / self.edits if self.edits else 0.0
            for field in fields(self)
        }


def token_errors(alignment: Alignment, *, normalise: Callable[[str], Sequence[str]]) -> TokenErrors:
    """The edits of an alignment of display tokens by class.

    Args:
        alignment: Of the display tokens of reference and hypothesis.
        normalise: The words that are compared for a word error rate. What is equal to it but for marks and capitals
            is another way of writing.
    """
    counts = dict.fromkeys(TokenClass, 0)
    for kind in _classes(alignment.edits, normalise):
        counts[kind] += 1
    return TokenErrors(**{str(kind): count for kind, count in counts.items()})


def _classes(edits: Sequence[Edit], normalise: Callable[[str], Sequence[str]]) -> Iterator[TokenClass]:
    at = 0
    while at < len(edits):
        plain = _plain_class(edits[at])
        end = at + 1
        if edits[at].kind is not Kind.CORRECT and plain is None:
            end = _same_words_until(edits, at, normalise)
            is_same = end > at
            end = end if is_same else at + 1
            yield from _span_classes(edits[at:end], is_same=is_same)
        elif plain:
            yield plain
        at = end


def _span_classes(edits: Sequence[Edit], *, is_same: bool) -> Iterator[TokenClass]:
    for edit in edits:
        if edit.kind is not Kind.CORRECT:
            yield _plain_class(edit) or (TokenClass.ITN if is_same else _word_class(edit))


def _plain_class(edit: Edit) -> TokenClass | None:
    """The class of an edit that needs no neighbours to tell."""
    if edit.kind is Kind.CORRECT:
        return None
    sides = _sides(edit)
    if all(map(_is_mark, sides)):
        return TokenClass.PUNCTUATION
    if len(sides) == 2 and sides[0].casefold() == sides[1].casefold():
        return TokenClass.CAPITALIZATION
    return None


def _word_class(edit: Edit) -> TokenClass:
    are_words = {any(char.isalnum() for char in side) for side in _sides(edit)}
    return TokenClass.LEXICAL if are_words == {True} else TokenClass.OTHERS


def _same_words_until(edits: Sequence[Edit], at: int, normalise: Callable[[str], Sequence[str]]) -> int:
    """The end of the longest span from here on, to a wrong token, in which both sides are the same words."""
    for end in range(min(at + _LONGEST_SPAN, len(edits)), at, -1):
        if edits[end - 1].kind is Kind.CORRECT:
            continue
        reference = normalise(" ".join(edit.reference for edit in edits[at:end] if edit.reference))
        hypothesis = normalise(" ".join(edit.hypothesis for edit in edits[at:end] if edit.hypothesis))
        if list(reference) == list(hypothesis):
            return end if reference else at
    return at


def _sides(edit: Edit) -> tuple[str, ...]:
    return tuple(side for side in (edit.reference, edit.hypothesis) if side)


def _is_mark(token: str) -> bool:
    return all(unicodedata.category(char)[0] == "P" and char not in _SPOKEN_MARKS for char in token)
