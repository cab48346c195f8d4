"""Mending a line of text where there is only one right way to do it."""

from __future__ import annotations

import unicodedata

from lect.core.locale import language_of
from lect.core.words import is_hidden

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u02bc", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        "\u2026": "...",
        "\ufb00": "ff",
        "\ufb01": "fi",
        "\ufb02": "fl",
    }
)
FULL_WIDTH = frozenset({"ja", "yue", "zh"})  # languages whose punctuation is as wide as their characters
_HALF_WIDTH = {
    code: code - 0xFEE0 for start, end in ("０９", "ＡＺ", "ａｚ") for code in range(ord(start), ord(end) + 1)
}


def repair_text(text: str, locale: str) -> str:
    """A line in composed Unicode without invisible characters; English with plain quotes and hyphens.

    What has several readings (numbers, symbols, web addresses) is left alone.
    """
    if not (text.isascii() and text.isprintable()):
        text = "".join(_visible(char) for char in unicodedata.normalize("NFC", text))
        language = language_of(locale)
        if language == "en":
            text = text.translate(_PLAIN)
        elif language in FULL_WIDTH:
            text = text.translate(_HALF_WIDTH)
    return text.strip()


def _visible(char: str) -> str:
    """A character as it stays: blanks of all kinds become one kind, what nobody sees goes."""
    kind = unicodedata.category(char)
    if kind in {"Zs", "Zl", "Zp"} or char in "\t\v\f\x85":
        return " "
    return "" if kind in {"Cc", "Co", "Cn"} or is_hidden(char) else char
