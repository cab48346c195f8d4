"""Terms with signs that are said as words (`War & Peace`, `C++ Builder`, `@Home Kit`): where a text means them.

Most of these words are said everywhere, "I am at home", so a term is meant where one of its other words is said nowhere else,
where it has the capitals with which it is listed, or where enough words agree.
"""

from __future__ import annotations

from collections.abc import Callable

from lect.speech.text.sentences import begins_at
from lect.speech.text.squeeze import SAID_SIGNS, Squeezed

_JOINING = frozenset("&@")  # signs whose words join any two others; those of the rest are seldom said


def is_signed(form: str) -> bool:
    """Whether a form has letters and a sign that is said as a word."""
    return not SAID_SIGNS.keys().isdisjoint(form) and any(map(str.isalpha, form))


def is_same_signed(
    squeezed: Squeezed, at: int, end: int, own: Squeezed, is_ordinary: Callable[[Squeezed, int], bool]
) -> bool:
    """Whether atoms with the letters and signs of a term are that term.

    Args:
        squeezed: the text
        at: the first of the atoms
        end: behind the last of them
        own: the term as it is listed
        is_ordinary: whether an atom of a text is an ordinary word
    """
    if any(squeezed.written(i) in SAID_SIGNS for i in range(at, end)):
        return True
    words = [
        i for i in range(at, end) if squeezed.part(i)[0] not in SAID_SIGNS or squeezed.written(i).isupper()
    ]
    written = [squeezed.written(i) for i in words]
    listed = [word for i in range(len(own.atoms)) if (word := own.written(i)) not in SAID_SIGNS]
    if not all(is_ordinary(squeezed, i) for i in words):
        return True
    if written == listed and all(map(str.istitle, written)):
        return not begins_at(squeezed.text, squeezed.atoms[words[0]].start) or len(written) > 1
    is_seldom = any(own.written(i) in SAID_SIGNS.keys() - _JOINING for i in range(len(own.atoms)))
    return end - at > 2 and (is_seldom or (len(words) > 1 and any(len(word) > 1 for word in written)))
