"""Where sentences begin, and the capital that a word has there and nowhere else."""

from __future__ import annotations

import re

ENDS = ".?!\u2026\u3002\uff1f\uff01"
_OPENING = " \t\n\"'\u2018\u201c\u00ab([{\u00bf\u00a1-\u2013\u2014*"
_CLOSING = "\"'\u2019\u201d\u00bb)]}"
TITLES = frozenset(
    {"Mr.", "Mrs.", "Ms.", "Dr.", "Prof.", "St.", "No.", "vs.", "etc.", "Sr.", "Sra.", "Nr.", "M."}
)
_PLAIN = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*(?!\S)")


def begins_at(text: str, at: int) -> bool:
    """Whether a sentence begins at a place of a text."""
    before = text[:at].rstrip(_OPENING)
    return not before or (len(before) < at and before.rstrip(_CLOSING)[-1:] in ENDS)


def in_place(form: str, text: str, at: int) -> str:
    """A written form where it stands in a text: a plain word in small letters keeps the capital of a sentence's first word.

    >>> in_place("carvedilol", "Yes. CarVedilol helps.", 5), in_place("iPhone", "Iphone, please.", 0)
    ('Carvedilol', 'iPhone')
    """
    plain = _PLAIN.match(form)
    if plain and plain.group().islower() and text[at].isupper() and begins_at(text, at):
        return form[0].upper() + form[1:]
    return form


def is_end(word: str, following: str) -> bool:
    """Whether a sentence ends with a word, as displayed: behind a stop, unless a small letter or a short title goes before.

    >>> is_end("there.", "And"), is_end("Dr.", "Smith"), is_end("a.m.", "to"), is_end("no", "So")
    (True, False, False, False)
    """
    bare = word.rstrip(_CLOSING)
    if bare[-1:] not in ENDS or not bare:
        return False
    return bare not in TITLES and not following.lstrip(_OPENING)[:1].islower()
