"""One text for another, whatever the case and the punctuation of the first: `end to end` is `E2E`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lect.speech.text.display.rules.changes import Change, goes_on
from lect.speech.text.normalise.characters import UNSPACED

LONGEST = 1_000  # characters of a side

# What counts as punctuation: of Latin scripts, Chinese and Japanese, Devanagari, Arabic.
PUNCTUATION = ".,?!:;\u00bf\u00a1\u3002\uff0c\u3001\uff1f\uff01\uff1a\uff1b\uff0e\uff61\uff64\u0965\u0964\u060c\u061b\u061f\u06d4"
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_EDGES = PUNCTUATION + _QUOTES
_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_HYPHENS = "\u2010\u2011-"  # the last of a class in a pattern
_SPACED = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})[^\s{_HYPHENS}])+")
_UNSPACED = re.compile(
    rf"{UNSPACED}|(?:(?!{UNSPACED})[^\s{PUNCTUATION}{_HYPHENS}])+"
)  # punctuation parts words

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a text, without the punctuation around it."""

    key: str
    start: int
    end: int
    is_glued: bool  # by a hyphen to the word before


class Words:
    """How the words of a language are told apart."""

    def __init__(self, *, is_unspaced: bool) -> None:
        """
        Args:
            is_unspaced: the language has no blanks between words, and punctuation counts wherever it stands
        """
        self._pattern = _UNSPACED if is_unspaced else _SPACED

    def key(self, phrase: str) -> Key:
        """What a phrase is found by: its words in small, without the punctuation at their edges; a hyphen is a blank."""
        return tuple(word.key for word in self.of(phrase))

    def of(self, text: str) -> Iterator[_Word]:
        """The words of a text; punctuation alone is none."""
        for token in self._pattern.finditer(text):
            bare = token.group().strip(_EDGES)
            if bare:
                start = token.start() + token.group().index(bare)
                yield _Word(
                    bare.translate(_APOSTROPHES).casefold(),
                    start,
                    start + len(bare),
                    text[token.start() - 1 : token.start()] in [*_HYPHENS],
                )


class Rewriter:
    """Finds phrases and writes others in their places. What was written is not read again."""

    def __init__(self, rewrites: Mapping[str, str], *, is_unspaced: bool = False) -> None:
        """Take phrases -> what is written for them; of two that are found alike the first counts."""
        self._words = Words(is_unspaced=is_unspaced)
        self._written: dict[Key, tuple[str, str]] = {}  # -> the phrase as it was given, and what is written
        self._lengths: dict[str, set[int]] = {}  # a first word -> in words, of the phrases that begin so
        for old, new in rewrites.items():
            key = self._words.key(old)
            if key:
                self._written.setdefault(key, (old.strip(), new))
                self._lengths.setdefault(key[0], set()).add(len(key))

    def find(self, text: str) -> list[Change]:
        """What is written for each phrase that is found: where two overlap the longer one, else the first."""
        words = [*self._words.of(text)] if self._written else []
        taken = bytearray(len(words))
        found = []
        for first, end in sorted(self._found(words), key=lambda span: (_letters(words, span), span[0])):
            if not any(taken[first:end]):
                taken[first:end] = b"\1" * (end - first)
                found.append((first, end))
        return [self._change(text, words, span) for span in sorted(found)]

    def _found(self, words: Sequence[_Word]) -> Iterator[tuple[int, int]]:
        """All that is a phrase: whole words, and no part of what hyphens hold together."""
        keys = [word.key for word in words]
        is_border = [*(not word.is_glued for word in words), True]
        for first, word in enumerate(words):
            for length in self._lengths.get(word.key, ()):
                end = first + length
                is_whole = end <= len(words) and is_border[first] and is_border[end]
                if is_whole and tuple(keys[first:end]) in self._written:
                    yield first, end

    def _change(self, text: str, words: Sequence[_Word], span: tuple[int, int]) -> Change:
        first, last = words[span[0]], words[span[1] - 1]
        old, new = self._written[tuple(word.key for word in words[slice(*span)])]
        end = last.end
        mark = text[end : end + 1]
        if (
            mark
            and mark in PUNCTUATION
            and (new.endswith(mark) or (old.endswith(mark) and goes_on(text, end)))
        ):
            end += 1  # the mark is the phrase's own: "Inc."
        return Change(start=first.start, end=end, written=new)


def _letters(words: Sequence[_Word], span: tuple[int, int]) -> int:
    return -sum(len(word.key) + 1 for word in words[slice(*span)])
