"""The domain's language model inside the beam search, as a bounded mixture with the general one.

A speaker either talks about the domain or does not; we do not know which, and it may change with each word. So the text
of a hypothesis is scored by a two-state model: state "domain" emits words by P_dom, state "general" by P_gen, and the
bonus is `weight * log(P_mixture / P_gen)`. Word by word, with p the probability of the domain before the word,

    bonus += weight * log(p * P_dom/P_gen + 1 - p);      p = posterior;      p = (1 - leak) * p + leak * prior

A text that fits gains like a density ratio. A text that does not fit cannot lose: the path that stays general bounds the
bonus of n words from below by `weight * (log(1 - prior) + n * log(1 - leak * prior))`, a small constant per utterance
and under two hundredths of a nat per word, where plain fusion would take several nats for every unknown word.

P_gen is made from a sample and knows common words best. Where a common word follows from the words before, P_gen is far
below what the recogniser itself expects, and a large weight would count that twice. Of a word that the general model does
not know at all (a name, as a rule) the recogniser expects next to nothing: there the ratio is raised to the power `rare`,
which acts as a larger weight for these words alone.

An item of a list that has been begun is a third state: the matter does not change inside it, and it cannot be left. So when
another word follows, or the text ends, its probability is gone and what its beginning gained is lost: the bonus is again
what the other two states make of the words.

A half-written word is scored by the probability of all words that begin so. The sentence end is not scored, so that
punctuation neither gains nor loses.

The beginning of a name is also that of common words, so a name gains only when it has been written far enough to be told
from them, and may have left the beam by then. A state tells whether its open word may still become such a word of the domain
(`promising`), so that the search can keep some of these beside the beam until it is decided; and how much bonus would be left
if neither an item that was begun nor a rare word of a list came to its end (`certain`), so that the promises of a long list do
not fill the beam. Words of a text promise little: few begin alike where they may follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from math import log
from typing import Any, NamedTuple

from lect.adaptation.classes import LanguageModel, Split
from lect.adaptation.inflection import Inflecting
from lect.adaptation.lm import History, NGram
from lect.adaptation.pieces import PieceTable
from lect.adaptation.spelling import Spelling
from lect.adaptation.text import BREAK, STOP
from lect.core.errors import InvalidInput

_LEAST = 1e-200  # probability of the general state, whatever was heard
_LISTED = 0.01  # of unseen words are words of the domain
_REMEMBERED = 20_000  # ratios, of a minute or two of speech
_RATIO_BYTES = 350  # of one, measured, with its share of letters, histories and what the models remember


@dataclass(frozen=True, kw_only=True)
class MixtureOptions:
    """How far the text may steer the search. `weight` and `prior` are chosen per model on a dev set."""

    weight: float = 0.4  # of the bonus against the acoustic score
    prior: float = 0.1  # probability that an utterance begins in the domain
    leak: float = 0.4  # probability per word that the matter changes and the prior holds again
    unseen: float = 1e-3  # probability of a word that a model has not seen, equal for both so that it cancels
    max_ratio: float = 1e6  # largest P_dom/P_gen of one word
    rare: float = 2.5  # power that the ratio of a word has which the general model does not know at all

    def __post_init__(self) -> None:
        ranges = {
            "weight": (0, 10),
            "prior": (0, 0.99),
            "leak": (0, 1),
            "unseen": (1e-9, 0.5),
            "max_ratio": (1, 1e12),
            "rare": (1, 5),
        }
        for name, (low, high) in ranges.items():
            if not low <= getattr(self, name) <= high:
                raise InvalidInput(
                    f"Mixture option {name} is {getattr(self, name)!r}.",
                    hint=f"Give a number from {low} to {high}.",
                )

    def to_json(self) -> dict[str, float]:
        """The options as a JSON object."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> MixtureOptions:
        """The options of a JSON object; what it leaves out has its default.

        Raises:
            InvalidInput: An option is unknown, not a number or out of range.
        """
        known = {field.name for field in fields(cls)}
        values: dict[str, float] = {}
        for name, value in data.items():
            if name not in known or isinstance(value, bool) or not isinstance(value, (int, float)):
                raise InvalidInput(
                    f"Mixture option {name} cannot be {value!r}.", hint=f"Known: {', '.join(sorted(known))}."
                )
            values[name] = float(value)
        return cls(**values)


class _Letters(NamedTuple):
    """What is known of some letters, whatever the words before."""

    is_rare_beginning: bool  # no word of the general model begins so
    is_uncertain: bool  # and an item of a list does: of many that begin so, most do not come
    is_rare: bool  # the general model does not know this word
    prefix_floor: float  # probability that an unseen word begins so
    word_floor: float  # probability that it is exactly this
    promising: bool  # where no item is begun: a word of the domain that is rare begins so


class _Ratios(NamedTuple):
    """P_dom/P_gen of a word, or of the words that begin so."""

    inside: float  # an item that was begun goes on with it
    outside: float  # anything else


