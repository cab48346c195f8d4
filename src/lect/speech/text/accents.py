"""Letters without their accents, as somebody writes a foreign name: `Tomáš Dvořák` is `Tomas Dvorak`."""

from __future__ import annotations

import unicodedata

_WHOLE = str.maketrans({
    "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ı": "i", "æ": "ae", "Æ": "Ae", "œ": "oe",
    "Œ": "Oe", "ß": "ss", "þ": "th", "Þ": "Th",
})  # fmt: skip


def without_accents(text: str) -> str:
    """The text with plain Latin letters in place of accented ones; other scripts stay as they are.

    >>> without_accents("Søren Żółć"), without_accents("Юрий")
    ('Soren Zolc', 'Юрий')
    """
    return text if text.isascii() else "".join(map(_plain, unicodedata.normalize("NFC", text)))


def has_accents(text: str) -> bool:
    """Whether there is an accented Latin letter in a text, however it is encoded.

    >>> has_accents("Renée"), has_accents("O’Brien"), has_accents("हिन्दी")
    (True, False, False)
    """
    return not text.isascii() and any(
        _plain(letter) != letter for letter in unicodedata.normalize("NFC", text)
    )


def _plain(letter: str) -> str:
    if letter.isascii():
        return letter
    first = unicodedata.normalize("NFD", letter)[0]
    return first if first.isascii() and first.isalpha() else letter.translate(_WHOLE)
