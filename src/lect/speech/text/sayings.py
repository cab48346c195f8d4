"""Text for a language model in which terms stand as they are written and as they are said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from itertools import pairwise

from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.squeeze import NOUGHTS, Squeezed
from lect.speech.text.written import TermFinder, replaced

_LETTERS = re.compile(r"\b[^\W\d_](?: [^\W\d_]\b)+")


class Sayings:
    """The ways to say and to write terms."""

    def __init__(
        self, entries: Iterable[Pronunciation], *, language: str = "en", ordinary: Container[str] = ()
    ) -> None:
        """Take the terms.

        Args:
            entries: in any order, and any number of times
            language: such as "en"
            ordinary: lower-case words of the language, see `TermFinder`
        """
        ordered = sorted(set(entries), key=lambda entry: (entry.display, entry.spoken))
        self._ways: dict[str, list[str]] = defaultdict(list)  # display -> what a recogniser may write for it
        for entry in ordered:
            self._ways[entry.display] += [entry.spoken, *_as_written(entry.spoken, language)]
        self._ways = {display: list(dict.fromkeys(ways)) for display, ways in self._ways.items()}
        terms = {entry.display: entry for entry in ordered}
        self._finder = TermFinder(terms, language=language, ordinary=ordinary)

    def alone(self) -> Iterator[str]:
        """Each term as it is written and in the ways that it is said."""
        for display, ways in self._ways.items():
            yield display
            yield from ways

    def lines(self, lines: Iterable[str]) -> Iterator[str]:
        """Each line, and behind it the same line with its terms in the ways that they are said.

        >>> entries = [Pronunciation(display="3CPO", spoken="three c p o")]
        >>> list(Sayings(entries).lines(["Ask 3CPO."]))
        ['Ask 3CPO.', 'Ask three c p o.', 'Ask 3 c p o.', 'Ask three cpo.', 'Ask 3 cpo.', 'Ask 3cpo.']
        """
        for line in lines:
            yield line
            yield from self._said(line)

    def _said(self, line: str) -> Iterator[str]:
        found = [(match, self._ways[match.term.display]) for match in self._finder.find(line)]
        for way in range(max((len(ways) for _, ways in found), default=0)):
            yield replaced(line, ((match, ways[way % len(ways)]) for match, ways in found))


def _as_written(spoken: str, language: str) -> list[str]:
    """`a x forty b` as recognisers write it: `a x 40 b`, `ax forty b`, `ax 40 b`, `ax40b`."""
    letters_joined = _LETTERS.sub(lambda match: match.group().replace(" ", ""), spoken)
    blocks = _blocks(spoken, language)
    joined = "".join(
        f" {text}" if "word" in {kind, before} else text
        for (before, _), (kind, text) in pairwise([("word", ""), *blocks])
    )
    spelled = " ".join(" ".join(text) if kind == "letters" else text for kind, text in blocks)
    return [spelled, letters_joined, " ".join(text for _, text in blocks), joined.strip()]


def _blocks(spoken: str, language: str) -> list[tuple[str, str]]:
    """Spelled letters and the digits of numbers as blocks, other words as they are: kind and text of each."""
    squeezed, blocks, at = Squeezed(spoken, language), list[tuple[str, str]](), 0
    while at < len(squeezed.atoms):
        digits, end = squeezed.number(at)
        word = squeezed.written(at)
        before, so_far = blocks[-1] if blocks else ("", "")
        if not digits and word.lower() in NOUGHTS and before == "digits":
            digits, end = "0", at + 1
        kind = "digits" if digits else "letters" if len(word) == 1 and word.isalpha() else "word"
        if kind == before and kind != "word":
            blocks[-1] = kind, so_far + (digits or word)
        else:
            blocks.append((kind, digits or word))
        at = max(end, at + 1)
    return blocks
