"""How far a tuned model may go from its base: what helps on dev data and does no harm elsewhere.

Every candidate is heard as it would be served, but for text, which joins afterwards and is judged in the same way
(`lect.models.tuning`). What passes must be better than the start on dev data, by more than one in ten useless candidates would
be by chance (of several the best is taken, so that more than one in ten useless trainings may pass: they are parts of one model
and err alike, but not wholly), and on the guard worse than the base by a few tenths of a point at the most: the base, not the
start, so that harm does not add up from one training to the next. If nothing passes, there is no model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lect.core.errors import InvalidDataset
from lect.core.progress import Progress, silent
from lect.core.words import counted
from lect.engines.contract import Recogniser, Scorer
from lect.models.measuring import Heard, hear, score
from lect.models.spoken import Spoken, Utterance
from lect.speech.audio import AudioDecoder
from lect.speech.scoring.intervals import FEWEST_BLOCKS, Blocks, Recorded
from lect.speech.text import normaliser

ALPHAS = (0.3, 0.5, 0.7, 1.0)
LAST_RESORT = 0.15  # tried where all of these lose too much elsewhere: a smaller gain is better than none
UNPROVEN = 0.5  # the largest alpha where no real speech shows that it does no harm
FEWEST_WORDS = 200  # of a guard that can show it: one error of these is half a point
ALLOWED_HARM = 0.5  # points of guard WER
# Points heard otherwise in synthetic voices for a point of WER lost on real speech: there every change counts, for better or
# worse, and such voices are fragile. Measured on speech of other domains, 5 to 20 minutes of orders, tiny.en.
MOVEMENT = 6.0
CHANCE = 0.2  # two-sided p of a gain, from which on it is put down to chance; 0.05 asks for more dev data than most people have
_TASK = "Choosing how far to go"

Load = Callable[[float, float | None], Recogniser]
"""The model with a part of what was learned (alpha), heard with windows of at least so many seconds (None: as the base)."""


@dataclass(frozen=True, kw_only=True)
class Guard:
    """Speech of other domains, on which a model is not to become worse."""

    utterances: Sequence[Spoken]
    synthetic: bool = False  # judged by what the base hears in it: voices like these hide harm and gains
    locale: str = "en-US"  # by which words are counted

    @property
    def vouches(self) -> bool:
        """Whether it can show that a model does no harm: real speech, and so much that little harm would be seen."""
        rules = normaliser(self.locale)
        words = sum(len(rules.words(each.transcript)) for each in self.utterances)
        blocks = len(set(Blocks.of(self.utterances).names))
        return not self.synthetic and words >= FEWEST_WORDS and blocks >= FEWEST_BLOCKS


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
    """All candidates beside the models that they are compared with, and the one that was taken, if any passed."""

    dev_before: Heard  # of the start
    guard_before: Heard | None  # of the base
    guard: Guard | None  # with what is right for it
    trials: tuple[Trial, ...]
    chosen: Trial | None
    given_up: Trial | None = None  # the best alone, with which text would do harm

    @property
    def doubt(self) -> str:
        """Why no larger part was tried, where that is for a guard of real speech that is too small."""
        guard = self.guard
        is_small = guard is not None and not guard.synthetic and not guard.vouches
        if not is_small or any(trial.alpha > UNPROVEN for trial in self.trials):
            return ""
        return (
            f"no more than alpha {UNPROVEN:g} was tried, because a guard of fewer than {FEWEST_WORDS} words or {FEWEST_BLOCKS} "
            "recordings hides small harm"
        )

    @property
    def nearer(self) -> Judgement | None:
        """The same with what changes less and passed, too: windows that are not cut, or the next smaller part; None: there is none."""
        is_cut = self.taken.shortest_window is not None
        passed = [
            trial
            for trial in self.trials
            if not trial.objections
            and trial.shortest_window is None
            and (trial.alpha < self.taken.alpha or (is_cut and trial.alpha == self.taken.alpha))
        ]
        chosen = max(passed, key=lambda trial: trial.alpha, default=None)
        return replace(self, chosen=chosen, given_up=self.given_up or self.chosen) if chosen else None

    @property
    def taken(self) -> Trial:
        """The one that was taken.

        Raises:
            LookupError: none passed.
        """
        if self.chosen is None:
            raise LookupError("no candidate passed")
        return self.chosen


@dataclass(frozen=True, kw_only=True)
class Court:
    """The data that candidates are judged by."""

    dev: Sequence[Utterance]
    guard: Guard | None
    locale: str
    decoder: AudioDecoder
    threads: int = 1
    allow_harm: float = ALLOWED_HARM
    has_cut_windows: bool = True  # whether windows of the audio's own length were learned from, so that the end of speech is known
    progress: Progress = silent

    @property
    def tries_cut_windows(self) -> bool:
        """Whether to try windows of the audio's own length, which are cheaper: they lose words of other domains, which dev data do
        not show, nor synthetic voices (decision 20).
        """
        return self.has_cut_windows and self.guard is not None and self.guard.vouches

    def judge(
        self, start: Recogniser, load: Load, *, base: Recogniser, alpha: float | None = None
    ) -> Judgement:
        """Try candidates and take the best of those that pass.

        Args:
            start: what training began with, which gains are measured from
            load: gives a candidate
            base: what harm is measured from; the start, if nothing was trained before
            alpha: the only one to try; None for the usual ones
        """
        alphas = self.alphas(alpha)
        each_model = 2 if self.guard else 1  # hearings of it
        rounds = each_model * (1 + len(alphas) + 1 + self.tries_cut_windows)
        dev_before = self.hear(start, self.dev, part=(0, rounds))
        guard, guard_before = self._hear_guard_before(base, part=(1, rounds))
        court = replace(self, guard=guard)
        trials = []
        for at, each in enumerate(alphas, start=1):
            trial = court._trial(load, each, None, part=(each_model * at, rounds))
            trials.append(court._with_objections(trial, dev_before, guard_before))
        nearest = min(trials, key=lambda trial: trial.alpha)
        goes_too_far = nearest.objections and nearest.objections == court.harm(nearest.guard, guard_before)
        if goes_too_far and self.dev and alpha is None:
            trial = court._trial(load, LAST_RESORT, None, part=(each_model * (1 + len(alphas)), rounds))
            trials.append(court._with_objections(trial, dev_before, guard_before))
        chosen = _best(trials)
        if chosen and self.tries_cut_windows:
            cut = court._trial(load, chosen.alpha, 0.0, part=(rounds - each_model, rounds))
            trials.append(court._with_objections(cut, dev_before, guard_before))
            chosen = trials[-1] if _is_no_worse(trials[-1], chosen) else chosen
        self.progress(_TASK, 1.0)
        return Judgement(
            dev_before=dev_before,
            guard_before=guard_before,
            guard=guard,
            trials=tuple(trials),
            chosen=chosen,
        )

    def alphas(self, alpha: float | None = None) -> list[float]:
        """The candidates: one that is given, else those that the guard can vouch for; half way if nothing tells more from less."""
        if alpha is not None or not self.dev:
            return [UNPROVEN if alpha is None else alpha]
        farthest = 1.0 if self.guard and self.guard.vouches else UNPROVEN
        return [each for each in ALPHAS if each <= farthest]

    def hear(
        self,
        recogniser: Recogniser,
        utterances: Sequence[Utterance],
        *,
        scorer: Scorer | None = None,
        written: Callable[[str], str] = str,
        what: str = _TASK,
        part: tuple[int, int] = (0, 1),
    ) -> Heard:
        """How often a model errs.

        Args:
            scorer: steers its search
            written: makes of what it hears what is served
            what: is being done, to be told
            part: which of how many such hearings it is
        """
        at, rounds = part
        return self._score(
            map(written, self._texts(recogniser, utterances, scorer)),
            utterances,
            lambda done: self.progress(what, (at + done) / rounds),
        )

    def harm(self, guard: Heard | None, before: Heard | None) -> tuple[str, ...]:
        """What the guard says against a model, if it says anything."""
        if guard is None or before is None:
            return ()
        harm, allowed = 100 * (guard.wer - before.wer), f"{self.allowed:g} are allowed"
        if self.guard and self.guard.synthetic:
            objection = f"{harm:.1f} points heard otherwise than by the base in the built-in guard, {allowed}"
        else:
            objection = f"{harm:.1f} points worse on the guard, {allowed}"
        return (objection,) if harm > self.allowed else ()

    @property
    def allowed(self) -> float:
        """Points by which the guard's rate may rise: of the WER, or of what is heard otherwise in synthetic voices."""
        return self.allow_harm * (MOVEMENT if self.guard and self.guard.synthetic else 1)

    def _hear_guard_before(
        self, base: Recogniser, *, part: tuple[int, int]
    ) -> tuple[Guard | None, Heard | None]:
        """The guard with what is right for it, and how often the base errs: in synthetic speech never."""
        if self.guard is None:
            return None, None
        utterances = self.guard.utterances
        if self.guard.synthetic:
            texts = list(self._texts(base, utterances))
            right = [replace(each, transcript=text) for each, text in zip(utterances, texts, strict=True)]
            return replace(self.guard, utterances=right), self._score(texts, right)
        return self.guard, self.hear(base, utterances, part=part)

    def _trial(self, load: Load, alpha: float, window: float | None, *, part: tuple[int, int]) -> Trial:
        recogniser, (at, rounds) = load(alpha, window), part
        dev = self.hear(recogniser, self.dev, part=part)
        guard = None
        if self.guard:
            guard = self.hear(recogniser, self.guard.utterances, part=(at + 1, rounds))
        return Trial(alpha=alpha, shortest_window=window, dev=dev, guard=guard)

    def _texts(
        self, recogniser: Recogniser, utterances: Sequence[Utterance], scorer: Scorer | None = None
    ) -> Iterator[str]:
        return hear(
            recogniser,
            utterances,
            locale=self.locale,
            decoder=self.decoder,
            threads=self.threads,
            scorer=scorer,
        )

    def _score(
        self,
        texts: Iterable[str],
        utterances: Sequence[Utterance],
        progress: Callable[[float], object] = lambda done: None,
    ) -> Heard:
        right = [utterance.transcript for utterance in utterances]
        counts = score(texts, right, locale=self.locale, progress=progress)
        return Heard(counts=counts, blocks=Blocks.of(utterances).names)

    def _with_objections(self, trial: Trial, dev_before: Heard, guard_before: Heard | None) -> Trial:
        objections = []
        if self.dev:
            gain = trial.dev.against(dev_before)
            if gain.delta >= 0:
                objections.append("no better on dev data")
            elif gain.p is None or gain.p > CHANCE:
                objections.append("no better on dev data beyond chance")
        return replace(trial, objections=(*objections, *self.harm(trial.guard, guard_before)))


