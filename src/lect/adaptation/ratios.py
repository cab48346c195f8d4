"""How many times likelier than in general a domain makes the next word: P_dom/P_gen, remembered.

P_gen is made from a sample and knows common words best. Where a common word follows from the words before, P_gen is far
below what the recogniser itself expects, and a large weight would count that twice. Of a word that the general model does
not know at all (a name, as a rule) the recogniser expects next to nothing: there the ratio is raised to the power `rare`,
which acts as a larger weight for these words alone.

A half-written word is scored by the probability of all words that begin so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lect.adaptation.inflection import Inflecting
from lect.adaptation.language_model import LanguageModel, Split
from lect.adaptation.lm import History, NGram
from lect.adaptation.options import MixtureOptions
from lect.adaptation.spelling import Spelling

_LISTED = 0.01  # of unseen words are words of the domain
_REMEMBERED = 20_000  # ratios, of a minute or two of speech
_RATIO_BYTES = 350  # of one, measured, with its share of letters, histories and what the models remember


class Ratios(NamedTuple):
    """P_dom/P_gen of a word, or of the words that begin so."""

    inside: float  # an item that was begun goes on with it
    outside: float  # anything else


class Beginning(NamedTuple):
    """What letters of an open word mean after some words."""

    ratios: Ratios
    is_uncertain: bool  # no word of the general model begins so, and an item of a list does
    promising: bool  # a word of the domain that the general model does not know begins so


class Context:
    """The words before, as both models see them, with the ratios that were asked for."""

    __slots__ = ("beginnings", "begun", "domain", "general", "inside", "next", "outside")

    def __init__(self, domain: Any, general: History, split: Split) -> None:
        self.domain = domain
        self.general = general
        self.begun, self.inside, self.outside = split
        self.beginnings: dict[str, Beginning] = {}  # by the letters of an open word
        self.next: dict[str, tuple[Ratios, Context]] = {}  # by a finished word, with the context after it


class _Letters(NamedTuple):
    """What is known of some letters, whatever the words before."""

    is_rare_beginning: bool  # no word of the general model begins so
    is_uncertain: bool  # and an item of a list does: of many that begin so, most do not come
    is_rare: bool  # the general model does not know this word
    prefix_floor: float  # probability that an unseen word begins so
    word_floor: float  # probability that it is exactly this
    promising: bool  # where no item is begun: a word of the domain that is rare begins so


class WordRatios:
    """The ratios of a domain's language model to the general one, each worked out once.

    Deterministic, and safe to share between threads: what it remembers only saves time.
    """

    _remembered = 0  # ratios
    _has_forgotten = False

    def __init__(
        self, domain: LanguageModel, general: NGram, *, options: MixtureOptions, spelling: Spelling
    ) -> None:
        self._domain = domain
        self._general = Inflecting(general)
        self._options = options
        self._spelling = spelling
        self._letters: dict[str, _Letters] = {}
        self._contexts: dict[tuple[Any, tuple[int, ...]], Context] = {}
        self.root = self._root()  # the context at the beginning of a sentence

    def __del__(self) -> None:
        """Part contexts that lead to each other, so that the language model they hold is free with its last user."""
        for context in self._contexts.values():
            context.next.clear()

    @property
    def nbytes(self) -> int:
        """Bytes of memory that are taken by what is remembered, roughly; what was taken once stays with the process."""
        return _RATIO_BYTES * (_REMEMBERED if self._has_forgotten else self._remembered)

    def beginning(self, context: Context, letters: str) -> Beginning:
        """What it means that the next word begins with these letters."""
        found = context.beginnings.get(letters)
        if found is None:
            found = context.beginnings[letters] = self._beginning(context, letters)
            self._count()
        return found

    def word(self, context: Context, word: str) -> tuple[Ratios, Context]:
        """P_dom/P_gen that the next word is this one, and the context after it."""
        found = context.next.get(word)
        if found is None:
            found = context.next[word] = self._word(context, word)
            self._count()
        return found

    def _beginning(self, context: Context, letters: str) -> Beginning:
        known = self._look_up(letters)
        general = self._general.prefix(context.general, letters)
        ratios = self._ratios(
            self._domain.prefix,
            context,
            letters,
            general,
            known.prefix_floor,
            is_rare=known.is_rare_beginning,
        )
        promising = known.promising or self._is_any_rare(self._domain.words_inside(context.domain, letters))
        return Beginning(ratios, known.is_uncertain, promising)

    def _word(self, context: Context, word: str) -> tuple[Ratios, Context]:
        known = self._look_up(word)
        general = self._general.word(context.general, word)
        ratios = self._ratios(
            self._domain.word, context, word, general, known.word_floor, is_rare=known.is_rare
        )
        domain_after = self._domain.after(context.domain, word)
        return ratios, self._context(domain_after, self._general.after(context.general, word))

    def _ratios(
        self,
        expected: Callable[[Any, str], float],
        context: Context,
        letters: str,
        general: float,
        floor: float,
        *,
        is_rare: bool,
    ) -> Ratios:
        """P_dom/P_gen. Both models are open to words that they have not seen; an item that was begun is not."""
        inside = expected(context.inside, letters) if context.begun else 0.0
        outside = expected(context.outside, letters)
        return Ratios(
            self._ratio(inside, general, floor, is_rare=is_rare, is_open=False),
            self._ratio(outside, general, floor, is_rare=is_rare, is_open=True),
        )

    def _ratio(self, domain: float, general: float, floor: float, *, is_rare: bool, is_open: bool) -> float:
        seen = 1 - self._options.unseen
        ratio = (seen * domain + floor * is_open) / (seen * general + floor)
        ratio = min(ratio, self._options.max_ratio)
        return ratio**self._options.rare if is_rare and ratio > 1 else ratio

    def _look_up(self, letters: str) -> _Letters:
        found = self._letters.get(letters)
        if found is None:
            found = self._letters[letters] = self._known(letters)
        return found

    def _known(self, letters: str) -> _Letters:
        """What is expected of a word in neither vocabulary, and whether the general model knows it.

        An unseen word is spelled at random, so the longer a name the less the general model expects it: as the
        recogniser does, to which each odd token of the name is one more surprise. Now and then it is any word of the
        domain, so that P_gen of the longest is not absurdly low.
        """
        words, unseen = self._domain.vocabulary, self._options.unseen
        is_known_beginning, is_known = self._general.expects(letters)
        listed, spelled = _LISTED * unseen, (1 - _LISTED) * unseen
        return _Letters(
            is_rare_beginning=not is_known_beginning,
            is_uncertain=not is_known_beginning and words.begins_item(letters),
            is_rare=not is_known,
            prefix_floor=spelled * self._spelling.prefix(letters) + listed * words.beginning(letters),
            word_floor=spelled * self._spelling.word(letters) + listed * words.whole(letters),
            promising=self._is_any_rare(words.few(letters)),
        )

    def _is_any_rare(self, words: Iterable[str]) -> bool:
        return not all(self._general.expects(word)[1] for word in words)

    def _root(self) -> Context:
        return self._context(self._domain.start(), self._general.start())

    def _context(self, domain: Any, general: History) -> Context:
        """The one context of two histories."""
        key = (domain.nodes, general.nodes)
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = Context(domain, general, self._domain.split(domain))
        return context

    def _count(self) -> None:
        """One more ratio is remembered. When they are too many all are forgotten but those of contexts in use."""
        self._remembered += 1
        if self._remembered < _REMEMBERED:
            return
        self._has_forgotten, self._remembered = True, 0
        for context in list(self._contexts.values()):
            context.next.clear()
        self._contexts.clear()
        self._letters.clear()
        self.root = self._root()
