"""What may be wrong with a term and how it is said: phones, signs that nobody says, letters read as a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from lect.core.locale import language_of
from lect.core.words import JOINERS
from lect.datasets.codes import Code
from lect.datasets.language import function_words
from lect.datasets.report import Problem, printable
from lect.speech.text import phones
from lect.speech.text.spoken import spoken_form
from lect.speech.text.squeeze import Squeezed
from lect.speech.text.written import LONGEST

_SHOWN = 40  # characters of a term, in messages
_LONGEST_ABBREVIATION = 5  # letters; longer ones, such as UNESCO, are mostly said as words
_AS_SAID = "Write what is said in words, syllables or single letters: three c p o."

_ABBREVIATION = re.compile(r"[^\W\d_](?:\.?[^\W\d_])+\.?")
_DIGITS = re.compile(r"\d+")
_AT_EDGE = re.compile(r"(?<!\S)[.-]|[.-](?!\S)|_")  # inside a word a dot or hyphen parts letters
_INSIDE = frozenset(f"'\u2019.-_{JOINERS}")
_IPA = re.compile("[\u0250-\u02af\u02c8\u02cc\u02d0\u02d1]")  # its own letters; marks of stress and length
_IPA_IN_ENGLISH = re.compile("[\u0250-\u02af\u02c8\u02cc\u02d0\u02d1æðŋθ]")
_IPA_IN_WRITING = frozenset("ak az bm dag dyu ee ff fon gaa ha kbp ln tw".split())  # languages with ə, ɛ, ɗ
_SAID_TOO = frozenset("AH AI AW AY EH ER OH OW UH".split())  # phones that are words or syllables, too


def spoken_problems(display: str, spoken: str, locale: str) -> Iterator[Problem]:
    """Everything that is wrong with how a term is said, apart from what is wrong with any line of text.

    Args:
        display: As it is written, such as `SQL`.
        spoken: What is said; the columns of the problems count from its first character.
    """
    if not any(map(str.isalnum, spoken)):
        return  # which is told as an error
    yield from _length(spoken, language_of(locale))
    yield from _unsaid(spoken)
    yield from _phones(display, spoken, language_of(locale))
    if swapped := _swapped(display, spoken):
        yield swapped
    elif display != "I" and spoken.casefold().strip() in function_words(language_of(locale)):
        yield Problem(
            code=Code.SAID_EVERYWHERE,
            column=1,
            message=f"{printable(spoken)!r} is said in every other sentence, and {printable(display)!r} is written wherever it is",
            suggestion="Leave the line out, or write how the term is said beside it.",
        )
    else:
        yield from _letters_as_word(display, spoken)


def display_problems(display: str) -> Iterator[Problem]:
    """A whole text in the place of a term; a rule as those of `rules`."""
    if len(display) > LONGEST and sum(map(str.isalnum, display)) > LONGEST:
        yield _too_long(f"the display form has more than {LONGEST} letters, and all of them are written")


def _length(spoken: str, language: str) -> Iterator[Problem]:
    if len(spoken) > LONGEST and len(Squeezed(spoken, language).whole) > LONGEST:
        yield _too_long(f"more than {LONGEST} letters are said, so the display form is never written")


def _too_long(message: str) -> Problem:
    return Problem(
        code=Code.TERM_TOO_LONG,
        column=1,
        message=message,
        suggestion="Write a line for each word in it that is not said as it is written.",
    )


def _swapped(display: str, spoken: str) -> Problem | None:
    """A code in the place of what is said, and words in small letters in that of the code."""
    said = display.split()
    is_code = " " not in spoken.strip() and (
        any(map(str.isdecimal, spoken)) or any(char.isupper() for char in spoken.strip()[1:])
    )
    if not is_code or len(said) < 2 or not all(word.islower() and word.isalpha() for word in said):
        return None
    return Problem(
        code=Code.COLUMNS_SWAPPED,
        column=1,
        message=f"{printable(spoken[:_SHOWN])!r} is written and {printable(display[:_SHOWN])!r} is said",
        suggestion="Write what is to be read first, then a tab, then what is said: 3CPO<TAB>three c p o.",
    )


def _unsaid(spoken: str) -> Iterator[Problem]:
    """The first digits, or the first sign, that can be read in several ways or not at all."""
    found = [match for pattern in (_DIGITS, _AT_EDGE) if (match := pattern.search(spoken))]
    places = [(match.start(), match[0]) for match in found]
    places += [(at, char) for at, char in enumerate(spoken) if _is_sign(char)][:1]
    if places:
        at, what = min(places)
        yield Problem(
            code=Code.AMBIGUOUS_NUMBER if what.isdecimal() else Code.SYMBOL,
            column=at + 1,
            message=f"{what[:_SHOWN]!r} can be read aloud in several ways, or not at all",
            suggestion=_AS_SAID,
        )


def _is_sign(char: str) -> bool:
    """Whether a character is none of letters, digits, accents and vowel signs, blanks, and marks inside words."""
    is_said = char.isalnum() or char.isspace() or char in _INSIDE
    return not is_said and not unicodedata.category(char).startswith("M")


def _phones(display: str, spoken: str, language: str) -> Iterator[Problem]:
    """Letters of the phonetic alphabet, or phones as a lexicon has them."""
    ipa = _IPA_IN_ENGLISH if language == "en" else _IPA
    letter = None if language in _IPA_IN_WRITING else ipa.search(spoken)
    if letter is not None:
        yield _no_words(letter.start(), f"{letter[0]!r} is of the phonetic alphabet", _AS_SAID)
    elif language == "en" and _is_phones(said := spoken.split()):
        yield _no_words(
            0, f"{printable(spoken[:_SHOWN])!r} are phones", f"Write it so: {spoken_form(display, said)}"
        )


def _is_phones(said: list[str]) -> bool:
    """Whether there are several phones and nothing else, one of which is not a word or letter as well."""
    return (
        len(said) > 1
        and all(phones.canonical(each) is not None for each in said)
        and any(len(each) > 1 and each.upper() not in _SAID_TOO for each in said)
    )


def _no_words(at: int, what: str, advice: str) -> Problem:
    return Problem(
        code=Code.PHONES_IN_SPOKEN,
        column=at + 1,
        message=f"{what}; a spoken form is read as words and letters",
        suggestion=advice,
    )


def _letters_as_word(display: str, spoken: str) -> Iterator[Problem]:
    """An abbreviation in capitals that is said as a word, though people may say its letters."""
    letters = "".join(filter(str.isalpha, display))
    if (
        len(letters) <= _LONGEST_ABBREVIATION
        and letters.isupper()
        and _ABBREVIATION.fullmatch(display)
        and spoken.casefold() == letters.casefold()
    ):
        word = printable(spoken)
        yield Problem(
            code=Code.LETTERS_AS_WORD,
            column=1,
            message=f"{word!r} is heard as the word, and {printable(display)!r} is written wherever that is said",
            suggestion=f"If people say the letters, write: {' '.join(spoken.lower())}",
        )
