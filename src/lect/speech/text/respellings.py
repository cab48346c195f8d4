"""What is left of respellings in a text: `muller-loodenshites`, cut short, misheard or beside `Müller-Lüdenscheidt` itself.

Where a term is said unlike it is written, its spoken form often has a word that nobody writes ("loodenshites"). Where a result
holds such a word, and around it what is nearly the rest of the spoken form, the term was meant.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.sentences import ENDS
from lect.speech.text.squeeze import Squeezed

_SHORTEST = 4  # letters of a made-up word
_SHORTEST_BEGINNING = 5  # letters of one that is cut short
_MOST_WRONG = 1 / 3  # of a spoken form's letters
_MOST_WRONG_BESIDE = 1 / 2  # of those on one side of the made-up word, ...
_FEWEST_RIGHT_BESIDE = 2  # ... and how many are right there: "to" is not "so"
_LONGEST = 60  # letters of a spoken form; comparing them takes time that grows with the square
_MOST_CLUES = 8  # made-up words that one word of a text may be; bounds the time that hostile lists take
_SENTENCE_END = re.compile(rf".*[{re.escape(ENDS)}].*\s", re.DOTALL)
_PARTED = re.compile(r"[\s\u2010\u2011-]+")
_BLANK = re.compile(r"\s")


class Place(NamedTuple):
    """`atoms[at:end]` of a text are a term."""

    at: int
    end: int
    term: Pronunciation


class _Clue(NamedTuple):
    """A made-up word of a spoken form, and the letters on both sides of it."""

    word: str
    before: str
    after: str
    term: Pronunciation
    part: Pronunciation | None  # the word of the display form that it stands for, if each stands for one

    @property
    def most_wrong(self) -> float:
        return _MOST_WRONG * len(self.before + self.word + self.after)


class Respellings:
    """Terms that are said unlike they are written, by the made-up words in how they are said."""

    def __init__(
        self, terms: Iterable[Pronunciation], *, language: str, is_ordinary: Callable[[Squeezed, int], bool]
    ) -> None:
        """Take the terms.

        Args:
            terms: of two that are alike the first counts
            language: such as "en"
            is_ordinary: whether an atom of a text is a word of the language
        """
        self._is_ordinary = is_ordinary
        pairs = {term: (Squeezed(term.spoken, language), Squeezed(term.display, language)) for term in terms}
        pairs = {term: pair for term, pair in pairs.items() if _is_respelled(*pair)}
        self._displays = {term: _words(display) for term, (_, display) in pairs.items()}
        written = {word for words in self._displays.values() for word in words}
        clues = [
            clue
            for term, (spoken, _) in pairs.items()
            for clue in self._clues_of(term, spoken)
            if clue.word not in written
        ]
        self._clues = sorted(clues, key=lambda clue: clue.word)

    def completed(self, squeezed: Squeezed, known: Sequence[Place]) -> list[Place]:
        """The places of terms with those of which only parts are left; a term beside its own display form is one with it.

        Args:
            squeezed: the text
            known: where whole terms stand, in their order
        """
        places: list[Place] = []
        for place in self._with_leftovers(squeezed, known):
            end = places[-1].end if places else 0
            if place.at < end:
                continue  # a display form that went with its spoken form
            if places and place.at == end and _is_display_of(places[-1].term, place.term):
                end = places.pop().at
            places.append(self._with_display(squeezed, place, end))
        return places

    def _clues_of(self, term: Pronunciation, spoken: Squeezed) -> Iterator[_Clue]:
        words, displayed = _words(spoken), _PARTED.split(term.display)
        is_word_for_word = 1 < len(words) == len(displayed)
        for i, word in enumerate(words):
            if len(word) >= _SHORTEST and spoken.part(i)[0] == word and not self._is_ordinary(spoken, i):
                part = Pronunciation(display=displayed[i], spoken=word) if is_word_for_word else None
                yield _Clue(word, "".join(words[:i]), "".join(words[i + 1 :]), term, part)

    def _with_leftovers(self, squeezed: Squeezed, known: Sequence[Place]) -> Iterator[Place]:
        """What is known, and what is left of terms between."""
        at = 0
        for place in known:
            yield from self._left_between(squeezed, at, place.at)
            yield place
            at = place.end
        yield from self._left_between(squeezed, at, len(squeezed.atoms))

    def _left_between(self, squeezed: Squeezed, first: int, last: int) -> Iterator[Place]:
        at = first
        while at < last:
            place = next(self._left_at(squeezed, at, first, last), None)
            if place:
                yield place
                first = place.end
            at = place.end if place else at + 1

    def _left_at(self, squeezed: Squeezed, at: int, first: int, last: int) -> Iterator[Place]:
        """The terms of which an atom is a made-up word or its beginning, with what is like them in `atoms[first:last]`."""
        for clue in self._clues_at(squeezed, at):
            is_whole = squeezed.atoms[at].folded == clue.word
            end = at + is_whole
            start, wrong_before = _reach(squeezed, at, first, clue.before)
            end, wrong_after = _reach(squeezed, end, last, clue.after if is_whole else clue.word + clue.after)
            if clue.part and is_whole and end - start == 1:
                yield Place(at, end, clue.part)
            elif end > at and wrong_before + wrong_after <= clue.most_wrong:
                yield Place(start, end, clue.term)

    def _clues_at(self, squeezed: Squeezed, at: int) -> Iterator[_Clue]:
        word = squeezed.atoms[at].folded
        is_beginning = len(word) >= _SHORTEST_BEGINNING and not self._is_ordinary(squeezed, at)
        first = bisect_left(self._clues, word, key=lambda clue: clue.word)
        for clue in self._clues[first : first + _MOST_CLUES]:
            if not clue.word.startswith(word):
                return
            if is_beginning or clue.word == word:
                yield clue

    def _with_display(self, squeezed: Squeezed, place: Place, first: int) -> Place:
        """The place with the display form that stands right before it, from an atom on, or right behind it."""
        display, at, end = self._displays.get(place.term), place.at, place.end
        if not display:
            return place
        length = len(display)
        if first <= at - length and squeezed.joins(at) and _words(squeezed, at - length, at) == display:
            at -= length
        if squeezed.joins(end) and _words(squeezed, end, end + length) == display:
            end += length
        return Place(at, end, place.term)


def _is_respelled(spoken: Squeezed, display: Squeezed) -> bool:
    return spoken.whole != display.whole and len(spoken.whole) <= _LONGEST


def _is_display_of(before: Pronunciation, term: Pronunciation) -> bool:
    return before.display == term.display and bool(term.spoken) and not before.spoken


def _words(squeezed: Squeezed, at: int = 0, end: int | None = None) -> list[str]:
    return [atom.folded for atom in squeezed.atoms[at:end]]


def _reach(squeezed: Squeezed, at: int, border: int, own: str) -> tuple[int, int]:
    """Up to where the words from a place towards a border are the nearest to letters, and how many letters are wrong then.

    That is the place itself if too many would be wrong. Neither a sentence is left nor a hyphenated word cut.
    """
    step = 1 if border > at else -1
    own, row = own[::step], [*range(len(own) + 1)]
    options, length = [(len(own), 0, at)], 0
    for place in range(at, border, step):
        if length > 2 * len(own) or _SENTENCE_END.match(_gap(squeezed, place)):
            break
        reached = place + step
        letters = squeezed.atoms[min(place, reached)].folded[::step]
        row, length = _row_after(row, letters, own), length + len(letters)
        if reached == border or _BLANK.search(_gap(squeezed, reached)):
            options.append((row[-1], length, reached))
    wrong, _, reached = min(options)
    is_like = wrong <= min(_MOST_WRONG_BESIDE * len(own), len(own) - _FEWEST_RIGHT_BESIDE)
    return (reached, wrong) if is_like else (at, len(own))


def _gap(squeezed: Squeezed, at: int) -> str:
    """What stands before an atom and behind the one before it; a blank at both ends of the text."""
    if not 0 < at < len(squeezed.atoms):
        return " "
    return squeezed.text[squeezed.atoms[at - 1].end : squeezed.atoms[at].start]


def _row_after(row: list[int], letters: str, own: str) -> list[int]:
    """How many letters differ between a text and each beginning of `own`, when letters come to the text."""
    for letter in letters:
        diagonal, row = row[0], [row[0] + 1, *row[1:]]
        for j, own_letter in enumerate(own, start=1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (letter != own_letter))
    return row
