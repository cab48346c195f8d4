"""How far a tuned model may go from its base: what helps on dev data and does no harm elsewhere.

Every candidate is heard as it would be served, but for text, which joins afterwards. What passes must be better than the
start on dev data, by more than one in ten useless models would be by chance, and on the guard worse by a few tenths of a
point at the most. If nothing passes, there is no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lect.core.progress import Progress, silent
from lect.engines.contract import Recogniser
from lect.models.measuring import hear, score, total
from lect.models.spoken import Utterance
from lect.speech.audio import AudioDecoder
from lect.speech.scoring import ErrorCounts
from lect.speech.scoring.intervals import (
    Blocks,
    Difference,
    Interval,
    block_bootstrap,
    paired_block_bootstrap,
)

ALPHAS = (0.3, 0.5, 0.7, 1.0)
UNPROVEN = 0.5  # the largest alpha where no real speech shows that it does no harm
ALLOWED_HARM = 0.5  # points of guard WER
CHANCE = 0.2  # two-sided p of a gain, from which on it is put down to chance; 0.05 asks for more dev data than most people have
_TASK = "Choosing how far to go"

Load = Callable[[float, float | None], Recogniser]
"""The model with a part of what was learned (alpha), heard with windows of at least so many seconds (None: as the base)."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Speech of other domains, on which a model is not to become worse."""

    utterances: Sequence[Utterance]
    synthetic: bool = False  # judged by what the start hears in it: voices like these hide harm and gains


