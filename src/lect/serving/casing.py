"""The capitals of a domain's words, whatever capitals a recogniser gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lect.adaptation.text import folded
from lect.speech.text.sentences import in_place

_WORD = re.compile(r"[\w'\u2019]+")
_POSSESSIVE = re.compile("['\u2019][sS]$")


def restore_case(text: str, casing: Mapping[str, str]) -> str:
    """The text with the domain's words as the domain writes them; in small letters they may begin a sentence with a capital.

    Args:
        casing: lower-case word -> as the domain writes it; possessives follow their words

    >>> restore_case("RosuVastatin? No, RosuVastatin's maker.", {"rosuvastatin": "rosuvastatin"})
    "Rosuvastatin? No, rosuvastatin's maker."
    """
    if not casing:
        return text

    def written(match: re.Match[str]) -> str:
        word = match.group()
        form = casing.get(folded(word))
        if form is None and (ending := _POSSESSIVE.search(word)):
            stem = casing.get(folded(word[: ending.start()]))
            form = stem and stem + ending.group().lower()
        return in_place(form, text, match.start()) if form else word

    return _WORD.sub(written, text)


def restore_case_of_words(words: Sequence[str], casing: Mapping[str, str]) -> list[str]:
    """The same for the words of a text one by one."""
    return (
        restore_case("\n".join(word.replace("\n", " ") for word in words), casing).split("\n")
        if words
        else []
    )
