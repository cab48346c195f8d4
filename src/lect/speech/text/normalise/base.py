"""What all normalisers share: the interface, Unicode folding, and the split into words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u02b9\u2032\uff07`\u00b4"), "'")
_IN_BRACKETS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")  # [noise], <unk>: marks, not words
_MOST_PASSES = 10  # two suffice in practice
_LOOSE_APOSTROPHE = re.compile(r"(?<!\w)'+|'+(?!\w)")


@dataclass(frozen=True, kw_only=True)
class Normaliser:
    """Turns a text into the words that are compared.

    `version` goes up with every change of the output. The rules are applied until they change nothing, so that the
    output of a normaliser is always its own fixed point.
    """

    name: str
    version: str
    locale: str
    rules: Callable[[str], list[str]]

    def __call__(self, text: str) -> str:
        """The words of a text, separated by single blanks."""
        return " ".join(self.words(text))

    def words(self, text: str) -> list[str]:
        """The words of a text; characters in Chinese, Japanese, Korean and other scripts without blanks."""
        words = self.rules(text)
        for _ in range(_MOST_PASSES):
            again = self.rules(" ".join(words))
            if again == words:
                break
            words = again
        return words


def folded(text: str) -> str:
    """Lower case in one Unicode form, one kind of apostrophe, no marks in brackets."""
    text = unicodedata.normalize("NFKC", _IN_BRACKETS.sub(" ", text).translate(_APOSTROPHES))
    # Lower-casing may decompose (İ), and İ leaves a loose dot that no other letter has.
    return unicodedata.normalize("NFKC", text.lower().replace("i\u0307", "i").replace("ς", "σ"))


def bare_words(text: str) -> list[str]:
    """The words of a folded text: letters, their marks, digits, and apostrophes inside."""
    kept = "".join(char if _belongs_to_word(char) else " " for char in text)
    return _LOOSE_APOSTROPHE.sub(" ", kept).split()


def without_accents(text: str) -> str:
    """Latin letters without their accents: é is e, ñ is n."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return unicodedata.normalize("NFKC", bare)


def _belongs_to_word(char: str) -> bool:
    return char == "'" or unicodedata.category(char)[0] in "LMN"


def generic(text: str) -> list[str]:
    """The words of any language that puts blanks between them."""
    return bare_words(folded(text))
