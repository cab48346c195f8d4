"""Text to tokens: the byte-pair encoding that Whisper writes its transcripts in."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

_CONTRACTION = re.compile(r"'(?:s|t|re|ve|m|ll|d)")
# On the shape of a text: L letter, N number, O other, blank, T other white space.
_STRETCH = re.compile(r" ?L+| ?N+| ?O+|[ T]+(?![LNO])|[ T]+")


class BytePairs:
    """The encoding of one token table.

    A table's tokens stand in the order in which they were learned, so of all neighbours that form a token those with the lowest
    number are joined first. The list of merges in `tokenizer.json` says the same, but that of the multilingual models lacks its
    first line and would write " to" as two tokens, which the models never do.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        """Take the bytes of each token, shape = (vocabulary,); special tokens are empty."""
        self._ranks = {piece: token for token, piece in enumerate(pieces) if piece}
        self._encode_stretch = lru_cache(maxsize=100_000)(self._join)

    def encode(self, text: str) -> list[int]:
        """The tokens of a transcript, which begins with a blank as all of Whisper's do."""
        text = f" {text.strip()}" if text.strip() else ""
        return [token for stretch in split(text) for token in self._encode_stretch(stretch.encode())]

    def _join(self, stretch: bytes) -> tuple[int, ...]:
        parts = [bytes([byte]) for byte in stretch]
        while found := [
            (self._ranks[a + b], i) for i, (a, b) in enumerate(pairwise(parts)) if a + b in self._ranks
        ]:
            _, i = min(found)
            parts[i : i + 2] = [parts[i] + parts[i + 1]]
        return tuple(self._ranks[part] for part in parts)


def split(text: str) -> Iterator[str]:
    """Stretches that no token goes beyond: a word, a number or signs, each with the blank before it."""
    shape, at = "".join(map(_shape, text)), 0
    while at < len(text):
        found = _CONTRACTION.match(text, at) or _STRETCH.match(shape, at)
        assert found  # every character has a shape and every shape is matched
        yield text[at : found.end()]
        at = found.end()


def _shape(char: str) -> str:
    if char.isspace():
        return " " if char == " " else "T"
    category = unicodedata.category(char)[0]
    return category if category in "LN" else "O"