@dataclass(frozen=True, kw_only=True)
class Heard:
    """Word errors of one model on one set."""

    counts: Sequence[ErrorCounts] = field(repr=False)
    blocks: Sequence[str] = field(repr=False)

    @property
    def wer(self) -> float:
        """Errors by words."""
        return total(self.counts).rate

    @property
    def errors(self) -> int:
        """All of them."""
        return total(self.counts).errors

    @property
    def interval(self) -> Interval | None:
        """95 % of the WER; None where there are too few speakers or files to tell."""
        return block_bootstrap(self._errors, self._words, self.blocks)

    def against(self, before: Heard) -> Difference:
        """How much better (below zero) or worse it is than another model."""
        return paired_block_bootstrap(before._errors, self._errors, self._words, self.blocks)

    @property
    def _errors(self) -> list[int]:
        return [count.errors for count in self.counts]

    @property
    def _words(self) -> list[int]:
        return [count.words for count in self.counts]

    def to_json(self) -> dict[str, Any]:
        """The rate with its interval, in ratios."""
        interval = self.interval
        ends = [round(interval.low, 6), round(interval.high, 6)] if interval else None
        return {"wer": round(self.wer, 6), "wer_ci": ends}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One candidate, and why it does not pass."""

    alpha: float
    shortest_window: float | None = None
    dev: Heard
    guard: Heard | None
    objections: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "alpha": self.alpha,
            "shortest_window": self.shortest_window,
            "dev": self.dev.to_json(),
            "guard": self.guard.to_json() if self.guard else None,
            "objections": list(self.objections),
        }


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """All candidates beside the model that they started from, and the one that was taken, if any passed."""

    dev_before: Heard
    guard_before: Heard | None
    synthetic: bool
    trials: tuple[Trial, ...]
    chosen: Trial | None

    @property
    def taken(self) -> Trial:
        """The one that was taken.

        Raises:
            LookupError: none passed.
        """
        if self.chosen is None:
            raise LookupError("no candidate passed")
        return self.chosen

    def to_json(self) -> dict[str, Any]:
        """Scores for the manifest."""
        guard = None
        if self.guard_before and self.chosen and self.chosen.guard:
            guard = {
                "synthetic": self.synthetic,
                "utterances": len(self.guard_before.counts),
                "words": total(self.guard_before.counts).words,
                "before": self.guard_before.to_json(),
                "after": self.chosen.guard.to_json(),
            }
        return {
            "dev": {
                "utterances": len(self.dev_before.counts),
                "words": total(self.dev_before.counts).words,
                "before": self.dev_before.to_json(),
                "after": self.chosen.dev.to_json() if self.chosen else None,
            },
            "guard": guard,
            "candidates": [trial.to_json() for trial in self.trials],
        }


@dataclass(frozen=True, kw_only=True)
class Court:
    """The data that candidates are judged by."""

    dev: Sequence[Utterance]
    guard: Guard | None
    locale: str
    decoder: AudioDecoder
    threads: int = 1
    allow_harm: float = ALLOWED_HARM
    progress: Progress = silent

    def judge(self, start: Recogniser, load: Load, *, alpha: float | None = None) -> Judgement:
        """Try candidates and take the best of those that pass.

        Args:
            start: what training began with
            load: gives a candidate
            alpha: the only one to try; None for the usual ones
        """
        alphas = self.alphas(alpha)
        rounds = len(alphas) + 2
        references = self._guard_references(start)
        dev_before, guard_before = self._hear(start, references, 0, rounds)
        trials = []
        for at, each in enumerate(alphas, start=1):
            dev, guard = self._hear(load(each, None), references, at, rounds)
            trial = Trial(alpha=each, dev=dev, guard=guard)
            trials.append(self._with_objections(trial, dev_before, guard_before))
        chosen = _best(trials)
        if chosen:
            dev, guard = self._hear(load(chosen.alpha, 0.0), references, rounds - 1, rounds)
            cut = Trial(alpha=chosen.alpha, shortest_window=0.0, dev=dev, guard=guard)
            trials.append(self._with_objections(cut, dev_before, guard_before))
            chosen = trials[-1] if _is_no_worse(trials[-1], chosen) else chosen
        return Judgement(
            dev_before=dev_before,
            guard_before=guard_before,
            synthetic=bool(self.guard and self.guard.synthetic),
            trials=tuple(trials),
            chosen=chosen,
        )

    def alphas(self, alpha: float | None = None) -> list[float]:
        """The candidates: one that is given, else those that the guard can vouch for."""
        if alpha is not None:
            return [alpha]
        farthest = 1.0 if self.guard and not self.guard.synthetic else UNPROVEN
        return [each for each in ALPHAS if each <= farthest]

    def _guard_references(self, start: Recogniser) -> list[str]:
        if self.guard is None:
            return []
        if self.guard.synthetic:
            return list(self._texts(start, self.guard.utterances))
        return [utterance.transcript for utterance in self.guard.utterances]

    def _hear(
        self, recogniser: Recogniser, references: Sequence[str], at: int, rounds: int
    ) -> tuple[Heard, Heard | None]:
        guard = self.guard.utterances if self.guard else ()
        everything = [*self.dev, *guard]

        def tell(done: float) -> None:
            self.progress(_TASK, (at + done) / rounds)

        counts = score(
            self._texts(recogniser, everything),
            [*(utterance.transcript for utterance in self.dev), *references],
            locale=self.locale,
            progress=tell,
        )
        n = len(self.dev)
        dev = Heard(counts=counts[:n], blocks=Blocks.of(self.dev).names)
        return dev, Heard(counts=counts[n:], blocks=Blocks.of(guard).names) if guard else None

    def _texts(self, recogniser: Recogniser, utterances: Sequence[Utterance]) -> Iterator[str]:
        return hear(recogniser, utterances, locale=self.locale, decoder=self.decoder, threads=self.threads)

    def _with_objections(self, trial: Trial, dev_before: Heard, guard_before: Heard | None) -> Trial:
        objections = []
        gain = trial.dev.against(dev_before)
        if gain.delta >= 0:
            objections.append("no better on dev data")
        elif gain.p is None or gain.p > CHANCE:
            objections.append("no better on dev data beyond chance")
        if trial.guard and guard_before:
            harm = 100 * (trial.guard.wer - guard_before.wer)
            if harm > self.allow_harm:
                objections.append(f"{harm:.1f} points worse on the guard, {self.allow_harm:g} are allowed")
        return replace(trial, objections=tuple(objections))


def _best(trials: Sequence[Trial]) -> Trial | None:
    """The one with the fewest errors on dev data of those that pass; of equals the one nearest to the base."""
    passing = [trial for trial in trials if not trial.objections]
    return min(passing, key=lambda trial: (trial.dev.errors, trial.alpha), default=None)


def _is_no_worse(cut: Trial, full: Trial) -> bool:
    """Whether hearing windows of the audio's own length, which is cheaper, errs no more often."""
    return not cut.objections and cut.dev.errors <= full.dev.errors
