"""The domain's language model inside the beam search, as a bounded mixture with the general one.

A speaker either talks about the domain or does not; we do not know which, and it may change with each word. So the text
of a hypothesis is scored by a two-state model: state "domain" emits words by P_dom, state "general" by P_gen, and the
bonus is `weight * log(P_mixture / P_gen)`. Word by word, with p the probability of the domain before the word,

    bonus += weight * log(p * P_dom/P_gen + 1 - p);      p = posterior;      p = (1 - leak) * p + leak * prior

A text that fits gains like a density ratio (`ratios`). A text that does not fit cannot lose: the path that stays general
bounds the bonus of n words from below by `weight * (log(1 - prior) + n * log(1 - leak * prior))`, a small constant per
utterance and under two hundredths of a nat per word, where plain fusion would take several nats for every unknown word.

An item of a list that has been begun is a third state: the matter does not change inside it, and it cannot be left. So when
another word follows, or the text ends, its probability is gone and what its beginning gained is lost: the bonus is again
what the other two states make of the words.

The sentence end is not scored, so that punctuation neither gains nor loses.

The beginning of a name is also that of common words, so a name gains only when it has been written far enough to be told
from them, and may have left the beam by then. A state tells whether its open word may still become such a word of the domain
(`promising`), so that the search can keep some of these beside the beam until it is decided; and how much bonus would be left
if neither an item that was begun nor a rare word of a list came to its end (`certain`), so that the promises of a long list do
not fill the beam. Words of a text promise little: few begin alike where they may follow.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import log
from typing import NamedTuple

from lect.adaptation.language_model import LanguageModel
from lect.adaptation.lm import NGram
from lect.adaptation.options import MixtureOptions
from lect.adaptation.pieces import PieceTable
from lect.adaptation.ratios import Context, Ratios, WordRatios
from lect.adaptation.spelling import Spelling
from lect.adaptation.text import BREAK, STOP

_LEAST = 1e-200  # probability of the general state, whatever was heard


class Boundary(NamedTuple):
    """A hypothesis between two words. The probabilities sum to one, and are kept apart because any may be tiny."""

    context: Context
    inside: float  # probability that an item of the domain has been begun and goes on
    outside: float  # probability of the domain from here on, between items
    general: float
    settled: float  # log-probability ratio of the words so far

    def evidence(self, ratios: Ratios) -> float:
        """How many times likelier than by the general model alone the next word is."""
        return self.inside * ratios.inside + self.outside * ratios.outside + self.general

    def stopped(self) -> Boundary:
        """The hypothesis where no item can go on: what the beginning of one gained is lost with it."""
        if not self.inside:
            return self
        left = self.outside + self.general
        return self._replace(
            inside=0.0,
            outside=self.outside / left,
            general=self.general / left,
            settled=self.settled + log(left),
        )


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
        self._pieces = pieces
        self._ratios = WordRatios(domain, general, options=self.options, spelling=spelling or Spelling())

    @property
    def nbytes(self) -> int:
        """Bytes of memory that are taken by what is remembered, roughly; what was taken once stays with the process."""
        return self._ratios.nbytes

    def start(self) -> State:
        """The empty hypothesis."""
        prior = self.options.prior
        return State(
            Boundary(self._ratios.root, 0.0, prior, 1 - prior, 0.0), "", b"", 0.0, 0.0, promising=False
        )

    def extend(self, state: State, token: int) -> State:
        """The hypothesis after one more text token."""
        child = state.children.get(token)
        if child is None:
            child = state.children[token] = self._extend(state, token)
        return child

    def finish(self, state: State) -> float:
        """The total bonus if the hypothesis ends here, in nats: an open word is taken as finished, an open item is not."""
        before = self._after(state) if state.letters else state.before
        return self.options.weight * before.stopped().settled

    def _extend(self, state: State, token: int) -> State:
        operations, carry = self._pieces.operations(state.carry, token)
        before, letters = state.before, state.letters
        if letters and operations and operations[0] in (BREAK, STOP):
            before, letters = self._after(state), ""
        before, letters = self._read(before, letters, operations)
        stopped = before.stopped()
        total, certain, promising = before.settled, stopped.settled, False
        if letters:
            ratios, is_uncertain, promising = self._ratios.beginning(before.context, letters)
            gained = log(before.evidence(ratios))
            total += gained
            if not is_uncertain:
                certain += gained if stopped is before else log(stopped.evidence(ratios))
        weight = self.options.weight
        return State(before, letters, carry, total * weight, certain * weight, promising=promising)

    def _read(self, before: Boundary, letters: str, operations: Iterable[str]) -> tuple[Boundary, str]:
        """The boundary before the open word, and its letters, after the operations of a token."""
        for operation in operations:
            if operation not in (BREAK, STOP):
                letters = letters + operation if letters else operation.lstrip("'")
                continue
            if letters:
                before, letters = self._end_word(before, letters), ""
            if operation == STOP:
                before = before.stopped()._replace(context=self._ratios.root)
        return before, letters

    def _after(self, state: State) -> Boundary:
        """The hypothesis with its open word as finished: most tokens that are tried begin a new one."""
        if state.after is None:
            state.after = self._end_word(state.before, state.letters)
        return state.after

    def _end_word(self, before: Boundary, letters: str) -> Boundary:
        ratios, after = self._ratios.word(before.context, letters)
        evidence = before.evidence(ratios)
        domain = (before.inside * ratios.inside + before.outside * ratios.outside) / evidence
        outside, general = self._leak(domain * (1 - after.begun), before.general / evidence)
        return Boundary(
            after, domain * after.begun, outside, max(general, _LEAST), before.settled + log(evidence)
        )

    def _leak(self, outside: float, general: float) -> tuple[float, float]:
        """The matter may change between two words, but not inside an item."""
        changing = self.options.leak * (outside + general)
        kept, prior = 1 - self.options.leak, self.options.prior
        return kept * outside + changing * prior, kept * general + changing * (1 - prior)
