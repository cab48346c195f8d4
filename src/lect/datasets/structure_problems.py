"""What can be wrong with the parts of structured text, in words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable

_SHOWN = 40  # characters of a name or text, in messages


def dash_missing(text: str) -> Problem:
    """An item or sentence without its dash."""
    return Problem(
        code=Code.DASH_MISSING,
        column=1,
        message="the line does not begin with a dash",
        suggestion=f"Write: - {_shown(text)}",
    )


def before_section() -> Problem:
    """A line that stands before any heading."""
    return Problem(
        code=Code.BEFORE_SECTION,
        column=1,
        message="the line stands before any heading, so nobody can tell what it is",
        suggestion="Write @ list NAME = above the items of a list, # NAME above sentences.",
    )


def nested(text: str) -> Problem:
    """An item that refers to a list."""
    return Problem(
        code=Code.REFERENCE_SYNTAX,
        column=text.index("{@") + 1,
        message="an item of a list cannot refer to a list",
        suggestion="Refer to both lists in the sentences, or write the items out.",
    )


def list_repeated(name: str, line: int) -> Problem:
    """A second list of one name."""
    return Problem(
        code=Code.LIST_REPEATED,
        column=1,
        message=f"there is a list {_shown(name)!r} already, in line {line}; these items join it",
        suggestion="Put all items under one heading, or choose another name.",
    )


def list_empty(name: str) -> Problem:
    """A list without a good item."""
    return Problem(
        code=Code.LIST_EMPTY,
        column=1,
        message=f"the list {_shown(name)!r} has no item that can be used",
        suggestion="Write an item a line under it, each after a dash, or remove the list.",
    )


def list_unused(name: str) -> Problem:
    """A list that no good sentence refers to."""
    return Problem(
        code=Code.LIST_UNUSED,
        column=1,
        message=f"no good sentence refers to the list {_shown(name)!r}: nothing says where its items are expected",
        suggestion=f"Refer to it in sentences as {{@{_shown(name)}}}.",
    )


def lists_alone() -> Problem:
    """Lists in a file that has nothing else which can be used."""
    return Problem(
        code=Code.LISTS_ALONE,
        column=1,
        message="there is no sentence that can be used, so no item of the lists can be",
        suggestion="Write sentences that refer to the lists under # NAME: - SENTENCE with {@LIST}",
    )


def list_too_large(most: int) -> Problem:
    """One item more than the limit."""
    return Problem(
        code=Code.LIST_TOO_LARGE,
        column=1,
        message=f"the list has {most:,} items already, which is the limit",
        suggestion="Leave out what is seldom said, or raise LECT_LIMITS_LIST_ITEMS.",
    )


def too_many_lists(most: int) -> Problem:
    """One list more than the limit."""
    return Problem(
        code=Code.TOO_MANY_LISTS,
        column=1,
        message=f"there are {most} lists already, which is the limit; no item of this one is used",
        suggestion="Join lists that stand in the same places, or raise LECT_LIMITS_LISTS.",
    )


def list_left_out(name: str, column: int, most: int) -> Problem:
    """A reference to a list over the limit."""
    return Problem(
        code=Code.LIST_UNDEFINED,
        column=column,
        message=f"the list {_shown(name)!r} is over the limit of {most}",
        suggestion="Join lists that stand in the same places, or raise LECT_LIMITS_LISTS.",
    )


def list_undefined(name: str, column: int, known: Iterable[str]) -> Problem:
    """A reference to a list that is not there, or that has no good item."""
    shown, folded = _shown(name), {other.casefold(): other for other in known}
    close = [folded[it] for it in difflib.get_close_matches(name.casefold(), folded, n=1)]
    if name in folded.values():
        message, advice = f"the list {shown!r} has no item that can be used", "Correct its items."
    elif close:
        message, advice = f"there is no list {shown!r}", f"Did you mean {{@{_shown(close[0])}}}?"
    else:
        message, advice = f"there is no list {shown!r}", f"Write @ list {shown} = and its items."
    return Problem(
        code=Code.LIST_UNDEFINED,
        column=column,
        message=message,
        suggestion=advice,
    )


def too_many_pronunciations(word: str, most: int) -> Problem:
    """One pronunciation of a word more than the limit."""
    return Problem(
        code=Code.PRONS_OVER_TWO,
        column=1,
        message=f"{_shown(word)!r} has {most} pronunciations already, which is the limit",
        suggestion="Keep the likeliest, or raise LECT_LIMITS_PRONUNCIATIONS_PER_WORD.",
    )


def too_many_entries(most: int) -> Problem:
    """One lexicon entry more than the limit."""
    return Problem(
        code=Code.TOO_MANY_ENTRIES,
        column=1,
        message=f"the lexicon has {most:,} entries already, which is the limit",
        suggestion="Leave out words that are said as they are written, or raise LECT_LIMITS_LEXICON_ENTRIES.",
    )


def _shown(text: str) -> str:
    return printable(text[:_SHOWN])
