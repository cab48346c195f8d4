"""Phrase lists: words that one request expects, whatever its model knows."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from itertools import chain
from pathlib import Path

from lect.core.errors import InvalidInput, LimitExceeded, NotFound
from lect.core.words import character, counted, is_hidden

MOST_PHRASES = 20_000
LONGEST_PHRASE = 300  # characters
LIGHTEST, HEAVIEST = 0.01, 100.0
STRONGEST = 2.0
_LONGEST_LINE, _MOST_LINES = 2 * LONGEST_PHRASE, 2 * MOST_PHRASES
_UNSEEN = frozenset({"Cc", "Cn", "Co", "Cs", "Zl", "Zp"})  # categories of Unicode
_REPLACEMENT = "\ufffd"  # what a decoder writes where it is lost
_TOLD = 5  # wrong lines that one error names
_HARD_BLANKS = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f", " "))  # at which no line is broken
_WEIGHTS = f"a weight is a number from {LIGHTEST:g} to {HEAVIEST:g}"
_FOR_WEIGHTS = "Weights belong in a file, behind a tab: --phrases FILE."
_FORM = "A line is a phrase, or a phrase, a tab and a weight such as 2."


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrase:
    """Some words, and how much more than another phrase they are expected. A no-break space becomes a blank."""

    text: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", self.text.translate(_HARD_BLANKS))
        if not self.text.strip():
            raise InvalidInput("a phrase is empty", hint="Leave it out.")
        if len(self.text) > LONGEST_PHRASE:
            raise InvalidInput(
                f"a phrase has {len(self.text):,} characters ({self.text[:30]!r} ...)",
                hint=f"Keep phrases within {LONGEST_PHRASE} characters; sentences belong into text to train on.",
            )
        if stray := _stray(self.text):
            raise InvalidInput(
                f"{character(stray)} has no place in a phrase ({self.text[:30]!r})",
                hint=_FOR_WEIGHTS if stray == "\t" else "Remove it, or type the right character.",
            )
        if not LIGHTEST <= self.weight <= HEAVIEST:  # NaN is no such number
            raise InvalidInput(
                f"the weight of {self.text!r} is {self.weight!r}; {_WEIGHTS}",
                hint="1 is the weight of a phrase without one.",
            )


@dataclass(frozen=True, kw_only=True)
class PhraseList:
    """The phrases of a request. The order and repeats of phrases mean nothing."""

    phrases: frozenset[Phrase] = frozenset()
    strength: float = 1.0  # of all of them against what is heard: 0 is as if there were none, 2 the most

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= STRONGEST:
            raise InvalidInput(
                f"the strength of the phrases is {self.strength!r}",
                hint=f"Give a number from 0 to {STRONGEST:g}; 1 is the default.",
            )
        if len(self.phrases) > MOST_PHRASES:
            raise _too_many(len(self.phrases))

    def __bool__(self) -> bool:
        return bool(self.phrases) and self.strength > 0

    @cached_property
    def digest(self) -> str:
        """What tells this list from others: of thousands of phrases it is compared in no time."""
        listed = sorted((phrase.text, phrase.weight) for phrase in self.phrases)
        return sha256(json.dumps([self.strength, listed]).encode()).hexdigest()


def phrases_of(files: Iterable[Path], texts: Iterable[str]) -> frozenset[Phrase]:
    """The phrases of files and those that are given one by one.

    Raises:
        NotFound, InvalidInput: see `read_phrases`.
        LimitExceeded: A file is longer than any may be, or there are too many phrases in all.
    """
    paths, single = list(files), [Phrase(text=text) for text in texts]
    found = frozenset([*chain.from_iterable(map(read_phrases, paths)), *single])
    if len(found) > MOST_PHRASES:
        given = [*map(str, paths), *([f"{counted(len(single), 'phrase')} beside"] if single else [])]
        raise _too_many(len(found), f"{', '.join(given)}: ")
    return found


def read_phrases(path: Path) -> tuple[Phrase, ...]:
    """The phrases of a file: UTF-8, one a line, a weight may follow a tab; empty lines are left out.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder or no UTF-8 text, or lines of it are no phrases; the error names them.
        LimitExceeded: It is longer than any may be.
    """
    found: list[Phrase] = []
    wrong: list[tuple[str, str]] = []  # message, hint
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            found.append(_parse(line))
        except InvalidInput as error:
            wrong.append((f"{path}:{number}: {error.message}", error.hint))
    if wrong:
        messages, hints = zip(*wrong[:_TOLD], strict=True)
        more = f"\n... and {len(wrong) - _TOLD:,} more" if len(wrong) > _TOLD else ""
        raise InvalidInput("\n".join(messages) + more, hint=" ".join(dict.fromkeys(hints)))
    return tuple(found)


def _parse(line: str) -> Phrase:
    text, tab, weight = line.partition("\t")
    if not text.strip():
        raise InvalidInput("there is no phrase before the tab", hint=_FORM)
    return Phrase(text=text.strip(), weight=_weight(weight.strip()) if tab else 1.0)


def _weight(text: str) -> float:
    """A weight as people write it: to Python underscores and the digits of other scripts are of numbers, too."""
    if not text:
        raise InvalidInput("there is no weight behind the tab", hint=_FORM)
    try:
        return float(text if text.isascii() and "_" not in text else "")
    except ValueError:
        raise InvalidInput(f"{text[:30]!r} is no weight; {_WEIGHTS}", hint=_FORM) from None


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(iter(partial(file.readline, _LONGEST_LINE), ""), start=1):
                if number > _MOST_LINES or not (line.endswith("\n") or len(line) < _LONGEST_LINE):
                    raise LimitExceeded(
                        f"{path}:{number}: this is no phrase list: it is longer than any may be",
                        hint=f"Give at most {MOST_PHRASES:,} phrases of {LONGEST_PHRASE} characters, one a line.",
                    )
                yield line
    except FileNotFoundError as error:
        raise NotFound(
            f"{path}: there is no such phrase list",
            hint="Standard input is not read: write the phrases to a file."
            if str(path) == "-"
            else "Give a text file with a phrase a line.",
        ) from error
    except IsADirectoryError as error:
        raise InvalidInput(
            f"{path}: this is a folder, not a phrase list", hint="Give a text file with a phrase a line."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"{path}: the phrase list is no UTF-8 text", hint="Save it as UTF-8, a phrase a line."
        ) from error
    except OSError as error:
        raise InvalidInput(
            f"{path}: the phrase list cannot be read ({error.strerror})", hint="Check the path."
        ) from error


def _stray(text: str) -> str:
    """The first character that nobody sees and that would part or spoil a word; empty if there is none."""
    if text.isprintable() and _REPLACEMENT not in text:
        return ""
    return next(
        (
            char
            for char in text
            if char == _REPLACEMENT or unicodedata.category(char) in _UNSEEN or is_hidden(char)
        ),
        "",
    )


def _too_many(number: int, whose: str = "") -> LimitExceeded:
    return LimitExceeded(
        f"{whose}{number:,} phrases are too many",
        hint=f"Give at most {MOST_PHRASES:,}; train on the rest with `lect train --structured`.",
    )
