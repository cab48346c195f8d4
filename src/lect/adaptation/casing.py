"""How words are written: the capitals that a text or a list of names has, and where they add to what a recogniser writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence

from lect.adaptation import text


def evidence(written: list[str]) -> list[str]:
    """The words of a sentence whose capitals mean something: not its first, nor any of one all in capitals or without."""
    letters = "".join(written)
    if letters.islower() or (len(written) > 2 and letters.isupper()):
        return []
    first = written[0]
    return written if first[1:] != first[1:].lower() else written[1:]


def usual(forms: Counter[str]) -> dict[str, str]:
    """The dominant written form of each word, of equals that in lower case; what has no case is left out."""
    best: dict[str, str] = {}
    ordered = sorted(forms, key=lambda form: (form != form.lower(), form))
    for form, word in zip(ordered, text.lower(ordered), strict=True):
        if forms[form] > forms[best.get(word, "")]:
            best[word] = form
    return {word: form for word, form in best.items() if form.lower() != form.upper()}


def casing_of(names: Iterable[str]) -> dict[str, str]:
    """The casing of names, where a capital at the beginning means something, too: of their words, and of those together.

    A name without a blank is no name of several words: "a well known man" keeps its small letters beside `Well-Known`.

    >>> casing_of(["Grace Hill", "carvedilol"])
    {'carvedilol': 'carvedilol', 'grace': 'Grace', 'hill': 'Hill', 'grace hill': 'Grace Hill'}
    """
    names = [" ".join(name.split()) for name in names]
    written = [text.written_words(name) for name in names]
    several = sorted(
        " ".join(words)
        for name, words in zip(names, written, strict=True)
        if " " in name and _has_capitals(words)
    )
    together = {text.folded(name): name for name in several}
    return usual(Counter(form for words in written for form in words)) | together


def beyond(casing: Mapping[str, str], vocabulary: Container[str]) -> dict[str, str]:
    """What a casing adds to a recogniser that writes the words of a vocabulary in its own way: other words, and names.

    "mark" alone may be any mark, but "mark rivers" is who was listed.
    """
    return {word: form for word, form in casing.items() if _is_beyond(word, form, vocabulary)}


def _is_beyond(word: str, form: str, vocabulary: Container[str]) -> bool:
    words = word.split(" ")
    known = (
        written != each and each in vocabulary for each, written in zip(words, form.split(" "), strict=True)
    )
    return any(known) if len(words) > 1 else word not in vocabulary


def _has_capitals(words: Sequence[str]) -> bool:
    return len(words) > 1 and any(word != word.lower() for word in words)
