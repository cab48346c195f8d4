"""Names with hyphens and apostrophes (`Jean-Luc O'Shaughnessy`, `Well-Known`): where a text means them.

Whoever lists such a name wants it whole, but a recogniser may leave out what joins its parts. Where these are words that
everybody says, "a well known man", they mean the name only if they are written as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lect.speech.text.squeeze import Squeezed

_JOINED = re.compile(r"[^\W\d_][-\u2010\u2011'\u2019][^\W\d_]")
_APOSTROPHES = "'\u2019"
_LETTERS_THAT_ARE_WORDS = frozenset("ai")


def is_joined(form: str) -> bool:
    """Whether a form has no digits and a hyphen or an apostrophe between letters."""
    return bool(_JOINED.search(form)) and not any(map(str.isdecimal, form))


def is_same_name(
    squeezed: Squeezed, at: int, end: int, own: Squeezed, is_ordinary: Callable[[Squeezed, int], bool]
) -> bool:
    """Whether atoms with the letters of a name are that name.

    Args:
        squeezed: the text
        at: the first of the atoms
        end: behind the last of them
        own: the name as it is listed
        is_ordinary: whether an atom of a text is an ordinary word
    """
    written = [squeezed.written(i) for i in range(at, end)]
    listed = [own.written(i) for i in range(len(own.atoms))]
    if len(written) == len(listed) and any(
        _is_ending(own, i) and not _is_ending(squeezed, at + i) for i in range(len(listed))
    ):
        return False  # Denny S. Hill is not Denny's Hill
    if all(_is_a_word(squeezed, i) and is_ordinary(squeezed, i) for i in range(at, end)):
        return written == listed and any(word != word.lower() for word in listed[1:])
    return True


def _is_a_word(squeezed: Squeezed, at: int) -> bool:
    """Whether an atom can stand alone, or is an ending: neither the letter of `X-ray` nor that of `O'Neil`."""
    word = squeezed.written(at)
    return len(word) > 1 or word.lower() in _LETTERS_THAT_ARE_WORDS or _is_ending(squeezed, at)


def _is_ending(squeezed: Squeezed, at: int) -> bool:
    """Whether an atom is the letter behind the apostrophe of `Denny's`."""
    start, end = squeezed.span(at, at + 1)
    return end - start == 1 and squeezed.text[max(0, start - 1) : start] in {*_APOSTROPHES}