class _Beginning(NamedTuple):
    """What letters of an open word mean after some words."""

    ratios: _Ratios
    is_uncertain: bool  # no word of the general model begins so, and an item of a list does
    promising: bool  # a word of the domain that the general model does not know begins so


class _Context:
    """The words before, as both models see them, with the ratios that were asked for."""

    __slots__ = ("beginnings", "domain", "general", "inside", "next", "outside", "share")

    def __init__(self, domain: Any, general: History, split: Split) -> None:
        self.domain = domain
        self.general = general
        self.share, self.inside, self.outside = split
        self.beginnings: dict[str, _Beginning] = {}  # by the letters of an open word
        self.next: dict[str, tuple[_Ratios, _Context]] = {}  # by a finished word, with the context after it


class Boundary(NamedTuple):
    """A hypothesis between two words. The probabilities sum to one, and are kept apart because any may be tiny."""

    context: _Context
    inside: float  # probability that an item of the domain has been begun and goes on
    outside: float  # probability of the domain from here on, between items
    general: float
    settled: float  # log-probability ratio of the words so far


class State:
    """A partial hypothesis. `total` is its bonus so far in nats, weight and look-ahead included; `certain` without look-ahead."""

    __slots__ = ("after", "before", "carry", "certain", "children", "letters", "promising", "total")

    def __init__(
        self, before: Boundary, letters: str, carry: bytes, total: float, certain: float, *, promising: bool
    ) -> None:
        self.before = before  # the word that is not finished
        self.letters = letters  # of that word
        self.carry = carry  # bytes that wait for the next token
        self.total = total
        self.certain = certain
        self.promising = promising  # the open word may become one for which the bonus is yet to come
        self.children: dict[int, State] = {}
        self.after: Boundary | None = None  # the open word, taken as finished, once that was asked for