def require_judges(dev: Sequence[Recorded], name: str, *, hint: str) -> None:
    """Make sure that dev data can tell a gain from chance: without that no candidate passes, however good it is.

    What counts is what may go wrong by itself: recordings, since fewer speakers than that do not stand for theirs.

    Args:
        name: of the data
        hint: what helps

    Raises:
        InvalidDataset: it cannot.
    """
    recordings = len(set(Blocks.of(dev).names))
    if recordings < FEWEST_BLOCKS:
        raise InvalidDataset(
            f"{name}: {counted(recordings, 'recording')} of dev data cannot tell a gain from chance, so whatever is learned would be "
            f"refused; at least {FEWEST_BLOCKS} are needed",
            hint=hint,
        )


def _best(trials: Sequence[Trial]) -> Trial | None:
    """The one with the fewest errors on dev data of those that pass; of equals the one nearest to the base."""
    passing = [trial for trial in trials if not trial.objections]
    return min(passing, key=lambda trial: (trial.dev.errors, trial.alpha), default=None)


def _is_no_worse(cut: Trial, full: Trial) -> bool:
    """Whether windows of the audio's own length err no more often, on dev data nor on the guard."""
    sets = ((cut.dev, full.dev), (cut.guard, full.guard))
    return not cut.objections and all(a.errors <= b.errors for a, b in sets if a and b)
