"""A language model with classes: where a frame expects a class, any of its items may be said, word by word.

"order a {@drink} with {@milk}" is one sentence whatever the lists hold: the frame, an n-gram model over words and tags,
gives P(drink | order a), and the class, a sorted range of items, gives P(word | drink) and then P(word | drink, words so
far). Nothing is multiplied out, so 20 lists of 35,000 items cost their text and two running sums.

A phrase list is one class whose frame is any other model: at each word a phrase may begin.

The words so far may be explained in several ways (inside an item, or as plain words), so a history is a few weighted paths:

    P(w | history) = sum over paths of weight(path) * P(w | path),      weight'(path) ~ weight(path) * P(w | path)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import frexp, ldexp
from typing import Any, NamedTuple, Protocol

from lect.adaptation.items import Items
from lect.adaptation.language_model import KnownWords, LanguageModel, Split

_MOST_PATHS = 8
_LEAST_WEIGHT = 1e-4  # of the best path's
_STEPS = 32  # weights have five binary digits, so that histories that hardly differ are one
_REMEMBERED = 20_000


class Frame(LanguageModel, Protocol):
    """A language model in which classes have their places."""

    def classes(self, history: Any) -> Sequence[float]:
        """The probability that an item of each class begins here."""
        ...

    def within(self, history: Any, word: str) -> Any:
        """The history after a word of an item that goes on."""
        ...

    def leave(self, history: Any, number: int, word: str) -> Any:
        """The history after the last word of an item."""
        ...


class Path(NamedTuple):
    """One way to explain the words so far."""

    weight: float
    outer: Any  # the frame's history; inside an item, what `within` makes of it
    number: int  # of the class of an item that goes on, -1 between items
    said: str  # of that item, with a blank behind

    @property
    def key(self) -> tuple[Any, int, str]:
        return self.outer.nodes, self.number, self.said


class Paths(NamedTuple):
    """The ways to explain the words so far, the likeliest first. `nodes` alone tells two histories apart."""

    nodes: tuple[Any, ...]
    paths: tuple[Path, ...]


class FirstWords:
    """The words of a frame and those with which items begin: the `KnownWords` of a `ClassModel`."""

    def __init__(self, frame: KnownWords, classes: Sequence[Items]) -> None:
        self._frame = frame
        self._classes = classes
        self._entries: dict[str, tuple[tuple[int, float], ...]] = {}

    def beginning(self, letters: str) -> float:
        """The share of the words that begin with these letters, the frame and each class counting alike."""
        of_items = sum(items.beginning(letters) for items in self._classes)
        return (self._frame.beginning(letters) + of_items) / (len(self._classes) + 1)

    def whole(self, letters: str) -> float:
        """The share of the word that is exactly this; of items, of one that is no more than this word."""
        of_items = sum(items.whole(letters) for items in self._classes)
        return (self._frame.whole(letters) + of_items) / (len(self._classes) + 1)

    def few(self, letters: str) -> Iterator[str]:
        """The words that begin with these letters, those of items first; none of what holds many."""
        for items in self._classes:
            yield from items.next_words("", letters)
        yield from self._frame.few(letters)

    def begins_item(self, letters: str) -> bool:
        """Whether an item begins with these letters, here or in the frame."""
        return bool(self.entries(letters)) or self._frame.begins_item(letters)

    def entries(self, letters: str) -> tuple[tuple[int, float], ...]:
        """The classes with items that begin so, and the shares of these."""
        found = self._entries.get(letters)
        if found is None:
            if len(self._entries) >= _REMEMBERED:
                self._entries.clear()
            shares = ((number, items.beginning(letters)) for number, items in enumerate(self._classes))
            found = self._entries[letters] = tuple((number, share) for number, share in shares if share)
        return found


class ClassModel:
    """A `LanguageModel`: classes in a frame. Immutable in what it answers, and free to share between threads."""

    def __init__(self, frame: Frame, classes: Sequence[Items]) -> None:
        self._frame = frame
        self._classes = classes
        self.vocabulary = FirstWords(frame.vocabulary, classes)

    def start(self) -> Paths:
        """The history at the beginning of a sentence."""
        return _settle([Path(1.0, self._frame.start(), -1, "")])

    def prefix(self, history: Paths, letters: str) -> float:
        """The probability that the next word begins with these letters (one or more)."""
        frame, total = self._frame, 0.0
        for weight, outer, number, said in history.paths:
            if number < 0:
                begun = frame.prefix(outer, letters)
                if entries := self.vocabulary.entries(letters):
                    expected = frame.classes(outer)
                    begun += sum(expected[each] * share for each, share in entries)
                total += weight * begun
            else:
                items = self._classes[number]
                total += weight * items.beginning(said + letters) / items.beginning(said)
        return total

    def word(self, history: Paths, word: str) -> float:
        """The probability that the next word is this one."""
        return sum(path.weight for path in self._continue(history, word))

    def after(self, history: Paths, word: str) -> Paths:
        """The history after one more word; after one that no path expects, the frame's alone."""
        found = list(self._continue(history, word))
        return _settle(found or [Path(1.0, self._frame.after(history.paths[0].outer, word), -1, "")])

    def split(self, history: Paths) -> Split:
        """How likely an item has been begun and goes on, here or in the frame."""
        inside: list[Path] = []
        outside: list[Path] = []
        for path in history.paths:
            if path.number >= 0:
                inside.append(path)
            else:
                begun, within, beside = self._frame.split(path.outer)
                if begun:
                    inside.append(path._replace(weight=path.weight * begun, outer=within))
                if begun < 1:
                    outside.append(path._replace(weight=path.weight * (1 - begun), outer=beside))
        if not inside:
            return Split(0.0, history, history)
        within_items = sum(path.weight for path in inside)
        rest = sum(path.weight for path in outside)
        outside = outside or [Path(1.0, self._frame.split(history.paths[0].outer).outside, -1, "")]
        return Split(within_items / (within_items + rest), _settle(inside), _settle(outside))

    def words_inside(self, history: Paths, letters: str) -> Iterator[str]:
        """Words with these first letters that items go on with which have been begun; none if they are many."""
        for path in history.paths:
            if path.number >= 0:
                yield from self._classes[path.number].next_words(path.said, letters)
            else:
                yield from self._frame.words_inside(path.outer, letters)

    def _continue(self, history: Paths, word: str) -> Iterator[Path]:
        """The paths after one more word; the weight of each is the probability of the word on it."""
        for path in history.paths:
            if path.number < 0:
                yield from self._outside(path, word)
            else:
                left = path.weight / self._classes[path.number].beginning(path.said)
                yield from self._inside(left, path.outer, path.number, path.said + word, word)

    def _outside(self, path: Path, word: str) -> Iterator[Path]:
        frame, outer = self._frame, path.outer
        plain = path.weight * frame.word(outer, word)
        if plain > 0:
            yield Path(plain, frame.after(outer, word), -1, "")
        if entries := self.vocabulary.entries(word):
            expected = frame.classes(outer)
            for number, _ in entries:
                yield from self._inside(path.weight * expected[number], outer, number, word, word)

    def _inside(self, weight: float, outer: Any, number: int, said: str, word: str) -> Iterator[Path]:
        """An item after these words: it may be whole, or go on."""
        items, frame = self._classes[number], self._frame
        if ended := weight * items.whole(said):
            yield Path(ended, frame.leave(outer, number, word), -1, "")
        if goes_on := weight * items.beginning(said + " "):
            yield Path(goes_on, frame.within(outer, word), number, said + " ")


def _settle(paths: Sequence[Path]) -> Paths:
    """The best paths with weights that sum to about one; equal ones become one."""
    merged: dict[tuple[Any, int, str], Path] = {}
    for path in paths:
        same = merged.get(path.key)
        merged[path.key] = path._replace(weight=path.weight + same.weight) if same else path
    best = sorted(merged.values(), key=lambda path: -path.weight)[:_MOST_PATHS]
    least = best[0].weight * _LEAST_WEIGHT
    best = [path for path in best if path.weight >= least]
    total = sum(path.weight for path in best)
    kept = tuple(path._replace(weight=_rounded(path.weight / total)) for path in best)
    return Paths(tuple((path.weight, *path.key) for path in kept), kept)


def _rounded(weight: float) -> float:
    mantissa, exponent = frexp(weight)
    return ldexp(round(mantissa * _STEPS) / _STEPS, exponent)