class BoundedMixture:
    """A `Scorer` for the engines' beam search: one domain model against the general model of the base.

    Deterministic, and safe to share between threads: what it remembers only saves time.
    """

    _remembered = 0  # ratios
    _has_forgotten = False

    def __init__(
        self,
        domain: LanguageModel,
        general: NGram,
        *,
        pieces: PieceTable,
        options: MixtureOptions | None = None,
        spelling: Spelling | None = None,
    ) -> None:
        """Put a scorer together.

        Args:
            domain: Made of the user's data.
            general: The base's own language (`general.train`), shared by all models of that base.
            pieces: The base's tokens, shared likewise.
            options: Strength and caution.
            spelling: How words that a model has not seen are spelled.
        """
        self.options = options or MixtureOptions()
        self._domain = domain
        self._general = Inflecting(general)
        self._pieces = pieces
        self._spelling = spelling or Spelling()
        self._letters: dict[str, _Letters] = {}
        self._contexts: dict[tuple[Any, tuple[int, ...]], _Context] = {}
        self._root = self._context(domain.start(), general.start())

    def __del__(self) -> None:
        """Part contexts that lead to each other, so that the language model they hold is free with its last user."""
        for context in self._contexts.values():
            context.next.clear()

    @property
    def nbytes(self) -> int:
        """Bytes of memory that are taken by what is remembered, roughly; what was taken once stays with the process."""
        return _RATIO_BYTES * (_REMEMBERED if self._has_forgotten else self._remembered)

    def start(self) -> State:
        """The empty hypothesis."""
        prior = self.options.prior
        return State(Boundary(self._root, 0.0, prior, 1 - prior, 0.0), "", b"", 0.0, 0.0, promising=False)

    def extend(self, state: State, token: int) -> State:
        """The hypothesis after one more text token."""
        child = state.children.get(token)
        if child is None:
            child = state.children[token] = self._extend(state, token)
        return child

    def finish(self, state: State) -> float:
        """The total bonus if the hypothesis ends here, in nats: an open word is taken as finished, an open item is not."""
        before = self._after(state) if state.letters else state.before
        return self.options.weight * _stopped(before).settled

    def _extend(self, state: State, token: int) -> State:
        operations, carry = self._pieces.operations(state.carry, token)
        before, letters = state.before, state.letters
        if letters and operations and operations[0] in (BREAK, STOP):
            before, letters = self._after(state), ""
        for operation in operations:
            if operation not in (BREAK, STOP):
                letters = letters + operation if letters else operation.lstrip("'")
                continue
            if letters:
                before, letters = self._end_word(before, letters), ""
            if operation == STOP:
                before = _stopped(before)._replace(context=self._root)
        stopped = _stopped(before)
        total, certain, promising = before.settled, stopped.settled, False
        if letters:
            ratios, is_uncertain, promising = self._beginning(before.context, letters)
            gained = log(_evidence(before, ratios))
            total += gained
            if not is_uncertain:
                certain += gained if stopped is before else log(_evidence(stopped, ratios))
        weight = self.options.weight
        return State(before, letters, carry, total * weight, certain * weight, promising=promising)

    def _after(self, state: State) -> Boundary:
        """The hypothesis with its open word as finished: most tokens that are tried begin a new one."""
        if state.after is None:
            state.after = self._end_word(state.before, state.letters)
        return state.after

    def _end_word(self, before: Boundary, letters: str) -> Boundary:
        ratios, after = self._finish_word(before.context, letters)
        evidence = _evidence(before, ratios)
        domain = (before.inside * ratios.inside + before.outside * ratios.outside) / evidence
        outside, general = self._leak(domain * (1 - after.share), before.general / evidence)
        return Boundary(
            after, domain * after.share, outside, max(general, _LEAST), before.settled + log(evidence)
        )

    def _leak(self, outside: float, general: float) -> tuple[float, float]:
        """The matter may change between two words, but not inside an item."""
        changing = self.options.leak * (outside + general)
        kept, prior = 1 - self.options.leak, self.options.prior
        return kept * outside + changing * prior, kept * general + changing * (1 - prior)

    def _beginning(self, context: _Context, letters: str) -> _Beginning:
        """What it means that the next word begins with these letters."""
        found = context.beginnings.get(letters)
        if found is None:
            known = self._look_up(letters)
            ratios = self._ratios(
                self._domain.prefix,
                context,
                letters,
                self._general.prefix(context.general, letters),
                known.prefix_floor,
                is_rare=known.is_rare_beginning,
            )
            promising = known.promising or self._is_any_rare(
                self._domain.words_inside(context.domain, letters)
            )
            found = context.beginnings[letters] = _Beginning(ratios, known.is_uncertain, promising)
            self._count()
        return found

    def _is_any_rare(self, words: Iterable[str]) -> bool:
        return not all(self._general.expects(word)[1] for word in words)

    def _finish_word(self, context: _Context, word: str) -> tuple[_Ratios, _Context]:
        """P_dom/P_gen that the next word is this one, and the context after it."""
        found = context.next.get(word)
        if found is None:
            known = self._look_up(word)
            ratios = self._ratios(
                self._domain.word,
                context,
                word,
                self._general.word(context.general, word),
                known.word_floor,
                is_rare=known.is_rare,
            )
            after = self._context(
                self._domain.after(context.domain, word),
                self._general.after(context.general, word),
            )
            found = context.next[word] = (ratios, after)
            self._count()
        return found

    def _ratios(
        self,
        expected: Callable[[Any, str], float],
        context: _Context,
        letters: str,
        general: float,
        floor: float,
        *,
        is_rare: bool,
    ) -> _Ratios:
        """P_dom/P_gen. Both models are open to words that they have not seen; an item that was begun is not."""
        inside = expected(context.inside, letters) if context.share else 0.0
        outside = expected(context.outside, letters)
        return _Ratios(
            self._ratio(inside, general, floor, is_rare=is_rare, is_open=False),
            self._ratio(outside, general, floor, is_rare=is_rare, is_open=True),
        )

    def _ratio(self, domain: float, general: float, floor: float, *, is_rare: bool, is_open: bool) -> float:
        seen = 1 - self.options.unseen
        ratio = (seen * domain + floor * is_open) / (seen * general + floor)
        ratio = min(ratio, self.options.max_ratio)
        return ratio**self.options.rare if is_rare and ratio > 1 else ratio

    def _look_up(self, letters: str) -> _Letters:
        """What is expected of a word in neither vocabulary, and whether the general model knows it.

        An unseen word is spelled at random, so the longer a name the less the general model expects it: as the
        recogniser does, to which each odd token of the name is one more surprise. Now and then it is any word of the
        domain, so that P_gen of the longest is not absurdly low.
        """
        found = self._letters.get(letters)
        if found is None:
            begins, is_word = self._domain.share(letters)
            is_known_beginning, is_known = self._general.expects(letters)
            listed = _LISTED * self.options.unseen
            spelled = (1 - _LISTED) * self.options.unseen
            found = _Letters(
                not is_known_beginning,
                not is_known_beginning and self._domain.begins_item(letters),
                not is_known,
                spelled * self._spelling.prefix(letters) + listed * begins,
                spelled * self._spelling.word(letters) + listed * is_word,
                self._is_any_rare(self._domain.words(letters)),
            )
            self._letters[letters] = found
        return found

    def _context(self, domain: Any, general: History) -> _Context:
        """The one context of two histories."""
        key = (domain.nodes, general.nodes)
        context = self._contexts.get(key)
        if context is None:
            context = self._contexts[key] = _Context(domain, general, self._domain.split(domain))
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
        self._root = self._context(self._domain.start(), self._general.start())


def _evidence(before: Boundary, ratios: _Ratios) -> float:
    """How many times likelier than by the general model alone the next word is."""
    return before.inside * ratios.inside + before.outside * ratios.outside + before.general


def _stopped(before: Boundary) -> Boundary:
    """The hypothesis where no item can go on: what the beginning of one gained is lost with it."""
    if not before.inside:
        return before
    left = before.outside + before.general
    return before._replace(
        inside=0.0,
        outside=before.outside / left,
        general=before.general / left,
        settled=before.settled + log(left),
    )
