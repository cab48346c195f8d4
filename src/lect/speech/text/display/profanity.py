"""Profanity masked, removed, tagged or left, by a list that users edit: one word or phrase a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path

from lect.core import locale as locales
from lect.core.errors import InvalidInput, NotFound
from lect.speech.text.display.rules.changes import Span, merged, overlaps
from lect.speech.text.normalise.characters import UNSPACED

MASK = "*"  # for a letter
MOST_PHRASES = 100_000

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_WORD = re.compile(rf"{UNSPACED}|(?:(?!{UNSPACED})\w)+(?:['\u2019\u02bc](?:(?!{UNSPACED})\w)+)*")
_SIGN = re.compile(r"\S")
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


class ProfanityFilter:
    """Finds the phrases of a list in a text.

    Capitals and the punctuation between the words of a phrase do not matter, whole words alone count, and of
    overlapping phrases the longest that begins first is taken.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {tuple(map(_key, _WORD.finditer(phrase))) for phrase in phrases} - {()}
        self._lengths: dict[str, list[int]] = {}  # a first word -> in words, of the phrases that begin so
        for first, length in sorted({(phrase[0], -len(phrase)) for phrase in self._phrases}):
            self._lengths.setdefault(first, []).append(-length)

    def spans(self, text: str) -> list[Span]:
        """Where the phrases stand in a text, in order."""
        words = [*_WORD.finditer(text)] if self._phrases else []
        keys = [*map(_key, words)]
        found, at = list[Span](), 0
        while at < len(words):
            lengths = self._lengths.get(keys[at], ())
            length = next((each for each in lengths if self._is_phrase(keys[at : at + each], each)), 0)
            if length:
                found.append((words[at].start(), words[at + length - 1].end()))
            at += length or 1
        return found

    def _is_phrase(self, keys: Sequence[str], length: int) -> bool:
        return len(keys) == length and tuple(keys) in self._phrases

    def apply(self, text: str, mode: ProfanityMode = ProfanityMode.MASKED) -> str:
        """The text with its profanity treated; see `treated`."""
        return text if mode is ProfanityMode.RAW else treated(text, self.spans(text), mode)


def treated(text: str, spans: Sequence[Span], mode: ProfanityMode, *, hidden: Sequence[Span] = ()) -> str:
    """A text with its profanity treated.

    Args:
        text: Any form of a result.
        spans: Where profanity stands in it.
        mode: `masked` puts a star for each letter, `removed` leaves the words out, `tagged` wraps each phrase in
            `<profanity>`, `raw` changes nothing.
        hidden: What was written for profanity: none of it is shown, whatever signs it is made of.
    """
    phrases = merged([*spans, *hidden])
    if mode is ProfanityMode.RAW or not phrases:
        return text
    written, parts, end = merged(hidden), list[str](), 0
    for phrase in phrases:
        mark = _SIGN if overlaps(phrase, written) else _WORD
        parts += [text[end : phrase[0]], _treated(text[slice(*phrase)], mark, mode)]
        end = phrase[1]
    result = "".join([*parts, text[end:]])
    return _tidied(result) if mode is ProfanityMode.REMOVED else result


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


def _treated(phrase: str, shown: re.Pattern[str], mode: ProfanityMode) -> str:
    """A phrase with what of it is shown treated; line ends part words, and stay."""
    if mode is ProfanityMode.TAGGED:
        return f"<profanity>{phrase}</profanity>"
    if mode is ProfanityMode.REMOVED:  # what stands between removed words goes with them
        return "\n" * phrase.count("\n")
    return shown.sub(lambda match: MASK * len(match.group()), phrase)


def _tidied(text: str) -> str:
    """One blank where a removed word leaves two, none before a mark, and none at the edges of a line."""
    return "\n".join(_tidied_line(line) for line in text.split("\n"))


def _tidied_line(line: str) -> str:
    line = _ORPHAN.sub("", _OVERTAKEN.sub("", _GAP.sub(" ", line)))
    return _LEADING.sub("", _LONELY.sub("", line)).strip(" \t")
