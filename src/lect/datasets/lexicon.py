"""The lexicon of structured text: `WORD/PHONES`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lect.core.locale import language_of
from lect.datasets.codes import Code
from lect.datasets.report import Problem, printable
from lect.speech.text import phones
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.spoken import spoken_form


def parse_entry(text: str, locale: str) -> tuple[Pronunciation | None, list[Problem]]:
    """Read an entry; None if it cannot be used.

    The set of phones is published for English; elsewhere an unknown one is skipped with a warning.
    """
    word, slash, said = text.rpartition("/")
    if not slash or not word.strip() or not said.strip():
        return None, [_no_entry(text)]
    problems = list(_phone_problems(said, len(word) + 1, softened=language_of(locale) != "en"))
    if any(problem.is_error for problem in problems):
        return None, problems
    return Pronunciation(display=word.strip(), spoken=spoken_form(word.strip(), said.split())), problems


def _no_entry(text: str) -> Problem:
    word, slash, _ = text.rpartition("/")
    message = "there is no / between word and phones"
    if slash:
        message = "there is no phone after the /" if word.strip() else "there is no word before the /"
    return Problem(
        code=Code.LEXICON_SYNTAX,
        column=len(word) + 1,
        message=message,
        suggestion="Write WORD/PHONES, such as: - cat/K AE T",
    )


def _phone_problems(said: str, shift: int, *, softened: bool) -> Iterator[Problem]:
    for match in re.finditer(r"\S+", said):
        known = phones.canonical(match[0])
        if known is None:
            near = phones.nearest(match[0])
            yield Problem(
                code=Code.PHONE_UNKNOWN,
                column=shift + match.start() + 1,
                message=f"there is no phone {printable(match[0][:20])!r}",
                suggestion=f"Did you mean {near}?"
                if near
                else f"Phones are: {' '.join(sorted(phones.UPS))}.",
                softened=softened,
            )
        elif not phones.is_ups(match[0]):
            yield Problem(
                code=Code.PHONE_ARPABET,
                column=shift + match.start() + 1,
                message=f"{match[0]} is how ARPAbet writes {known}; Lect takes both, Azure may not",
                suggestion=f"Write {known}.",
            )
