"""Terms where they stand in a text, however they are written there: `ask three c p o` is `ask 3CPO`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass

from lect.speech.text.accents import has_accents, without_accents
from lect.speech.text.figures import is_amount, is_figures, is_same_number
from lect.speech.text.joined import is_joined, is_same_name
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.respellings import Place, Respellings
from lect.speech.text.sentences import begins_at, in_place
from lect.speech.text.signed import is_same_signed, is_signed
from lect.speech.text.squeeze import Squeezed

LONGEST = 200  # letters of a squeezed term; keeps the search linear in the length of the text
_POINT = re.compile(r"(?<=\d)\.(?=\d)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """`text[start:end]` is a term."""

    start: int
    end: int
    term: Pronunciation


class TermFinder:
    """Finds terms from left to right, the longest first, at the borders of words."""

    def __init__(
        self, terms: Mapping[str, Pronunciation], *, language: str, ordinary: Container[str] = ()
    ) -> None:
        """Take terms by what they are found as.

        Args:
            terms: as written or as said -> the term
            language: such as "en"
            ordinary: lower-case words of the language, which are no terms unless that is how the term is said: "tell us"
                is not `US`, said "u s"
        """
        self._language = language
        self._ordinary = ordinary
        self._terms: dict[str, tuple[str, Pronunciation]] = {}
        # Of two that squeeze alike the one that is said otherwise than it is written, then the first.
        for form in sorted(terms, key=lambda form: (not terms[form].spoken, form)):
            key = Squeezed(form, language).whole
            if 0 < len(key) <= LONGEST:
                self._terms.setdefault(key, (form, terms[form]))
        self._keys = sorted(self._terms)

    def find(self, text: str) -> Iterator[Match]:
        """The terms of a text, in time that grows with its length alone."""
        squeezed = Squeezed(text, self._language)
        return (_match(squeezed, place) for place in self.places(squeezed))

    def places(self, squeezed: Squeezed) -> Iterator[Place]:
        """Where the terms are in a text that is squeezed already."""
        at = 0
        while self._keys and at < len(squeezed.atoms):
            term, end = self._longest_at(squeezed, at)
            if term:
                yield Place(at, end, term)
            at = end

    def _longest_at(self, squeezed: Squeezed, at: int) -> tuple[Pronunciation | None, int]:
        """The longest term that begins with an atom and the atom behind it; else None and the next atom."""
        found, found_end = None, at + 1
        key, end, more = "", at, squeezed.opens(at)
        while more:
            part, end = squeezed.part(end, first=end == at)
            key += part
            more = self._is_prefix(key)
            if more and part and key in self._terms and squeezed.closes(end - 1):
                form, term = self._terms[key]
                if self._is_meant(squeezed, at, end, form, term):
                    found, found_end = term, end
            more = more and squeezed.joins(end)
        return found, found_end

    def _is_prefix(self, key: str) -> bool:
        """Whether a term begins so."""
        at = bisect_left(self._keys, key)
        return at < len(self._keys) and self._keys[at].startswith(key)

    def _is_meant(self, squeezed: Squeezed, at: int, end: int, form: str, term: Pronunciation) -> bool:
        """Whether it is written as the term is, or at least not in ordinary words: "I am" is not `IAM`."""
        own = Squeezed(form, self._language)
        if is_figures(term.display) and is_amount(squeezed, at, end, own):
            return False
        if is_figures(form):
            return is_same_number(squeezed, at, end, form)
        if not term.spoken and is_joined(form):
            return is_same_name(squeezed, at, end, own, self.is_ordinary)
        if not term.spoken and is_signed(form):
            return is_same_signed(squeezed, at, end, own, self.is_ordinary)
        if self._language == "en" and has_accents(form):
            return self._is_name(squeezed, at, end, own)
        if end - at == len(own.atoms) and all(_is_same(squeezed, at + i, own, i) for i in range(end - at)):
            return True
        if (
            not any(own.written(i)[1:].isupper() for i in range(len(own.atoms)))
            and squeezed.parts(at, end) == own.parts()
        ):
            return True  # with its numbers in figures
        is_spelled = all(len(squeezed.written(i)) == 1 for i in range(at, end))
        return is_spelled or not all(self.is_ordinary(squeezed, i) for i in range(at, end))

    def _is_name(self, squeezed: Squeezed, at: int, end: int, own: Squeezed) -> bool:
        """Whether atoms are the letters of a name with accents: no ordinary words, or in its capitals inside a sentence."""
        if not all(self.is_ordinary(squeezed, i) for i in range(at, end)):
            return True
        same = [squeezed.written(i) for i in range(at, end)] == [
            without_accents(own.written(i)) for i in range(len(own.atoms))
        ]
        return same and not begins_at(squeezed.text, squeezed.atoms[at].start)

    def is_ordinary(self, squeezed: Squeezed, at: int) -> bool:
        """Whether an atom is a word that stands for itself, neither a number nor in capitals; or one letter or digit."""
        word = squeezed.written(at)
        if len(word) == 1:
            return word.isalnum()
        if not word.isalpha() or word.isupper() or squeezed.part(at)[0] != word.casefold():
            return False
        return word.lower() in self._ordinary


class WrittenForms:
    """Puts the display form of terms where they are recognised, and the spoken form where that is wanted."""

    def __init__(
        self,
        entries: Iterable[Pronunciation] = (),
        *,
        codes: Iterable[str] = (),
        language: str = "en",
        ordinary: Container[str] = (),
    ) -> None:
        """Take the terms; of two display forms that are said alike the first of the alphabet is written.

        Args:
            entries: in any order
            codes: display forms that are said as they are written, and that a recogniser may write otherwise (`AX-40B`,
                `Jean-Luc`, `Dvořák`)
            language: such as "en"
            ordinary: lower-case words of the language, see `TermFinder`
        """
        ordered = sorted(entries, key=lambda entry: (entry.display, entry.spoken), reverse=True)
        listed = [Pronunciation(display=code, spoken="") for code in codes]
        terms = {form: code for code in listed for form in (code.display, _POINT.sub(" ", code.display))}
        terms |= {entry.spoken: entry for entry in ordered}
        self._language = language
        self._finder = TermFinder(terms, language=language, ordinary=ordinary)
        self._respellings = Respellings(
            reversed(ordered) if ordinary != () else (),  # else nobody can tell which words are made up
            language=language,
            is_ordinary=self._finder.is_ordinary,
        )

    def find(self, text: str) -> list[Match]:
        """Where the terms stand, and what is left of them where their spoken form was not recognised as a whole."""
        squeezed = Squeezed(text, self._language)
        places = self._respellings.completed(squeezed, [*self._finder.places(squeezed)])
        return [_match(squeezed, place) for place in places]

    def written(self, text: str) -> str:
        """The text with display forms; unchanged where no term stands.

        >>> forms = WrittenForms([Pronunciation(display="3CPO", spoken="three c p o")])
        >>> forms.written("Ask Three C.P.O. about it.")
        'Ask 3CPO about it.'
        """
        return replaced(text, ((match, displayed(match, text)) for match in self.find(text)))

    def spoken(self, text: str) -> str:
        """The text with spoken forms, however the terms are written in it."""
        said = (match for match in self.find(text) if match.term.spoken)
        return replaced(text, ((match, match.term.spoken) for match in said))


def _match(squeezed: Squeezed, place: Place) -> Match:
    start = squeezed.atoms[place.at].start
    return Match(start=start, end=_end_of(squeezed, place.at, place.end), term=place.term)


def displayed(match: Match, text: str) -> str:
    """The display form of a term where it stands in a text."""
    return in_place(match.term.display, text, match.start)


def end_of(match: Match, words: str, text: str) -> int:
    """Where a term ends in a text in whose place words are written: "in the U.S." has one dot."""
    return match.end + (words.endswith(".") and text.startswith(".", match.end))


def replaced(text: str, replacements: Iterable[tuple[Match, str]]) -> str:
    """The text with other words in place of its terms, which come in their order."""
    parts, at = [], 0
    for match, words in replacements:
        parts += [text[at : match.start], words]
        at = end_of(match, words, text)
    return "".join([*parts, text[at:]])


def _is_same(squeezed: Squeezed, at: int, own: Squeezed, number: int) -> bool:
    """Whether an atom of a text is an atom of a term, and in capitals if that is: "us" is not `US`."""
    same = squeezed.atoms[at].folded == own.atoms[number].folded
    return same and (squeezed.written(at).isupper() or not own.written(number)[1:].isupper())


def _end_of(squeezed: Squeezed, at: int, end: int) -> int:
    """Where a term ends in the text: behind the dot of `C.P.O.`, unless a sentence ends there too."""
    text, last = squeezed.text, squeezed.atoms[end - 1].end
    is_dotted = (
        end - at > 1 and text[squeezed.atoms[end - 2].end : squeezed.atoms[end - 1].start].strip() == "."
    )
    if not is_dotted or text[last : last + 1] != ".":
        return last
    rest = text[last + 1 :].lstrip()
    return last if not rest or rest[0].isupper() else last + 1
