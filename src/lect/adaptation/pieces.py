"""An engine's tokens as operations on words, worked out once per tokenizer and shared by all models and requests."""

from __future__ import annotations

from collections.abc import Sequence

from lect.adaptation import text

_REMEMBERED = 200_000

Operations = tuple[tuple[str, ...], bytes]


class PieceTable:
    """What each token does to the words of a hypothesis.

    A token is some bytes of UTF-8 text; it may begin or end inside a word or inside a character. What it means can
    depend on what the tokens before left open, the carry: an unfinished character, an apostrophe, a full stop.
    """

    def __init__(self, pieces: Sequence[bytes]) -> None:
        """Take the bytes of each token, shape = (vocabulary,); special tokens are empty."""
        self._pieces = pieces
        self._known: dict[tuple[bytes, int], Operations] = {}

    def __len__(self) -> int:
        return len(self._pieces)

    def operations(self, carry: bytes, token: int) -> Operations:
        """The operations of a token after a carry, and the new carry (see `text.operations`)."""
        key = (carry, token)
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[key] = text.operations(carry + self._pieces[token])
        return found
