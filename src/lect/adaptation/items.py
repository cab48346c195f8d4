"""The items of a class (a list, a phrase list) as one sorted range: how much of the class begins with some letters.

A file of classes (`classes.bin`) holds for each its sorted items and the running sums of their shares.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from lect.adaptation import storage, text
from lect.adaptation.storage import Array, damaged
from lect.adaptation.vocabulary import Vocabulary, check_vocabulary, pack

KIND: Final = "classes"

_REMEMBERED = 20_000

_DTYPES = {"text": "|u1", "offsets": "<u4", "sums": "<f8"}


class Items:
    """Items as their words parted by blanks, in the order of their bytes, each with a share of the class.

    A blank is less than any letter, so the items that begin with "flat" as a word, and then those that begin so at
    all, lie side by side: a half-written item is one range, as a half-written word is in a `Vocabulary`.
    """

    def __init__(self, letters: Array, offsets: Array, sums: Array, *, language: str) -> None:
        """
        Args:
            letters, offsets: of the vocabulary of items
            sums: running sums of the shares, shape = (items + 1,), from 0 to 1
            language: such as "en"; decides which words are inflected forms of others
        """
        self.items = Vocabulary(letters, offsets)
        self._sums = sums.data
        self._language = language
        self._known: dict[str, tuple[float, float]] = {}

    def __len__(self) -> int:
        return len(self.items)

    def beginning(self, letters: str) -> float:
        """The share of the items that begin with these letters; after a blank, of those that go on after that word."""
        return self._look_up(letters)[0]

    def whole(self, letters: str) -> float:
        """The share of the item that is exactly this, or of which this is the plural or possessive."""
        return self._look_up(letters)[1]

    def next_words(self, said: str, letters: str) -> Iterator[str]:
        """The words with these first letters that follow `said` in items; none if they are many.

        Args:
            said: words, each with a blank behind; empty at the beginning of an item
        """
        return (item[len(said) :].partition(" ")[0] for item in self.items.few(said + letters))

    def _look_up(self, letters: str) -> tuple[float, float]:
        found = self._known.get(letters)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[letters] = self._shares(letters)
        return found

    def _shares(self, letters: str) -> tuple[float, float]:
        low, high, item = self.items.span(letters)
        beginning: float = self._sums[high] - self._sums[low]
        whole = self._share(item)
        if not whole and (stem := text.stem(letters, language=self._language)):
            whole = text.INFLECTED * self._share(self.items.span(stem).word)
        return max(beginning, whole), whole

    def _share(self, item: int) -> float:
        return float(self._sums[item + 1] - self._sums[item]) if item >= 0 else 0.0


def items_of(weights: Mapping[str, float], *, language: str) -> Items:
    """The items of these weights (lower-case words parted by blanks -> above 0)."""
    return Items(*_arrays(weights), language=language)


def write(path: Path, classes: Sequence[Mapping[str, float]]) -> None:
    """Write the classes of these weights to one file. The same classes give the same bytes.

    Raises:
        StoreError: The file cannot be written.
    """
    arrays: dict[str, Array] = {}
    for number, weights in enumerate(classes):
        for name, array in zip(_DTYPES, _arrays(weights), strict=True):
            arrays[f"{name}{number}"] = array
    storage.write(path, meta={"kind": KIND, "classes": len(classes)}, arrays=arrays)


def read(data: memoryview, *, language: str, name: str) -> list[Items]:
    """Use classes where they lie in memory. `name` is for errors.

    Raises:
        ModelLoadFailed: The data is damaged.
    """
    meta, arrays = storage.read(data, name=name)
    count = meta.get("classes")
    if meta.get("kind") != KIND or type(count) is not int or count < 1:
        raise damaged(name, "it is of another kind")
    expected = {f"{array}{number}": dtype for number in range(count) for array, dtype in _DTYPES.items()}
    if {key: array.dtype.str for key, array in arrays.items()} != expected:
        raise damaged(name, "arrays are missing or of the wrong type")
    found = []
    for number in range(count):
        letters, offsets, sums = (arrays[f"{array}{number}"] for array in _DTYPES)
        _check(letters, offsets, sums, name)
        found.append(Items(letters, offsets, sums, language=language))
    return found


def _check(letters: Array, offsets: Array, sums: Array, name: str) -> None:
    check_vocabulary(letters, offsets, name)
    if (
        len(sums) != len(offsets)
        or len(sums) < 2
        or sums[0] != 0
        or not abs(sums[-1] - 1) < 1e-6
        or not np.all(sums[1:] > sums[:-1])
    ):
        raise damaged(name, "the shares of a list do not sum to one")


def _arrays(weights: Mapping[str, float]) -> tuple[Array, Array, Array]:
    items = sorted(weights)  # by code points, which is the order of the bytes, too
    letters, offsets = pack(items)
    sums = np.concatenate(([0.0], np.cumsum([weights[item] for item in items])))
    return letters, offsets, sums / sums[-1]
