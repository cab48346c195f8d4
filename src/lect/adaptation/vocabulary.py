"""The sorted words of a language model, where the words that share a prefix are one range."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from operator import lt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from lect.adaptation.storage import Array, damaged

_BLOCK = 64  # words between two entries of the index that is kept in memory
_FEW = 32  # words
_REMEMBERED = 20_000


class Span(NamedTuple):
    """The words `low <= word < high` begin with some letters, and `word` is those letters themselves, -1 if none is."""

    low: int
    high: int
    word: int


class Vocabulary:
    """Words sorted by their UTF-8 bytes; word i is `text[offsets[i]:offsets[i + 1] - 1]`, followed by a newline."""

    def __init__(self, text: Array, offsets: Array) -> None:
        self._text = text.data
        self._offsets = offsets.data
        self._index = [self._bytes(number) for number in range(0, len(self), _BLOCK)]
        self._spans: dict[str, Span] = {}

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._bytes(number).decode()

    def __iter__(self) -> Iterator[str]:
        return iter(bytes(self._text).decode().split("\n")[:-1])

    def __contains__(self, word: object) -> bool:
        return isinstance(word, str) and self.span(word).word >= 0

    def span(self, letters: str) -> Span:
        """The words that begin with `letters`."""
        found = self._spans.get(letters)
        if found is None:
            if len(self._spans) >= _REMEMBERED:
                self._spans.clear()
            found = self._spans[letters] = self._span(letters.encode())
        return found

    def beginning(self, letters: str) -> float:
        """The share of the words that begin with these letters, each word counting alike."""
        low, high, _ = self.span(letters)
        return (high - low) / len(self)

    def whole(self, letters: str) -> float:
        """The share of the word that is exactly this."""
        return (self.span(letters).word >= 0) / len(self)

    def few(self, letters: str) -> Iterator[str]:
        """The words that begin with these letters; none if they are many."""
        low, high, _ = self.span(letters)
        return map(self.__getitem__, range(low, high if high - low <= _FEW else low))

    def begins_item(self, letters: str) -> bool:
        """No: there are no items."""
        return False

    def _span(self, prefix: bytes) -> Span:
        low = self._first_from(prefix)
        high = self._first_from(prefix + b"\xff")  # no UTF-8 text holds this byte
        return Span(low, high, low if low < high and self._bytes(low) == prefix else -1)

    def _first_from(self, word: bytes) -> int:
        """The number of the first word that is not smaller."""
        block = max(bisect_right(self._index, word) - 1, 0) * _BLOCK
        last = min(block + _BLOCK, len(self))
        words = bytes(self._text[self._offsets[block] : self._offsets[last]]).split(b"\n")
        return block + bisect_left(words, word, 0, last - block)

    def _bytes(self, number: int) -> bytes:
        return bytes(self._text[self._offsets[number] : self._offsets[number + 1] - 1])


def pack(words: Iterable[str]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
    """The arrays of a `Vocabulary` of sorted words: text, offsets."""
    text = np.frombuffer("".join(f"{word}\n" for word in words).encode(), np.uint8)
    ends = np.flatnonzero(text == ord("\n")) + 1
    return text, np.concatenate(([0], ends)).astype(np.uint32)


def check_vocabulary(text: Array, offsets: Array, name: str) -> None:
    """Make sure that there are words, that they end in a newline, begin where the offsets say, are UTF-8 and ascend.

    Raises:
        ModelLoadFailed: They do not. `name` is for the error.
    """
    ends = np.flatnonzero(text == ord("\n")) + 1
    if (
        len(offsets) < 2
        or offsets[0] != 0
        or not np.array_equal(offsets[1:], ends)
        or offsets[-1] != len(text)
    ):
        raise damaged(name, "the vocabulary does not match its offsets")
    try:
        str(text.data, "utf-8")
    except UnicodeDecodeError as error:
        raise damaged(name, "the vocabulary is no UTF-8 text") from error
    words = text.tobytes().split(b"\n")[:-1]
    if not all(map(lt, words, islice(words, 1, None))):
        raise damaged(name, "the vocabulary is not sorted")
