"""What a line of text must be like, rule by rule: what Azure documents, and what spoils any text, such as torn letters.

A rule takes a text and yields problems with a column alone: where the text stands is the caller's knowledge.
Each rule looks for the quickest sign that there is nothing to find, since files have millions of lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace

from lect.core.locale import language_of
from lect.core.words import character, is_hidden
from lect.datasets.codes import Code
from lect.datasets.mojibake import mojibake
from lect.datasets.report import Problem, printable

Rule = Callable[[str], Iterator[Problem]]

_LONGEST_JAPANESE_SENTENCE = 90  # characters
_MOST_REPEATS = 3
_LONGEST_PHRASE = 5  # words, when looking for repeats

# Up to three short words in which no letter stands four times in a row: an item of a list, mostly, and no rule minds.
_SOUND = re.compile(r"(?:([A-Za-z])(?!(?i:\1{3}))){1,20}(?: (?:([A-Za-z])(?!(?i:\2{3}))){1,20}){0,2}")
_URL = re.compile(r"\b(?:[a-z][a-z0-9+.-]{1,30}://|(?:mailto|tel|urn):)\S+|\bwww\.\w\S*", re.IGNORECASE)
_URL_SIGNS = ("://", "www.", "mailto:", "tel:", "urn:")
_RUN = re.compile(r"(.)\1\1\1")
_UNSPACED_RUN = re.compile(r"([\u3040-\u30ff\u3400-\u9fff]{2,6})\1{3}")  # scripts without blanks
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_CODE_WORD = re.compile(r"\b(?=\w*\d)(?=\w*[A-Za-z])(?!\d+(?:st|nd|rd|th)\b)\w+\b|\b\d{3,}\b")
_SYMBOL = re.compile(r"[&@#%+=<>*/\\^~|§€$£¥°±×µ]")
_GERMAN_REFUSED = re.compile("[¢¤¥¦§©ª¬®°±²µ×ÿ]")
_SENTENCE_END = re.compile(r"[。．！？!?]")
_HALF_WIDTH = re.compile(r"(?<=[\u3040-\u30ff\u3400-\u9fff])[,;:?!.]")
_FULL_WIDTH = re.compile("[０-９Ａ-Ｚａ-ｚ]")
_REPLACEMENT = "\ufffd"  # what a decoder writes where it is lost
_LATIN_SUPPLEMENT = "\u00a1"  # Azure's line for English


def line_rules(locale: str) -> tuple[Rule, ...]:
    """The rules of any line of text in a locale."""
    return (_holds_words, _urls, _repeats, _unprintable, mojibake, *_language_rules(locale))


def transcript_rules(locale: str) -> tuple[Rule, ...]:
    """The rules of a transcript: those of text, and that it is written as it was spoken."""
    return (*line_rules(locale), _numbers, _symbols)


def structured_rules(locale: str) -> tuple[Rule, ...]:
    """The rules of an item or sentence of structured text: Azure's own samples have repeats, so these are warnings."""
    return (_holds_words, _urls, _repeats_as_warnings, _unprintable, mojibake, *_language_rules(locale))


def writing_rules() -> tuple[Rule, ...]:
    """The rules of something written that nobody speaks as it stands, such as the display form of a word."""
    return (_unprintable, mojibake)


def problems_of(text: str, rules: tuple[Rule, ...]) -> list[Problem]:
    """Everything that is wrong with a text."""
    if _SOUND.fullmatch(text):
        return []
    return [problem for rule in rules for problem in rule(text)]


def empty_after_normalisation(normalised: str = "") -> Problem:
    """The problem of a line without a word."""
    return Problem(
        code=Code.EMPTY_AFTER_NORMALISATION,
        column=1,
        message=f"nothing is left of the line once it is normalised (it becomes {normalised!r})",
        suggestion="Write what is spoken, in words, or remove the line.",
    )


def entry_repeated(first: int) -> Problem:
    """The problem of a line that an earlier one says already."""
    return Problem(
        code=Code.ENTRY_REPEATED,
        column=1,
        message=f"the same stands in line {first}",
        suggestion="Keep one of the two lines.",
    )


def _holds_words(text: str) -> Iterator[Problem]:
    if not any(map(str.isalnum, text)):
        yield empty_after_normalisation()


def _urls(text: str) -> Iterator[Problem]:
    if ":" not in text and "." not in text:
        return
    lowered = text.lower()
    if not any(sign in lowered for sign in _URL_SIGNS):
        return
    for match in _URL.finditer(text):
        yield Problem(
            code=Code.URL_IN_LINE,
            column=match.start() + 1,
            message=f"the line holds the web address {printable(match[0][:60])}",
            suggestion="Write it as it is spoken, such as 'contoso dot com', or remove the line.",
            softened=":" not in match[0],  # www.contoso.com without a scheme can be read aloud
        )


def _repeats(text: str) -> Iterator[Problem]:
    lowered = text.lower()
    run = next((match for match in _RUN.finditer(lowered) if match[1].isalpha()), None)
    if run is None and not text.isascii():
        run = _UNSPACED_RUN.search(lowered)
    if run is not None:
        yield _repeated(run[1], run.start())
    words = _WORD.findall(lowered)
    if len(words) - len(set(words)) >= _MOST_REPEATS and (found := _repeated_phrase(words)) is not None:
        start, length = found
        places = list(_WORD.finditer(lowered))[start : start + length]
        yield _repeated(lowered[places[0].start() : places[-1].end()], places[0].start())


def _repeats_as_warnings(text: str) -> Iterator[Problem]:
    for problem in _repeats(text):
        yield replace(problem, softened=True)


