"""The ways in which a recogniser may write a term: as its owner does, taken apart, spelled, numbers and signs said, plain."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice, pairwise, product, starmap

from lect.adaptation import text
from lect.adaptation.numbers import NumberForms
from lect.speech.text.accents import has_accents, without_accents
from lect.speech.text.joined import is_joined
from lect.speech.text.signed import is_signed
from lect.speech.text.squeeze import SAID_SIGNS

_MOST = 12  # of one term
_LONGEST_SPELLED = 5  # letters
_SHORTEST_FIGURES = 3  # digits of a room or an extension; fewer are numbers that people say anyway

_PLAIN = re.compile(r"[A-Z]?[a-z]+(?: [A-Z]?[a-z]+)*")  # most terms of most lists; nothing varies but numbers
_SIGN = re.compile(r"[^\w\s'\u2019./&+@%#*-]|_")  # that nobody says
_SAID_SIGN = re.compile(f"[{re.escape(''.join(SAID_SIGNS))}]")
_ABBREVIATED = re.compile(r"\b[A-Z][a-z]{1,3}\.\s+\S")  # the stop of a title, not that of a sentence
_ORDINALS = frozenset({"st", "nd", "rd", "th", "s"})  # behind a number: 1st, 1990s
_WORDS = re.compile(r"\S+")

Saying = Mapping[str, Sequence[str]]  # written word, folded -> what is said for it


def variants(term: str, numbers: NumberForms, said: Saying) -> list[str]:
    """The ways to write a term as lower-case words parted by blanks, its own way first; none if it has no word.

    Args:
        said: spoken forms of words, from a lexicon or from pronunciations

    >>> variants("eBay AX-7", NumberForms("en"), {})
    ['ebay ax 7', 'ebay ax seven', 'ebay a x 7', 'ebay a x seven', 'e bay ax 7', ...]
    """
    if _PLAIN.fullmatch(term) and said.keys().isdisjoint(plain := term.lower().split(" ")):
        return [" ".join(rendering) for rendering in numbers.renderings(plain)]
    words = _WORDS.findall(text.unified(term))
    ways = [list(dict.fromkeys(_ways(word, said, numbers.language))) for word in words]
    found: dict[str, None] = {}
    for way in islice(product(*ways), _MOST):
        for rendering in numbers.renderings(" ".join(way).split()):
            found[" ".join(rendering)] = None
    found.pop("", None)
    return list(islice(found, _MOST))


def weights_of(terms: Iterable[tuple[str, float]], numbers: NumberForms, said: Saying) -> dict[str, float]:
    """The weights of all ways to write terms: those of one term share its weight, those of equal ones add up."""
    weights: defaultdict[str, float] = defaultdict(float)
    for term, weight in terms:
        ways = variants(text.without_tags(term), numbers, said)
        for way in ways:
            weights[way] += weight / len(ways)
    return dict(weights)


def codes(terms: Iterable[str], *, language: str) -> list[str]:
    """The terms that a recogniser may write otherwise, though nothing else is written so: `AX-40B`, `SuperDrive`, `2.14`, `Dvořák`.

    A word of such a term has letters and digits, or three digits, or a capital behind a small letter, or a hyphen or an
    apostrophe between letters, or in English an accent; or a sign that is said stands in it (`War & Peace`), or the stop of an
    abbreviation (`Dr. Smith`). `A4` is none: "a four year plan". Nor is `Mary-Ann` where `Mary Ann` is listed, too.
    """
    uncommon, plain = set[str](), set[str]()
    for term in terms:
        if _PLAIN.fullmatch(term):
            plain.add(term.lower())
        elif not _SIGN.search(term) and (
            any(map(_is_code, term.split()))
            or is_signed(term)
            or _ABBREVIATED.search(term)
            or (language == "en" and has_accents(term))
        ):
            uncommon.add(term)
    return sorted(
        term
        for term in uncommon
        if not (
            (is_joined(term) or has_accents(term)) and " ".join(text.words_of(without_accents(term))) in plain
        )
    )


def _is_code(word: str) -> bool:
    letters = "".join(filter(str.isalpha, word))
    if is_joined(word) or any(starmap(_is_inner_capital, pairwise(word))):
        return True
    digits = sum(map(str.isdecimal, word))
    if not letters:
        return digits >= _SHORTEST_FIGURES
    return digits > 0 and letters.lower() not in {"a", "i", *_ORDINALS}


def _ways(word: str, said: Saying, language: str) -> Iterator[str]:
    """The ways to write one word between blanks, which may be several words or none."""
    written = text.written_words(word)
    yield " ".join(text.lower(written))
    if language == "en":
        yield from _english_ways(word)
    parts = [part for each in written for part in _parts(each)]
    if parts != written:
        yield " ".join(text.words_of(" ".join(parts)))
    letters = [" ".join(part) if _is_spelled(part) else part for part in parts]
    if letters != parts:
        yield " ".join(text.words_of(" ".join(letters)))
    for spoken in said.get(text.folded(word), ()):
        yield " ".join(text.words_of(spoken))


def _english_ways(word: str) -> Iterator[str]:
    """The word with its signs said, and without accents, which English has none of."""
    if _SAID_SIGN.search(word):
        yield " ".join(text.words_of(_SAID_SIGN.sub(lambda sign: f" {SAID_SIGNS[sign.group()]} ", word)))
    if not word.isascii():
        yield " ".join(text.words_of(without_accents(word)))


def _parts(word: str) -> Iterator[str]:
    """A word taken apart between letters and digits, and before a capital that follows a small letter."""
    start = 0
    for at, (before, letter) in enumerate(pairwise(word), start=1):
        if before.isdecimal() != letter.isdecimal() or _is_inner_capital(before, letter):
            yield word[start:at]
            start = at
    yield word[start:]


def _is_inner_capital(before: str, letter: str) -> bool:
    return before.islower() and letter.isupper()


def _is_spelled(part: str) -> bool:
    return part.isupper() and part.isalpha() and len(part) <= _LONGEST_SPELLED
