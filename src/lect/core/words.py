"""Figures and characters in sentences."""

from __future__ import annotations

import unicodedata

JOINERS = "\u200c\u200d"  # invisible, and part of the spelling in Persian, Hindi and others
_UNNAMED = {"\0": "NULL", "\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN"}  # by Unicode
_UNITS = ("bytes", "kB", "MB", "GB")


def counted(number: int, thing: str) -> str:
    """As `1 line` and `1,200 lines`."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def size(n_bytes: int) -> str:
    """As `512 bytes`, `27.3 kB` and `1.5 GB`."""
    amount, at = float(n_bytes), 0
    while amount >= 999.95 and at < len(_UNITS) - 1:
        amount, at = amount / 1000, at + 1
    return f"{amount:.1f} {_UNITS[at]}" if at else counted(n_bytes, "byte")


def is_hidden(char: str) -> bool:
    """Whether nobody sees a character, and it is no part of how words are spelled either."""
    return unicodedata.category(char) == "Cf" and char not in JOINERS


def character(char: str) -> str:
    """A character as people can look it up: `U+00A7 SECTION SIGN (§)`."""
    shown = f" ({char})" if char.isprintable() else ""
    name = unicodedata.name(
        char, _UNNAMED.get(char, "a control character" if ord(char) < 0xA0 else "without a name")
    )
    return f"U+{ord(char):04X} {name}{shown}"
