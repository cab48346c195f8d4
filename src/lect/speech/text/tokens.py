"""The tokens of a text as it is displayed: words with their capitals, and each punctuation mark on its own."""

from __future__ import annotations

import re
import unicodedata

from lect.speech.text.normalise.characters import UNSPACED

_WORD = rf"(?:(?!{UNSPACED})\w)+"
_TOKEN = re.compile(rf"{UNSPACED}|{_WORD}(?:[-'\u2019.,:/]{_WORD})*|[^\w\s]")


def display_tokens(text: str) -> list[str]:
    """The tokens that a token error rate (TER) counts.

    >>> display_tokens("Two 16-ounce lattes, please.")
    ['Two', '16-ounce', 'lattes', ',', 'please', '.']
    """
    return _TOKEN.findall(unicodedata.normalize("NFC", text))
