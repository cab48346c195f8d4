"""The four forms of a result: lexical, ITN, masked ITN, display."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from lect.core import locale as locales
from lect.speech.text.display.casing import sentence
from lect.speech.text.display.english import english
from lect.speech.text.display.numbers import SCALES, TENS, UNITS
from lect.speech.text.display.profanity import ProfanityFilter, ProfanityMode, profanity_filter
from lect.speech.text.lexical import lexical

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_DASHES = re.compile(r"\s*(?:\u2014|\u2013(?!\d)|\u2026|\.\.\.|--)\s*")
_LEADING = "\"'([{<\u201c\u2018\u00ab\u00bf\u00a1*"
_TRAILING = "\"')]}>.,;:?!\u201d\u2019\u00bb*-"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_MERIDIEM = re.compile(r"(?<=\d)\s?([AaPp])\.?[Mm](?:\b\.?|\.)(?!\w)")
_AREA_CODE = re.compile(r"\((\d{3})\)\s?(?=\d{3}-\d{4}\b)")
_COUNTED = re.compile(
    r"(?:nos?|figs?|pp?|vol|ch|sec|apt|ext|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|approx)\.", re.I
)  # abbreviations before a figure
_FEET = re.compile(r"\d+'\d{1,2}[½¼¾]?\"")
_OWN_CASE = re.compile(r"[A-Z](?:\+\+|#)")
_ABBREVIATION = re.compile(r"(?:[a-z]\.){2,}|(?:dr|mr|mrs|ms|prof|vs|etc|st|ave|rd|blvd|jr|sr)\.", re.I)
_NUMBER_WORDS = frozenset([*UNITS, *TENS, *SCALES, "hundred"])


@dataclass(frozen=True, kw_only=True)
class Forms:
    """One text in four forms."""

    lexical: str  # as spoken: "three p m"
    itn: str  # numbers, dates and the like written: "3 p.m."
    masked_itn: str  # the same, profanity treated
    display: str  # capitals and punctuation too, profanity treated


class DisplayForms:
    """Makes the four forms of a text in one locale.

    English has inverse text normalisation; in other locales ITN is the lexical form.
    """

    def __init__(
        self,
        locale: str,
        *,
        profanity: ProfanityMode = ProfanityMode.MASKED,
        profane: ProfanityFilter | None = None,
    ) -> None:
        """Choose the rules.

        Args:
            locale: BCP-47.
            profanity: What is done to it in display and masked ITN; `raw` leaves display alone, but masked ITN is
                masked all the same.
            profane: The list; by default the one that Lect brings for the language.

        Raises:
            UnsupportedLocale: It is not a locale.
        """
        parsed = locales.parse(locale)
        self.locale = str(parsed)
        self._is_english = parsed.language == "en"
        self._region = parsed.region
        self._mode = profanity
        self._profane = profane or profanity_filter(self.locale)

    def forms(self, display: str) -> Forms:
        """The forms of a text that has capitals, punctuation and numbers already, as Whisper writes it."""
        return self._forms(lexical(display, self.locale), self.itn(display), display)

    def forms_of_lexical(self, spoken: str) -> Forms:
        """The forms of a text of bare words, as other models write it."""
        itn = self.itn(spoken)
        return self._forms(lexical(spoken, self.locale), itn, sentence(itn) if self._is_english else spoken)

    def itn(self, text: str) -> str:
        """Inverse text normalisation: numbers, dates, times, money, units and codes written, no other punctuation.

        Words are lower case, unless a capital is part of how they are written (AB-123, USA, °C).
        """
        if not self._is_english:
            return lexical(text, self.locale)
        return " ".join(english(_bare_words(text), region=self._region))

    def masked_itn(self, itn: str) -> str:
        """An ITN form with profanity treated; masked where display is left alone."""
        masking = ProfanityMode.MASKED if self._mode is ProfanityMode.RAW else self._mode
        return self._profane.apply(itn, masking)

    def display(self, text: str) -> str:
        """A display form with profanity treated."""
        return self._profane.apply(text, self._mode)

    def masked_words(self, words: Sequence[str]) -> list[str]:
        """Display words one by one, treated as the display form; removed words are empty."""
        return self._profane.apply_to_words(words, self._mode)

    def _forms(self, spoken: str, itn: str, display: str) -> Forms:
        return Forms(lexical=spoken, itn=itn, masked_itn=self.masked_itn(itn), display=self.display(display))


def _bare_words(text: str) -> list[str]:
    """The words of an English text without its punctuation; what is in figures stays as it is written."""
    text = _DASHES.sub(" ", unicodedata.normalize("NFC", text).translate(_APOSTROPHES))
    text = text.replace("Ph.D.", "PhD")
    text = _MERIDIEM.sub(lambda match: f" {match[1].lower()}.m.", _AREA_CODE.sub(r"\1-", text))
    tokens = text.split()
    bare = (_bare(token, follower) for token, follower in pairwise([*tokens, ""]))
    return [part for token in bare for part in _parts(token) if part]


def _bare(token: str, follower: str) -> str:
    token = token.lstrip(_LEADING)
    if _COUNTED.fullmatch(token) and follower[:1].isdigit():
        return token.lower()
    abbreviation = _ABBREVIATION.match(token)
    if abbreviation and not token[abbreviation.end() :].strip(_TRAILING):
        return abbreviation.group() if abbreviation.group().isupper() else abbreviation.group().lower()
    token = _without_trailing(token)
    has_own_case = any(char.isdigit() for char in token) or any(char.isupper() for char in token[1:])
    return token if has_own_case or _OWN_CASE.fullmatch(token) else token.lower()


def _without_trailing(token: str) -> str:
    """The token without the marks behind it, but for those that belong to it: `4(b)`, `5'10"`."""
    while token and token[-1] in _TRAILING and not _FEET.fullmatch(token):
        if token[-1] in _PAIRS and token.count(_PAIRS[token[-1]]) >= token.count(token[-1]):
            break
        token = token[:-1]
    return token


def _parts(token: str) -> list[str]:
    """Hyphens between number words part them: `twenty-one`, `sixteen-ounce`."""
    parts = token.split("-")
    return parts if parts[0] in _NUMBER_WORDS and all(parts) else [token]
