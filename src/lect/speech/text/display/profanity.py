"""Profanity masked, removed, tagged or left, by a list that users edit: one word or phrase a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from lect.core import locale as locales
from lect.core.errors import InvalidInput, NotFound
from lect.speech.text.normalise.characters import UNSPACED

MASK = "***"
MOST_PHRASES = 100_000

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_WORD = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})\w)+(?:['\u2019\u02bc](?:(?!{UNSPACED})\w)+)*")
_GAP = re.compile(r"[ \t]+")
_OVERTAKEN = re.compile(
    r"[,;:][ \t]+(?=[.,;:?!](?!\w))"
)  # the mark before a removed word, if one follows it too
_ORPHAN = re.compile(r"(?<=[.?!])[ \t]+[.,;:?!]+(?!\w)")  # the mark of a sentence that is gone
_LONELY = re.compile(r"[ \t]+(?=[.,;:?!](?!\w))")  # a blank that a removed word left before a mark
_LEADING = re.compile(r"^[\s.,;:?!]+(?=\s|$)")


class ProfanityMode(StrEnum):
    """What is done to profanity."""

    MASKED = "masked"
    REMOVED = "removed"
    TAGGED = "tagged"
    RAW = "raw"


@dataclass(frozen=True)
class _Hit:
    """A phrase that was found: the words in their places in the text."""

    words: tuple[re.Match[str], ...]

    @property
    def start(self) -> int:
        return self.words[0].start()

    @property
    def end(self) -> int:
        return self.words[-1].end()


class ProfanityFilter:
    """Finds the phrases of a list in a text.

    Capitals and the punctuation between the words of a phrase do not matter, whole words alone count, and of
    overlapping phrases the longest that begins first is taken.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for phrase in {tuple(map(_key, _WORD.finditer(phrase))) for phrase in phrases}:
            if phrase:
                self._by_first.setdefault(phrase[0], []).append(phrase)
        for found in self._by_first.values():
            found.sort(key=lambda phrase: (-len(phrase), phrase))

    def apply(self, text: str, mode: ProfanityMode = ProfanityMode.MASKED) -> str:
        """The text with its profanity treated.

        Args:
            text: Any form of a result.
            mode: `masked` puts *** for each word, `removed` leaves them out, `tagged` wraps each phrase in
                `<profanity>`, `raw` changes nothing.
        """
        hits = [] if mode is ProfanityMode.RAW else list(self._find(text))
        if not hits:
            return text
        parts, end = [], 0
        for hit in hits:
            parts += [text[end : hit.start], _treated(text, hit, mode)]
            end = hit.end
        treated = "".join([*parts, text[end:]])
        return _tidied(treated) if mode is ProfanityMode.REMOVED else treated

    def apply_to_words(self, words: Sequence[str], mode: ProfanityMode = ProfanityMode.MASKED) -> list[str]:
        """The same for words one by one; phrases are found across them, and removed words become empty."""
        treated = self.apply("\n".join(word.replace("\n", " ") for word in words), mode).split("\n")
        return treated if len(treated) == len(words) else list(words)

    def _find(self, text: str) -> Iterator[_Hit]:
        words = list(_WORD.finditer(text))
        keys = [_key(word) for word in words]
        at = 0
        while at < len(words):
            length = next(
                (
                    len(phrase)
                    for phrase in self._by_first.get(keys[at], ())
                    if tuple(keys[at : at + len(phrase)]) == phrase
                ),
                0,
            )
            if length:
                yield _Hit(tuple(words[at : at + length]))
            at += length or 1


def read_list(path: Path) -> list[str]:
    """The phrases of a file: one a line, UTF-8, empty lines left out.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder, no UTF-8 text, or too long.
    """
    try:
        phrases = [line.strip() for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    except FileNotFoundError as error:
        raise NotFound(
            f"{path}: there is no such profanity list", hint="Give a text file with a phrase a line."
        ) from error
    except IsADirectoryError as error:
        raise InvalidInput(
            f"{path}: this is a folder, not a profanity list", hint="Give a text file with a phrase a line."
        ) from error
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidInput(
            f"{path}: the profanity list cannot be read", hint="Save it as UTF-8 text, a phrase a line."
        ) from error
    if len(phrases) > MOST_PHRASES:
        raise InvalidInput(
            f"{path}: {len(phrases):,} phrases are too many", hint=f"Keep at most {MOST_PHRASES:,}."
        )
    return phrases


@cache
def default_phrases(language: str) -> tuple[str, ...]:
    """The list that Lect brings for a language; empty where it brings none."""
    file = resources.files(__package__) / f"profanity.{language}.txt"
    return tuple(file.read_text(encoding="utf-8").split("\n")) if file.is_file() else ()


def profanity_filter(locale: str, path: Path | None = None) -> ProfanityFilter:
    """The filter of a locale: by the list of a file, else by the one that Lect brings.

    Raises:
        NotFound: There is no such file.
        InvalidInput: See `read_list`.
    """
    return ProfanityFilter(read_list(path) if path else default_phrases(locales.language_of(locale)))


def _key(word: re.Match[str]) -> str:
    return word.group().translate(_APOSTROPHES).casefold()


def _treated(text: str, hit: _Hit, mode: ProfanityMode) -> str:
    if mode is ProfanityMode.TAGGED:
        return f"<profanity>{text[hit.start : hit.end]}</profanity>"
    parts, end = [], hit.start
    for word in hit.words:
        gap = text[end : word.start()]
        if gap or word.start() == hit.start:  # signs of a script without blanks share one mask
            parts += [gap, MASK]
        end = word.end()
    masked = "".join(parts)
    # Line ends part the words of `apply_to_words`; what stands between removed words goes with them.
    return "".join(char for char in masked if char == "\n") if mode is ProfanityMode.REMOVED else masked


def _tidied(text: str) -> str:
    """One blank where a removed word leaves two, none before a mark, and none at the edges of a line."""
    return "\n".join(_tidied_line(line) for line in text.split("\n"))


def _tidied_line(line: str) -> str:
    line = _ORPHAN.sub("", _OVERTAKEN.sub("", _GAP.sub(" ", line)))
    return _LEADING.sub("", _LONELY.sub("", line)).strip(" \t")
