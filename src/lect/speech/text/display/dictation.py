"""Punctuation that somebody says: `do you live in town question mark` is `do you live in town?`

A mark that is said takes the place of what the model put there by itself. The same words may be meant as words ("the trial
period"): where what stands beside them tells so, they stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import pairwise

from lect.speech.text.display.casing import is_always_capital
from lect.speech.text.display.marks import MARKS
from lect.speech.text.display.rules.changes import Change
from lect.speech.text.sentences import ENDS, TITLES

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_INSIDE = re.compile(r"[ \t-]+")  # between the words of a mark: `semi-colon`
_AUTOMATIC = re.compile(r"[,;:.?!\u2026]+(?=[\s\"'\u2019\u201d\u00bb)\]]|$)")  # what models put behind words
_BLANKS, _MARKS = " \t\n", ",;:.?!\u2026"
_LONGEST_TITLE = 20  # characters, that a point may belong to
_INVERTED = re.compile("[\u00bf\u00a1]")
_POINTED = re.compile(
    r"(?:^|[\s(\"])((?:[^\W\d_]\.){2,}|[^\W\d_]+\.)$"
)  # a word with the point that may be its own


class Punctuation(StrEnum):
    """Where the marks of a display form come from."""

    AUTOMATIC = "automatic"  # from the model
    DICTATED = "dictated"  # from the speaker alone
    BOTH = "both"
    NONE = "none"


Token = re.Match[str]


class Dictation:
    """Writes the marks that are said in one language; in one of which nothing is known, nothing changes."""

    def __init__(self, language: str) -> None:
        """Take the code of a language."""
        self._language = MARKS.get(language)
        self._is_english = language == "en"
        known = self._language
        said = {**known.marks, **known.opening, **known.closing} if known else {}
        self._said = {tuple(phrase.split(" ")): phrase for phrase in said}
        self._longest = max(map(len, self._said), default=0)

    def written(self, text: str) -> list[Change]:
        """The marks that are said in a text which has capitals and marks of its own, perhaps.

        >>> from lect.speech.text.display.rules.changes import changed
        >>> text = "Hello, comma, do you live in town question mark i do."
        >>> changed(text, Dictation("en").written(text))
        'Hello, do you live in town? I do.'
        """
        tokens = [*_WORD.finditer(text)] if self._language else []
        found: list[Change] = []
        begins: bool | None = None  # a sentence with the next word; None: as the text has it
        at = 0
        while at < len(tokens):
            phrase, length = self._phrase(text, tokens, at)
            if phrase:
                since = found[-1].end if found else 0
                change = self._change(text, tokens, at, at + length, phrase, since=since)
                begins = self._begins(text, change, phrase, before=begins)
                found.append(change)
            elif begins is not None:
                found += _raised(tokens[at]) if begins else self._lowered(tokens[at])
                begins = None
            at += length or 1
        return found

    def unmarked(self, text: str) -> list[Change]:
        """What takes the marks out of a text that the model put there, with the capitals behind them.

        >>> from lect.speech.text.display.rules.changes import changed
        >>> text = "Well, I see. You came at 5 p.m. today?"
        >>> changed(text, Dictation("en").unmarked(text))
        'Well I see you came at 5 p.m. today'
        """
        found = set(self._unmarked(text)) if self._language else ()  # two marks may stand before one word
        return sorted(found, key=lambda change: change.start)

    def _unmarked(self, text: str) -> Iterator[Change]:
        yield from (
            Change(start=mark.start(), end=mark.end(), written="") for mark in _INVERTED.finditer(text)
        )
        for marks in _AUTOMATIC.finditer(text):
            start = marks.start() + (marks.group()[0] == "." and _is_own(text, marks.start() + 1))
            if start == marks.end():
                continue
            yield Change(start=start, end=marks.end(), written="")
            if marks.group()[-1] in ENDS and (following := _WORD.search(text, marks.end())):
                yield from self._lowered(following)

    def _phrase(self, text: str, tokens: Sequence[Token], at: int) -> tuple[str, int]:
        """The longest mark that is said from a word on, empty if it is meant as words, and of how many words it is; 0: none."""
        for length in range(min(self._longest, len(tokens) - at), 0, -1):
            run = tokens[at : at + length]
            phrase = self._said.get(tuple(_key(token) for token in run))
            gaps = (text[a.end() : b.start()] for a, b in pairwise(run))
            if phrase and all(map(_INSIDE.fullmatch, gaps)):
                # Of "le point virgule", which is no mark, "virgule" is none either.
                return phrase if self._is_meant(text, tokens, at, length, phrase) else "", length
        return "", 0

    def _is_meant(self, text: str, tokens: Sequence[Token], at: int, length: int, phrase: str) -> bool:
        """Whether the words are meant as a mark, by what stands beside them."""
        assert self._language
        end = at + length
        if (
            text[tokens[at].start() - 1 : tokens[at].start()] == "-"
            or text[tokens[end - 1].end() :][:1] == "-"
        ):
            return False  # comma-separated
        if phrase in self._language.opening or phrase in self._language.closing:
            return True
        before, behind = (_key(tokens[each]) if 0 <= each < len(tokens) else "" for each in (at - 1, end))
        is_parted = bool(at) and bool(text[tokens[at - 1].end() : tokens[at].start()].strip())
        is_noun = before in self._language.nouns_behind or before in self._language.noun_phrases.get(
            phrase, ()
        )
        goes_on = (
            behind in self._language.not_before
            and not text[tokens[end - 1].end() : tokens[end].start()].strip()
        )
        is_number = behind[:1].isdigit() and (
            self._language.marks[phrase] == "." or (not self._is_english and before[-1:].isdigit())
        )  # "Punkt 12", "2 Komma 5"
        is_of_course = behind == "of" and end + 1 < len(tokens) and _key(tokens[end + 1]) == "course"
        return not is_number and (is_parted or not is_noun) and (not goes_on or is_of_course)

    def _change(
        self, text: str, tokens: Sequence[Token], at: int, end: int, phrase: str, *, since: int
    ) -> Change:
        """A mark in the place of the words that it is said in, and of marks of the model beside them.

        Args:
            since: what stands before this is written already
        """
        assert self._language
        first, last = tokens[at].start(), tokens[end - 1].end()
        if mark := self._language.opening.get(phrase):
            return Change(start=first, end=_skipped(text, last, _BLANKS + _MARKS), written=mark)
        if mark := self._language.closing.get(phrase):
            return Change(start=since + len(text[since:first].rstrip(_BLANKS + ",")), end=last, written=mark)
        mark = self._language.marks[phrase]
        start = since + len(text[since:first].rstrip(_BLANKS + _MARKS))
        stop = _skipped(text, last, _MARKS)
        if start < first and text[start] == "." and _is_own(text, start + 1):
            start += 1
            mark = "" if mark == "." else mark
        written = f" {mark}" if mark in self._language.before and start else mark
        return Change(start=start, end=stop, written=written)

    def _begins(self, text: str, change: Change, phrase: str, *, before: bool | None) -> bool | None:
        """Whether a sentence begins behind a mark; None: as the text has it."""
        assert self._language
        if phrase not in self._language.marks:
            return before
        if change.written.strip() in {"", ".", "?", "!"}:
            return True
        return False if any(char in ENDS for char in text[change.start : change.end]) else None

    def _lowered(self, token: Token) -> Iterator[Change]:
        """A word without the capital of a sentence that it begins no more, unless it may be a name."""
        assert self._language
        word = token.group()
        is_plain = word[0].isupper() and word[1:].islower()
        if self._language.lowers and is_plain and not (self._is_english and is_always_capital(word)):
            yield Change(start=token.start(), end=token.start() + 1, written=word[0].lower())


def _raised(token: Token) -> Iterator[Change]:
    """A word with the capital of a sentence."""
    if token.group().islower() and len(token.group()[0].upper()) == 1:  # no word begins with SS for \u00df
        yield Change(start=token.start(), end=token.start() + 1, written=token.group()[0].upper())


def _skipped(text: str, at: int, chars: str) -> int:
    """The place behind some characters."""
    while at < len(text) and text[at] in chars:
        at += 1
    return at


def _is_own(text: str, end: int) -> bool:
    """Whether the point that ends here belongs to its word: `p.m.`, `Dr.`"""
    pointed = _POINTED.search(text, max(end - _LONGEST_TITLE, 0), end)
    return pointed is not None and (pointed[1] in TITLES or pointed[1].count(".") > 1)


def _key(token: Token) -> str:
    return token.group().replace("\u2019", "'").casefold()
