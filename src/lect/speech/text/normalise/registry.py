"""Which normaliser a locale gets. Loading this package costs nothing: tables are made at first use."""

from __future__ import annotations

from lect.core import locale as locales
from lect.speech.text.normalise import (
    base,
    characters,
    english,
    french,
    german,
    italian,
    portuguese,
    spanish,
)
from lect.speech.text.normalise.base import Normaliser

GENERIC_VERSION = "1"

_LANGUAGES = {
    "en": (english.VERSION, english.english),
    "de": (german.VERSION, german.GERMAN.split),
    "fr": (french.VERSION, french.FRENCH.split),
    "es": (spanish.VERSION, spanish.SPANISH.split),
    "it": (italian.VERSION, italian.ITALIAN.split),
    "pt": (portuguese.VERSION, portuguese.PORTUGUESE.split),
    **dict.fromkeys(("zh", "yue", "ja"), (characters.VERSION, characters.han)),
    **dict.fromkeys(("ko", "th", "lo", "my", "km", "bo"), (characters.VERSION, characters.characters)),
}


def normaliser(locale: str) -> Normaliser:
    """The normaliser of a locale such as `en-US`; a language without rules of its own gets the generic ones.

    Raises:
        UnsupportedLocale: `locale` is not a well-formed BCP-47 tag.
    """
    parsed = locales.parse(locale)
    known = parsed.language in _LANGUAGES
    version, rules = _LANGUAGES.get(parsed.language, (GENERIC_VERSION, base.generic))
    name = parsed.language if known else "generic"
    return Normaliser(name=name, version=version, locale=str(parsed), rules=rules)
