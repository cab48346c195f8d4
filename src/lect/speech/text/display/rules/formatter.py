"""The display rules of a domain as data, and ready to be applied to texts of one locale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from lect.core import locale as locales
from lect.core.errors import InvalidInput
from lect.speech.text.display.profanity import ProfanityFilter
from lect.speech.text.display.rules.changes import Change, tidied
from lect.speech.text.display.rules.matching import Matcher
from lect.speech.text.display.rules.rewriting import Rewriter
from lect.speech.text.sentences import begins_at

# Bytes of memory, measured: of a step of a pattern, of a phrase.
_STEP, _PHRASE = 250, 700


@dataclass(frozen=True, kw_only=True)
class DisplayRules:
    """How a domain writes what is recognised."""

    itn: tuple[str, ...] = ()  # patterns
    rewrites: tuple[tuple[str, str], ...] = ()  # a phrase, and what is written for it
    profanity: tuple[str, ...] = ()  # phrases to mask

    def __bool__(self) -> bool:
        return bool(self.itn or self.rewrites or self.profanity)

    def __or__(self, other: DisplayRules) -> DisplayRules:
        """These rules, and then the others."""
        return DisplayRules(
            itn=self.itn + other.itn,
            rewrites=self.rewrites + other.rewrites,
            profanity=self.profanity + other.profanity,
        )

    def to_json(self) -> dict[str, Any]:
        """As a bundle holds them."""
        return {
            "itn": [*self.itn],
            "rewrite": [[*pair] for pair in self.rewrites],
            "profanity": [*self.profanity],
        }

    @classmethod
    def from_json(cls, document: object) -> DisplayRules:
        """Read what `to_json` made.

        Raises:
            InvalidInput: It is something else.
        """
        if not isinstance(document, Mapping) or not document.keys() <= {"itn", "rewrite", "profanity"}:
            raise InvalidInput("no display rules")
        itn, rewrites, profanity = (document.get(part, []) for part in ("itn", "rewrite", "profanity"))
        if not (_are_texts(itn) and _are_texts(profanity) and isinstance(rewrites, list)):
            raise InvalidInput("no display rules")
        if not all(_are_texts(pair) and len(pair) == 2 for pair in rewrites):
            raise InvalidInput("a rule to rewrite is a pair of texts")
        return cls(
            itn=tuple(itn), rewrites=tuple((old, new) for old, new in rewrites), profanity=tuple(profanity)
        )


class Formatter:
    """Display rules that are ready to be applied. Safe to share between threads."""

    def __init__(self, rules: DisplayRules = DisplayRules(), *, locale: str = "en-US") -> None:
        """Compile the rules.

        Raises:
            InvalidInput: A pattern cannot be read.
            UnsupportedLocale: It is not a locale.
        """
        language = locales.language_of(locale)
        self.rules = rules
        try:
            self._matcher = Matcher(rules.itn, is_english=language == "en")
        except ValueError as error:
            raise InvalidInput(f"a pattern cannot be read: {error}") from error
        rewrites: dict[str, str] = {}
        for old, new in rules.rewrites:
            rewrites.setdefault(old, new)
        self._rewriter = Rewriter(rewrites, is_unspaced=language in locales.UNSPACED)
        self.profane = ProfanityFilter(rules.profanity)

    def __bool__(self) -> bool:
        return bool(self.rules)

    @property
    def nbytes(self) -> int:
        """Bytes of memory, roughly."""
        phrases = len(self.rules.rewrites) + len(self.rules.profanity)
        return _STEP * self._matcher.size + _PHRASE * phrases

    def patterns(self, text: str) -> list[Change]:
        """What the patterns write in a text."""
        return tidied(self._matcher.find(text), text)

    def rewrites(self, text: str) -> list[Change]:
        """What is rewritten in a text."""
        return tidied(self._rewriter.find(text), text)


def in_sentences(changes: Sequence[Change], text: str) -> list[Change]:
    """The changes of a text that has capitals; a sentence keeps its first one, unless what is written has capitals of its own."""
    return [
        _in_sentence(change, text, before=follower.start)
        if not text[change.start : change.start + 1].islower() and begins_at(text, change.start)
        else change
        for change, follower in pairwise([*changes, Change(start=len(text), end=len(text), written="")])
    ]


def _in_sentence(change: Change, text: str, *, before: int) -> Change:
    """A change at the beginning of a sentence."""
    if not change.written and change.end < before:  # what is left out leaves its capital to the next word
        return Change(start=change.start, end=change.end + 1, written=text[change.end].upper())
    first = change.written.split(" ")[0]
    if not first[:1].islower() or not first.islower():
        return change
    return Change(start=change.start, end=change.end, written=change.written[0].upper() + change.written[1:])


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