def _repeated_phrase(words: list[str]) -> tuple[int, int] | None:
    """Where a phrase comes more than three times in a row, and its length in words."""
    for length in range(1, _LONGEST_PHRASE + 1):
        run = 0
        for at in range(length, len(words)):
            run = run + 1 if words[at] == words[at - length] else 0
            if run == length * _MOST_REPEATS and not words[at].isdigit():
                return at - run - length + 1, length
    return None


def _repeated(what: str, start: int) -> Problem:
    return Problem(
        code=Code.TOO_MANY_REPEATS,
        column=start + 1,
        message=f"{printable(what[:40])!r} comes more than {_MOST_REPEATS} times in a row",
        suggestion=f"Write it {_MOST_REPEATS} times at most. To give a sentence more weight, repeat the line.",
    )


def _unprintable(text: str) -> Iterator[Problem]:
    if text.isprintable() and _REPLACEMENT not in text:
        return
    for at, char in enumerate(text):
        kind = unicodedata.category(char)
        if char == _REPLACEMENT or (kind in {"Cc", "Co", "Cn", "Cs"} and char != "\t"):
            yield _bad_character(char, at, "has no place in text", "Remove it, or type the right character.")
            return
        if kind in {"Zl", "Zp"} or is_hidden(char):
            yield Problem(
                code=Code.INVISIBLE_CHARACTER,
                column=at + 1,
                message=f"{character(char)} is invisible and may split a word in two",
                suggestion="Remove it, or let `lect check --fix OUT` do so.",
            )
            return


def _english(text: str) -> Iterator[Problem]:
    if text.isascii():
        return
    found = [
        (at, char)
        for at, char in enumerate(text)
        if char > _LATIN_SUPPLEMENT and char.isprintable() and char != _REPLACEMENT
    ]
    if found:
        at, first = found[0]
        more = len({char for _, char in found}) - 1
        also = f", and {more} more" if more else ""
        yield Problem(
            code=Code.BAD_CHARACTER,
            column=at + 1,
            message=f"{character(first)}{also}: Azure drops English lines with characters above U+00A1, Lect keeps them",
            suggestion=_ENGLISH_ADVICE.get(
                first, "Write the word in ASCII if the line goes to Azure as well."
            ),
            softened=True,
        )


_ENGLISH_ADVICE = {
    **dict.fromkeys("\u2018\u2019", "Use the plain apostrophe ', or let `lect check --fix OUT` do so."),
    **dict.fromkeys("\u201c\u201d", 'Use the plain quotation mark ", or let `lect check --fix OUT` do so.'),
    **dict.fromkeys("\u2013\u2014", "Use the plain hyphen -, or let `lect check --fix OUT` do so."),
}


def _german(text: str) -> Iterator[Problem]:
    if not text.isascii() and (match := _GERMAN_REFUSED.search(text)):
        yield _bad_character(
            match[0],
            match.start(),
            "cannot be read aloud for certain, so German lines with it are discarded",
            "Write it in words as it is spoken, such as 'Paragraph fünf' or 'zwanzig Grad'.",
        )


def _japanese(text: str) -> Iterator[Problem]:
    if len(text) <= _LONGEST_JAPANESE_SENTENCE:
        return
    start = 0
    for sentence in _SENTENCE_END.split(text):
        if len(sentence) > _LONGEST_JAPANESE_SENTENCE:
            yield Problem(
                code=Code.SENTENCE_TOO_LONG,
                column=start + 1,
                message=f"the sentence has {len(sentence)} characters, the limit is {_LONGEST_JAPANESE_SENTENCE}",
                suggestion="Put a full stop (。) where one sentence ends, or split the line.",
            )
        start += len(sentence) + 1


def _width(text: str) -> Iterator[Problem]:
    for pattern, what, advice in _WIDTHS:
        if (match := pattern.search(text)) is not None:
            yield Problem(
                code=Code.CHARACTER_WIDTH,
                column=match.start() + 1,
                message=f"{what} {match[0]!r}",
                suggestion=advice,
            )


_WIDTHS = (
    (_HALF_WIDTH, "half-width punctuation", "Use full-width punctuation such as ，and 。"),
    (_FULL_WIDTH, "full-width letter or digit", "Use half-width letters; write numbers as they are spoken."),
)


def _numbers(text: str) -> Iterator[Problem]:
    if (match := _CODE_WORD.search(text)) is not None:
        yield Problem(
            code=Code.AMBIGUOUS_NUMBER,
            column=match.start() + 1,
            message=f"{match[0][:40]!r} can be read aloud in several ways",
            suggestion="Write it as it was spoken: 'one oh four', 'U T F 8', 'H 2 O'.",
        )


def _symbols(text: str) -> Iterator[Problem]:
    if (match := _SYMBOL.search(text)) is not None:
        yield Problem(
            code=Code.SYMBOL,
            column=match.start() + 1,
            message=f"{match[0]!r} can be read aloud in several ways, or not at all",
            suggestion="Write it in words as it was spoken.",
        )


def _bad_character(char: str, at: int, why: str, advice: str) -> Problem:
    return Problem(
        code=Code.BAD_CHARACTER, column=at + 1, message=f"{character(char)} {why}", suggestion=advice
    )


def _language_rules(locale: str) -> tuple[Rule, ...]:
    return _LANGUAGE_RULES.get(language_of(locale), ())


_LANGUAGE_RULES: dict[str, tuple[Rule, ...]] = {
    "de": (_german,),
    "en": (_english,),
    "ja": (_japanese, _width),
    "yue": (_width,),
    "zh": (_width,),
}
