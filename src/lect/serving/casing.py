"""The capitals of a domain's words, whatever capitals a recogniser gives them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from types import MappingProxyType

from lect.adaptation.text import folded
from lect.speech.text.sentences import in_place

_WORD = re.compile(r"[\w'\u2019]+")
_GAP = re.compile(r"\s+|\s?[-\u2010-\u2013/&]\s?")  # between the words of a name
_HYPHEN = re.compile(r"^[-\u2010-\u2013]$")  # a name with hyphens is no name of several words
_POSSESSIVE = "'s"

Token = re.Match[str]


class Casing:
    """How a domain writes its words, and names of several words."""

    def __init__(self, forms: Mapping[str, str] = MappingProxyType({})) -> None:
        """Take lower-case words, those of a name parted by blanks -> as the domain writes them."""
        self.forms = forms

    def restored(self, text: str) -> str:
        """The text as the domain writes it; words in small letters may begin a sentence with a capital.

        >>> Casing({"rosuvastatin": "rosuvastatin"}).restored("RosuVastatin? No, RosuVastatin's maker.")
        "Rosuvastatin? No, rosuvastatin's maker."
        """
        tokens = [*_WORD.finditer(text)] if self.forms else []
        parts, end, at = list[str](), 0, 0
        while at < len(tokens):
            forms = self._forms_at(text, tokens, at)
            for number, (token, form) in enumerate(zip(tokens[at:], forms, strict=False)):
                gap = text[end : token.start()]
                parts += [_HYPHEN.sub(" ", gap) if number else gap, in_place(form, text, token.start())]
                end = token.end()
            at += len(forms)
        return "".join([*parts, text[end:]])

    def restored_words(self, words: Sequence[str]) -> list[str]:
        """The same for the words of a text one by one."""
        return (
            self.restored("\n".join(word.replace("\n", " ") for word in words)).split("\n") if words else []
        )

    def _forms_at(self, text: str, tokens: Sequence[Token], at: int) -> list[str]:
        """The forms of the longest name that begins with a token, or of the token alone."""
        longest = self._longest.get(folded(tokens[at].group()), 1)
        for length in range(min(longest, len(tokens) - at), 1, -1):
            run = tokens[at : at + length]
            if all(_GAP.fullmatch(text, a.end(), b.start()) for a, b in pairwise(run)):
                forms = self._found(run)
                if forms and not any(map(_is_other_word, run, forms)):
                    return forms
        return self._found(tokens[at : at + 1]) or [tokens[at].group()]

    def _found(self, run: Sequence[Token]) -> list[str]:
        """The forms of some words; a possessive is written as its word is."""
        words = " ".join(folded(token.group()) for token in run)
        if form := self.forms.get(words):
            return form.split(" ")
        form = self.forms.get(words.removesuffix(_POSSESSIVE)) if words.endswith(_POSSESSIVE) else None
        return f"{form}{run[-1].group()[-2:].lower()}".split(" ") if form else []

    @cached_property
    def _longest(self) -> dict[str, int]:
        """How many words the longest name has that begins with a word."""
        longest: dict[str, int] = {}
        for words in self.forms:
            if " " in words:
                first, count = words[: words.index(" ")], words.count(" ") + 1
                longest[first] = max(longest.get(first, 1), count)
        return longest


def _is_other_word(token: Token, form: str) -> bool:
    """Whether a word has not the capitals of an acronym that it would be in a name: "tell us open ..." is no `US Open`."""
    return form[1:].isupper() and not token.group().isupper()
