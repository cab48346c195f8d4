"""Locales as BCP-47 tags (RFC 5646): `en-us` and `en_US` are `en-US`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lect.core.errors import UnsupportedLocale

_TAG = re.compile(
    r"""
    (?P<language> [a-z]{2,3} | auto)
    (?: - (?P<extended> [a-z]{3}) (?: -[a-z]{3}){0,2} )?
    (?: - (?P<script> [a-z]{4}) )?
    (?: - (?P<region> [a-z]{2} | [0-9]{3}) )?
    (?P<variants> (?: - (?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3}) )* )
    (?P<extensions> (?: - [a-wyz0-9] (?: -[a-z0-9]{2,8})+ )* (?: -x (?: -[a-z0-9]{1,8})+ )? )
    """,
    re.VERBOSE,
)
AUTO = "auto"  # the language is told by listening
UNSPACED = frozenset(
    {"zh", "yue", "ja", "th", "lo", "my", "km"}
)  # languages written without blanks between words
_TWO_LETTERS = frozenset(  # ISO 639-1; of three letters there are thousands, which nobody lists here
    "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja "
    "jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb "
    "nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so "
    "sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu".split()
)
_RENAMED = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "mo": "ro",
    "cmn": "zh",
    "ara": "ar",
    "deu": "de",
    "eng": "en",
    "fra": "fr",
    "hin": "hi",
    "ita": "it",
    "jpn": "ja",
    "kor": "ko",
    "nld": "nl",
    "pol": "pl",
    "por": "pt",
    "rus": "ru",
    "spa": "es",
    "tur": "tr",
    "zho": "zh",
}
_REGIONS = {"uk": "gb"}
_EXTENDED = frozenset("ar kok lv ms sgn sw uz zh".split())  # languages that have members: zh-yue
_NAMED = {
    **dict.fromkeys(("english", "american"), "en-US"),
    **dict.fromkeys(("german", "deutsch"), "de-DE"),
    **dict.fromkeys(("french", "francais", "français"), "fr-FR"),
    **dict.fromkeys(("spanish", "espanol", "español"), "es-ES"),
    **dict.fromkeys(("italian", "italiano"), "it-IT"),
    **dict.fromkeys(("portuguese", "portugues", "português"), "pt-BR"),
    **dict.fromkeys(("chinese", "mandarin", "中文"), "zh-CN"),
    **dict.fromkeys(("japanese", "日本語"), "ja-JP"),
    **dict.fromkeys(("korean", "한국어"), "ko-KR"),
}
_SOME = "Known are en-US, de-DE, fr-FR, es-ES, it-IT, pt-BR, zh-CN, ja-JP, ko-KR and many more."


@dataclass(frozen=True, kw_only=True)
class Locale:
    """A parsed BCP-47 tag; `str` gives its canonical form."""

    language: str  # lower case: "en", "yue"
    script: str = ""  # title case: "Hans"
    region: str = ""  # upper case or digits: "US", "419"
    variants: tuple[str, ...] = ()
    extensions: str = ""  # as written, lower case: "u-nu-latn"

    def __str__(self) -> str:
        parts = (self.language, self.script, self.region, *self.variants, self.extensions)
        return "-".join(part for part in parts if part)


def parse(tag: str) -> Locale:
    """Parse a BCP-47 tag, whatever its case, with hyphens or underscores.

    Raises:
        UnsupportedLocale: it is not a well-formed tag, or there is no such language.
    """
    match = _TAG.fullmatch(tag.strip().lower().replace("_", "-"))
    if match is None or (match["extended"] and match["language"] not in _EXTENDED):
        raise UnsupportedLocale(f"{tag!r} is not a locale", hint=f"{_guess(tag)} {_SOME}")
    language = match["extended"] or match["language"]  # zh-yue is yue
    language = _RENAMED.get(language, language)
    if len(language) == 2 and language not in _TWO_LETTERS:
        raise UnsupportedLocale(f"{tag!r}: there is no language {language!r}", hint=_SOME)
    return Locale(
        language=language,
        script=(match["script"] or "").title(),
        region=_REGIONS.get(match["region"], match["region"] or "").upper(),
        variants=tuple(match["variants"].split("-")[1:]),
        extensions=match["extensions"].removeprefix("-"),
    )


def _guess(tag: str) -> str:
    """What may be meant by a tag that is none: the name of a language, or three letters for a region."""
    name, _, rest = tag.strip().lower().replace("_", "-").partition("-")
    meant = _NAMED.get(name) or (f"{name}-{rest[:2].upper()}" if rest and name in _TWO_LETTERS else None)
    return (
        f"Did you mean {meant}?"
        if meant and _TAG.fullmatch(meant.lower())
        else "Give a language and a region."
    )


def canonicalise(tag: str) -> str:
    """The canonical form of a tag: `en-us` gives `en-US`."""
    return str(parse(tag))


def canonicalise_known(tag: str) -> str:
    """The canonical form of the locale of a text, which nobody listens to.

    Raises:
        UnsupportedLocale: it is not a locale, or is `auto`.
    """
    canonical = canonicalise(tag)
    if language_of(canonical) == AUTO:
        raise UnsupportedLocale(f"{tag!r}: of a text the locale must be named", hint=_SOME)
    return canonical


def language_of(tag: str) -> str:
    """The language of a tag: `zh-Hans-CN` gives `zh`."""
    return parse(tag).language


def blank_of(tag: str) -> str:
    """What stands between two words in the language of a tag: a blank, or nothing."""
    return "" if language_of(tag) in UNSPACED else " "
