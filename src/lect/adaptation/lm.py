"""A trained n-gram language model, read where it lies: P(word | history) and P(prefix of a word | history).

Interpolated smoothing is a sum over the orders,

    P(w | h) = seen(w | h) + rest(h) * P(w | h without its first word),     rest(h) = 1 - sum of seen(. | h)

where `seen` is the discounted share of w after h. So the file holds, for each history, the words seen after it, sorted,
and the running sum of their shares in units of 2**-32. The words that begin with a prefix are one range of the sorted
vocabulary: their probability takes two binary searches per order and nothing is prepared or copied for a history.
Back-off weights and links are not stored, so they cannot be wrong: a history is the chain of its n-grams, found again
with each word.

The methods that take letters are those of `language_model.LanguageModel`; the others take numbers of the vocabulary.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from lect.adaptation import storage
from lect.adaptation.language_model import Split
from lect.adaptation.storage import Array, damaged
from lect.adaptation.vocabulary import Vocabulary, check_vocabulary

UNSEEN_WORD: Final = -1
SHARE_UNIT: Final = 2.0**-32
KIND: Final = "ngram"


class Successors(NamedTuple):
    """The words seen after one history: entries `begin` to `end` of one order."""

    words: memoryview
    sums: memoryview
    begin: int
    end: int
    factor: float  # what one unit of a share is worth, in probability


class History(NamedTuple):
    """What the model remembers of the words so far. `nodes` alone tells two histories apart."""

    nodes: tuple[int, ...]  # number of the n-gram that the last 1, 2, ... words form
    successors: tuple[Successors, ...]
    rest: float  # weight of the unigram distribution


FORGOTTEN: Final = History((), (), 1.0)  # of the words before an unseen one nothing is remembered


class NGram:
    """An interpolated n-gram model over a closed vocabulary, immutable and free to share between threads."""

    def __init__(
        self, meta: Mapping[str, Any], arrays: Mapping[str, Array], *, name: str = "language model"
    ) -> None:
        """Take over arrays that `read` or `lect.adaptation.ngram` made, after checking them.

        Raises:
            ModelLoadFailed: The arrays contradict each other.
        """
        _check(meta, arrays, name)
        self.meta = dict(meta)
        self.order: int = meta["order"]
        self.vocabulary = Vocabulary(arrays["text"], arrays["offsets"])
        self.begin = len(self.vocabulary)
        self.end = self.begin + 1
        self._arrays = dict(arrays)
        self._unigrams = arrays["unigrams"].data
        orders = range(2, self.order + 1)
        self._starts = [arrays[f"starts{n - 1}"].data for n in orders]
        self._words = [arrays[f"words{n}"].data for n in orders]
        self._sums = [arrays[f"sums{n}"].data for n in orders]

    @classmethod
    def open(cls, path: Path) -> NGram:
        """Memory-map a file that `write` made.

        Raises:
            ModelLoadFailed: The file is missing or damaged.
        """
        return cls.read(memoryview(storage.mapped(path)), name=str(path))

    @classmethod
    def read(cls, data: memoryview, *, name: str) -> NGram:
        """Use a model where it lies in memory, such as a member of a mapped bundle. `name` is for errors."""
        meta, arrays = storage.read(data, name=name)
        return cls(meta, arrays, name=name)

    def write(self, path: Path) -> None:
        """Write the model to one file. The same model gives the same bytes."""
        storage.write(path, meta=self.meta, arrays=self._arrays)

    @property
    def language(self) -> str:
        """The language of its text, such as "en"; empty if that is not known."""
        return str(self.meta.get("language", ""))

    def start(self) -> History:
        """The history at the beginning of a sentence."""
        return self._history((self.begin,)) if self.order > 1 else FORGOTTEN

    def advance(self, history: History, word: int) -> History:
        """The history after one more word (`UNSEEN_WORD` forgets all)."""
        if word < 0 or self.order == 1:
            return FORGOTTEN
        nodes = [word]
        for level, node in enumerate(history.nodes[: self.order - 2]):
            child = self._child(level, node, word)
            if child < 0:
                break
            nodes.append(child)
        return self._history(tuple(nodes))

    def prefix_probability(self, history: History, low: int, high: int) -> float:
        """The probability that the next word is one of `low <= word < high`, a range of `vocabulary.span`."""
        if low >= high:
            return 0.0
        unigrams = self._unigrams
        total = history.rest * (unigrams[high] - unigrams[low])
        for words, sums, begin, end, factor in history.successors:
            left = bisect_left(words, low, begin, end)
            right = bisect_left(words, high, left, end)
            if left < right:
                total += factor * (sums[right - 1] - (sums[left - 1] if left > begin else 0))
        return float(total)

    def word_probability(self, history: History, word: int) -> float:
        """The probability of the next word; of the sentence end for the word `end`; 0 for `UNSEEN_WORD`."""
        return self.prefix_probability(history, word, word + 1) if word >= 0 else 0.0

    def prefix(self, history: History, letters: str) -> float:
        """The probability that the next word begins with these letters (one or more)."""
        span = self.vocabulary.span(letters)
        return self.prefix_probability(history, span.low, span.high)

    def word(self, history: History, word: str) -> float:
        """The probability that the next word is this one."""
        return self.word_probability(history, self.vocabulary.span(word).word)

    def after(self, history: History, word: str) -> History:
        """The history after one more word."""
        return self.advance(history, self.vocabulary.span(word).word)

    def words_inside(self, history: History, letters: str) -> Iterator[str]:
        """None: there are no items."""
        return iter(())

    def split(self, history: History) -> Split:
        """There are no items."""
        return Split(0.0, history, history)

    def _child(self, level: int, node: int, word: int) -> int:
        """The n-gram of a shorter one and a word, -1 if unseen. Level 0 leads from words to pairs."""
        begin, end = self._starts[level][node], self._starts[level][node + 1]
        words = self._words[level]
        found = bisect_left(words, word, begin, end)
        return found if found < end and words[found] == word else -1

    def _history(self, nodes: tuple[int, ...]) -> History:
        successors, rest = [], 1.0
        for level in range(len(nodes) - 1, -1, -1):
            begin, end = self._starts[level][nodes[level]], self._starts[level][nodes[level] + 1]
            if begin < end:
                sums = self._sums[level]
                successors.append(Successors(self._words[level], sums, begin, end, rest * SHARE_UNIT))
                rest *= 1.0 - sums[end - 1] * SHARE_UNIT
            elif not successors:
                nodes = nodes[:level]  # nothing follows: equal to the shorter history
        return History(nodes, tuple(successors), rest)


def _check(meta: Mapping[str, Any], arrays: Mapping[str, Array], name: str) -> None:
    """Refuse arrays that would lead a query outside of them or to something that is no probability."""
    order = meta.get("order")
    if meta.get("kind") != KIND or type(order) is not int or not 1 <= order <= 8:
        raise damaged(name, "it is of another kind")
    expected = {"text": "|u1", "offsets": "<u4", "unigrams": "<f8"}
    for n in range(2, order + 1):
        expected |= {f"starts{n - 1}": "<u4", f"words{n}": "<u4", f"sums{n}": "<u4"}
    if {key: array.dtype.str for key, array in arrays.items()} != expected:
        raise damaged(name, "arrays are missing or of the wrong type")
    check_vocabulary(arrays["text"], arrays["offsets"], name)
    size = len(arrays["offsets"]) + 1  # words, sentence start and end
    _check_unigrams(arrays["unigrams"], size, name)
    parents = size
    for n in range(2, order + 1):
        starts, words, sums = arrays[f"starts{n - 1}"], arrays[f"words{n}"], arrays[f"sums{n}"]
        _check_level(starts, words, sums, parents=parents, size=size, name=name)
        parents = len(words)


def _check_unigrams(sums: Array, size: int, name: str) -> None:
    if (
        len(sums) != size + 1
        or sums[0] != 0
        or not abs(sums[-1] - 1) < 1e-6
        or not np.all(sums[1:] >= sums[:-1])
    ):
        raise damaged(name, "the word probabilities do not sum to one")


def _check_level(starts: Array, words: Array, sums: Array, *, parents: int, size: int, name: str) -> None:
    """Each parent owns a slice; in a slice words ascend and sums do not fall."""
    if len(starts) != parents + 1 or len(words) != len(sums):
        raise damaged(name, "the arrays of an order differ in length")
    if starts[0] != 0 or starts[-1] != len(words) or not np.all(starts[1:] >= starts[:-1]):
        raise damaged(name, "the slices of an order do not cover it")
    if len(words) and int(words.max()) >= size:
        raise damaged(name, "a word number is too large")
    falls = np.flatnonzero((words[1:] <= words[:-1]) | (sums[1:] < sums[:-1])) + 1
    firsts = np.zeros(len(words) + 1, np.bool_)
    firsts[starts] = True
    if not np.all(firsts[falls]):
        raise damaged(name, "the words of a history are not sorted")
