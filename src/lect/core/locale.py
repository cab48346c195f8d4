"""Locales as BCP-47 tags (RFC 5646): `en-us` and `en_US` are `en-US`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lect.core.errors import UnsupportedLocale

_TAG = re.compile(
    r"""
    (?P<language> [a-z]{2,3} | [a-z]{4,8})
    (?: - (?P<extended> [a-z]{3}) (?: -[a-z]{3}){0,2} )?
    (?: - (?P<script> [a-z]{4}) )?
    (?: - (?P<region> [a-z]{2} | [0-9]{3}) )?
    (?P<variants> (?: - (?: [a-z0-9]{5,8} | [0-9][a-z0-9]{3}) )* )
    (?P<extensions> (?: - [a-wyz0-9] (?: -[a-z0-9]{2,8})+ )* (?: -x (?: -[a-z0-9]{1,8})+ )? )
    """,
    re.VERBOSE,
)
UNSPACED = frozenset(
    {"zh", "yue", "ja", "th", "lo", "my", "km"}
)  # languages written without blanks between words
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "cmn": "zh"}


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
        UnsupportedLocale: it is not a well-formed tag.
    """
    match = _TAG.fullmatch(tag.strip().lower().replace("_", "-"))
    if match is None:
        raise UnsupportedLocale(
            f"{tag!r} is not a locale",
            hint="Give a language and a region, such as en-US, de-DE or zh-CN.",
        )
    language = match["extended"] or match["language"]  # zh-yue is yue
    return Locale(
        language=_RENAMED.get(language, language),
        script=(match["script"] or "").title(),
        region=(match["region"] or "").upper(),
        variants=tuple(match["variants"].split("-")[1:]),
        extensions=match["extensions"].removeprefix("-"),
    )


def canonicalise(tag: str) -> str:
    """The canonical form of a tag: `en-us` gives `en-US`."""
    return str(parse(tag))


def language_of(tag: str) -> str:
    """The language of a tag: `zh-Hans-CN` gives `zh`."""
    return parse(tag).language


def blank_of(tag: str) -> str:
    """What stands between two words in the language of a tag: a blank, or nothing."""
    return "" if language_of(tag) in UNSPACED else " "
