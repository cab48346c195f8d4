"""The lexical form of a recognised text: as spoken, without capitals and punctuation."""

from __future__ import annotations

import re
import unicodedata

from lect.core import locale as locales
from lect.speech.text.verbalise import verbalise

_APOSTROPHES = str.maketrans({"\u2019": "'", "\u02bc": "'"})
_INSIDE = re.compile(r"(?<=\w)(['.,:])(?=\w)")
_INSIDE_ENGLISH = re.compile(r"(?<=\w)'(?=\w)")
_MONTH_FIRST = frozenset({"US", "CA", "PH", ""})  # regions where 5/6 is a day of May


def lexical(display: str, locale: str) -> str:
    """Lower-case words separated by single blanks.

    Apostrophes inside words stay ("o'clock"); hyphens and other marks separate words. English figures and signs are
    written out ("$20" is "twenty dollars"); in other languages numbers stay as they are ("3.5").
    """
    parsed = locales.parse(locale)
    language = parsed.language
    if language == "en":
        display = verbalise(display, month_first=parsed.region in _MONTH_FIRST)
    text = unicodedata.normalize("NFC", display).translate(_APOSTROPHES)
    inside = _INSIDE_ENGLISH if language == "en" else _INSIDE
    kept = inside.sub(lambda match: f"\0{match.group()}\0", text)
    parts = kept.split("\0")
    spaced = "".join(
        part if at % 2 else "".join(" " if _is_mark(char) else char for char in part)
        for at, part in enumerate(parts)
    )
    lowered = spaced.replace("I", "\u0131").lower() if language in {"az", "tr"} else spaced.lower()
    return " ".join(lowered.split())


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] in "PSZ" and char not in "$%€£¥°+&@#"
