"""Choosing how far a domain's text may steer the search, or that it does not: by word errors on dev data, without harm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lect.adaptation.language_model import LanguageModel
from lect.adaptation.lm import NGram
from lect.adaptation.mixture import BoundedMixture
from lect.adaptation.options import MixtureOptions
from lect.core.locale import language_of
from lect.engines.contract import Recogniser
from lect.models.bases import Base
from lect.models.domain_text import DomainText
from lect.models.gate import Court, Guard, Judgement, Trial
from lect.models.knowledge import Learned
from lect.models.measuring import Heard
from lect.models.spoken import Utterance
from lect.speech.text.written import WrittenForms

# The most cautious first: of candidates that err equally often the first is taken.
CANDIDATES = tuple(
    MixtureOptions(weight=weight, prior=prior) for prior in (0.1, 0.4) for weight in (0.4, 0.25, 0.55, 0.7)
)
WORSE = "more errors on dev data than without text"
_TASK = "Choosing the weight of the text"


@dataclass(frozen=True, kw_only=True)
class TextTrial:
    """One mixture, and why it does not pass."""

    mixture: MixtureOptions
    dev: Heard  # with text that lacks what dev speakers say, where it can be told apart
    guard: Heard | None = None  # with the text that is served; None where dev data had decided already
    objections: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "weight": self.mixture.weight,
            "prior": self.mixture.prior,
            "dev": self.dev.to_json(),
            "guard": self.guard.to_json() if self.guard else None,
            "objections": list(self.objections),
        }


@dataclass(frozen=True, kw_only=True)
class Round:
    """Mixtures tried with weights that were not taken with text."""

    weights: Trial
    trials: tuple[TextTrial, ...]

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "alpha": self.weights.alpha,
            "shortest_window": self.weights.shortest_window,
            "candidates": [trial.to_json() for trial in self.trials],
        }


@dataclass(frozen=True, kw_only=True)
class Choice:
    """All mixtures next to the model without text, and the one that was taken."""

    before: Heard  # on dev data, without text
    trials: tuple[TextTrial, ...]
    taken: TextTrial | None  # None: the model is better without text
    text: DomainText
    others: tuple[Round, ...] = ()  # tried with other weights

    @property
    def is_harmful(self) -> bool:
        """Whether the text was left out although it helps on dev data."""
        return self.taken is None and WORSE not in self.best.objections

    @property
    def best(self) -> TextTrial:
        """The one with the fewest errors on dev data, whether it passed or not."""
        return _best(self.trials)

    @property
    def after(self) -> Heard:
        """What is served, on dev data."""
        return self.taken.dev if self.taken else self.before

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "taken": self.taken is not None,
            "dev_sentences_left_out": self.text.shared,
            "judged_without_them": not self.text.is_all_shared,
            "candidates": [trial.to_json() for trial in self.trials],
            **({"with_other_weights": [each.to_json() for each in self.others]} if self.others else {}),
        }


def choose_mixture(
    text: DomainText,
    general: NGram,
    base: Base,
    court: Court,
    *,
    weight: int | None = None,
    recogniser: Recogniser | None = None,
    judgement: Judgement | None = None,
) -> Choice:
    """Hear the dev data with every candidate and take the one with the fewest word errors that does no harm.

    A candidate that errs more often on dev data than the model without text, or is worse on the guard than the base by
    more than is allowed, does not pass. Where weights were trained, too, the text is then left out; where there is
    nothing but text, the best on dev data is taken all the same, with what speaks against it.

    Args:
        text: what the candidates know; the model without text knows no terms either
        court: dev data, and how it is heard
        weight: percent; of all candidates those that have it, if it is given
        recogniser: of tuned weights; None for the base's own
        judgement: of these weights, with the guard

    Raises:
        InvalidAudio, LimitExceeded, RecognitionFailed: a recording cannot be heard; its errors would not be the text's.
    """
    tried = mixtures(weight)
    if text.is_all_shared:
        tried = tried[:1]  # with nothing to choose by, the default
    model, rounds = recogniser or base.recogniser, len(tried) + 1
    judged = _Knowing.of(text.judged, general, base, court)
    before = judgement.taken.dev if judgement else court.hear(model, court.dev, what=_TASK, part=(0, rounds))
    trials = [
        _on_dev(mixture, judged.hear(model, court.dev, mixture, part=(at, rounds)), before)
        for at, mixture in enumerate(tried, start=1)
    ]
    if judgement and judgement.guard:
        served = _Knowing.of(text.served, general, base, court)
        trials = _on_guard(trials, served, model, judgement.guard, judgement.guard_before)
    passing = [trial for trial in trials if not trial.objections]
    taken = _best(passing) if passing else None
    if taken is None and judgement is None:
        taken = _best(trials)
    return Choice(before=before, trials=tuple(trials), taken=taken, text=text)


@dataclass(frozen=True, kw_only=True)
class _Knowing:
    """What hears with a domain's text."""

    domain: LanguageModel
    forms: WrittenForms
    general: NGram
    base: Base
    court: Court

    @classmethod
    def of(cls, learned: Learned, general: NGram, base: Base, court: Court) -> _Knowing:
        forms = WrittenForms(
            learned.terms,
            codes=learned.codes,
            language=language_of(court.locale),
            ordinary=general.vocabulary,
        )
        return cls(domain=learned.domain(general), forms=forms, general=general, base=base, court=court)

    def hear(
        self,
        recogniser: Recogniser,
        utterances: Sequence[Utterance],
        mixture: MixtureOptions,
        *,
        what: str = _TASK,
        part: tuple[int, int] = (0, 1),
    ) -> Heard:
        return self.court.hear(
            recogniser,
            utterances,
            scorer=BoundedMixture(self.domain, self.general, pieces=self.base.pieces, options=mixture),
            written=self.forms.written,
            what=what,
            part=part,
        )


def mixtures(weight: int | None) -> tuple[MixtureOptions, ...]:
    """The candidates: all, or those of a weight, percent."""
    if weight is None:
        return CANDIDATES
    priors = dict.fromkeys(candidate.prior for candidate in CANDIDATES)
    return tuple(MixtureOptions(weight=weight / 100, prior=prior) for prior in priors)


def _on_dev(mixture: MixtureOptions, heard: Heard, before: Heard) -> TextTrial:
    worse = heard.errors > before.errors
    return TextTrial(mixture=mixture, dev=heard, objections=(WORSE,) if worse else ())


def _on_guard(
    trials: Sequence[TextTrial], served: _Knowing, recogniser: Recogniser, guard: Guard, before: Heard | None
) -> list[TextTrial]:
    """The same in the same order, heard on the guard in the order of their merit until one passes: the others lose anyway."""
    judged = list(trials)
    for at, trial in sorted(enumerate(trials), key=lambda numbered: numbered[1].dev.errors):
        if trial.objections:
            break
        heard = served.hear(recogniser, guard.utterances, trial.mixture, what="Judging the text on the guard")
        judged[at] = replace(trial, guard=heard, objections=served.court.harm(heard, before))
        if not judged[at].objections:
            break
    return judged


def _best(trials: Sequence[TextTrial]) -> TextTrial:
    """The one with the fewest errors on dev data; of equals the most cautious, which comes first."""
    return min(trials, key=lambda trial: trial.dev.errors)
