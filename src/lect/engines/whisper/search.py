"""Beam search over one utterance: numbers in, hypotheses out; no model in sight.

The caller runs the decoder and hands each step's best tokens to `BeamSearch.advance`, which answers with the rows to run next.
Scores are natural logarithms. While all hypotheses are equally long they are ranked by acoustic log-probability + text bonus;
those that have ended by acoustic log-probability / own length + text bonus / one length for all. A bonus divided by the own
length would be the larger the shorter the text: words that text does not help would be left out.

A bonus may be a promise: of a name that only begins as what was said. Some places of the beam are for the best without
promises, or a long list of names would crowd out what is said, and be found wrong only when nothing else is left. Beside
the beam goes on the one that sound alone likes best: a hypothesis that leaves out words comes to a name, and to its bonus,
some steps before the one that says them all, which may be no worse and must not be lost meanwhile. And so do a few which the
scorer calls promising: inside a name, where acoustic scores are poor token by token and the bonus comes late. They end or
enter the beam by their totals, as all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from heapq import nlargest
from itertools import islice, takewhile
from typing import Any

import numpy as np
import numpy.typing as npt

from lect.engines.contract import Scorer

from .repeats import REPEAT_TOKENS, repeats, said_once
from .weights import Array

CUT_END = -1.0  # log-probability given to ending a hypothesis where its repeat began

IMPROBABLE = -14.0  # a next token below this is never looked at, whatever the text says
HOPELESS = 12.0  # nats: of continuations so far below the best the text is not asked; at usual weights it lifts none of them

Candidate = tuple[float, int, int, float, Any]
"""A continuation: its total, the row that it continues, the token, the token's log-probability, the scorer's state."""


@dataclass(frozen=True, kw_only=True)
class SearchOptions:
    """How wide and how long to search."""

    beam: int = 5
    certain: int = 2  # places of it for the best by what text has given, not by what it promises
    candidates: int = 12  # best next tokens looked at in each row ...
    candidates_with_text: int = 32  # ... and where a scorer may lift what the model alone ranks low
    promising: int = 2  # hypotheses that are kept beside the beam because they promise a name ...
    deficit: float = 6.0  # ... where they are at most so many nats below the best
    longest: int = 220  # tokens
    patience: float = 2.0  # stop when so many beams of hypotheses have ended

    @property
    def certain_places(self) -> int:
        """As many of the `certain` as the beam has places behind the best of all, which always stays."""
        return min(self.certain, self.beam - 1)

    def rows(self, scorer: Scorer | None) -> int:
        """The most hypotheses that are open at once."""
        return self.beam + (self.promising + 1 if scorer else 0)  # one by sound alone

    def width(self, scorer: Scorer | None) -> int:
        """How many next tokens to ask the decoder for."""
        return max(self.candidates if scorer is None else self.candidates_with_text, self.beam + 1)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A text so far. Tuples have an entry a token."""

    tokens: tuple[int, ...]
    log_probs: tuple[float, ...]
    frames: tuple[int, ...]  # where the attention was when the token was chosen, frames of 20 ms
    places: tuple[tuple[int, int], ...]  # (step, row) that chose it, to find its attention again
    log_prob: float  # acoustic alone
    state: Any  # the scorer's

    @property
    def bonus(self) -> float:
        return 0.0 if self.state is None else float(self.state.total)

    @property
    def total(self) -> float:
        return self.log_prob + self.bonus


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A hypothesis that ended."""

    tokens: tuple[int, ...]
    log_probs: tuple[float, ...]
    places: tuple[tuple[int, int], ...]  # of the tokens and, unless the text was cut, of its end
    log_prob: float  # acoustic, the end included
    bonus: float  # of the text
    score: float = 0.0  # per token, bonus included: what ranks
    cut: bool = False  # it ended because it began to repeat itself

    @property
    def mean_log_prob(self) -> float:
        return self.log_prob / (len(self.tokens) + 1)


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the decoder said for each row. k tokens a row, best first."""

    log_probs: npt.NDArray[np.float32]  # shape = (rows, k)
    tokens: npt.NDArray[np.int64]  # shape = (rows, k)
    end: npt.NDArray[np.float32]  # log-probability of the end, shape = (rows,)
    frames: npt.NDArray[np.int64]  # the loudest attention, shape = (rows,)


class BeamSearch:
    """One utterance's search. `rows` tells the caller what to run; `done` holds what has ended."""

    def __init__(
        self, options: SearchOptions, *, end: int, folds: Sequence[int], scorer: Scorer | None
    ) -> None:
        """
        Args:
            end: the token that ends a text
            folds: per token the number of its class of equals, so that " The" repeats "the"
        """
        self._options, self._end, self._folds, self._scorer = options, end, folds, scorer
        state = scorer.start() if scorer else None
        self._open = [Hypothesis(tokens=(), log_probs=(), frames=(), places=(), log_prob=0.0, state=state)]
        self._steps = 0
        self.done: list[Finished] = []

    @property
    def rows(self) -> list[int]:
        """The token that each open hypothesis ended in."""
        return [hypothesis.tokens[-1] for hypothesis in self._open]

    def advance(self, step: Step) -> list[int]:
        """Take one step's answer.

        Returns:
            for each new open hypothesis the row it came from; empty when the search is over.
        """
        chosen = self._choose(step)
        self._steps += 1
        parents = []
        opened: list[Hypothesis] = []
        for row, hypothesis in chosen:
            repeated = self._cut_repeat(hypothesis)
            if repeated is None:
                opened.append(hypothesis)
                parents.append(row)
            else:
                self.done.append(repeated)
        self._open = opened
        if self._over():
            ranked = [replace(finished, score=self._score(finished)) for finished in self.done]
            self.done = sorted(ranked, key=lambda finished: -finished.score)
            return []
        return parents

    def _score(self, finished: Finished) -> float:
        return finished.mean_log_prob + finished.bonus / (self._steps + 1)

    def _choose(self, step: Step) -> list[tuple[int, Hypothesis]]:
        """The best continuations with their rows, at most `rows` of them; those that end go to `done`."""
        candidates: list[Candidate] = []
        best = max(each.total + float(row[0]) for each, row in zip(self._open, step.log_probs, strict=True))
        for row, hypothesis in enumerate(self._open):
            self._extend(candidates, row, hypothesis, step, least=best - HOPELESS)
        candidates.sort(key=lambda candidate: -candidate[0])
        heard = max(candidates, key=self._heard, default=None) if self._scorer else None
        beam, rest = self._part(candidates, heard)
        if self._scorer and beam:
            likely = self._options.beam - self._options.certain_places
            least = beam[0][0] - self._options.deficit
            beam[likely:] = self._beside(beam[likely:] + rest, heard, least=least)
        return [(candidate[1], self._append(candidate, step)) for candidate in beam]

    def _heard(self, candidate: Candidate) -> float:
        """What sound alone gives to a continuation."""
        _, row, _, log_prob, _ = candidate
        return self._open[row].log_prob + log_prob

    def _part(
        self, candidates: Sequence[Candidate], heard: Candidate | None
    ) -> tuple[list[Candidate], list[Candidate]]:
        """A beam of the best continuations, and the others that do not end; those that end among the best are done.

        Args:
            heard: is done if it ends, wherever it stands
        """
        beam: list[Candidate] = []
        rest: list[Candidate] = []
        for candidate in candidates:
            is_full = len(beam) == self._options.beam
            if candidate[2] != self._end:
                (rest if is_full else beam).append(candidate)
            elif not is_full or candidate is heard:
                self.done.append(self._finished(candidate))
        return beam, rest

    def _finished(self, candidate: Candidate) -> Finished:
        total, row, _, log_prob, _ = candidate
        hypothesis = self._open[row]
        bonus = self._without_repeat(hypothesis.tokens, total - hypothesis.log_prob - log_prob)
        return _finish(hypothesis, log_prob, bonus, (self._steps, row))

    def _beside(
        self, candidates: Sequence[Candidate], heard: Candidate | None, *, least: float
    ) -> list[Candidate]:
        """What is kept beside the likely: the best by sound, and by what is certain, and promising ones not too far behind.

        Args:
            candidates: the best first
            heard: the best by sound; perhaps not among them
            least: total of a promising one
        """
        by_sound = [each for each in candidates if each is heard]
        others = [each for each in candidates if each is not heard]
        certain = nlargest(
            self._options.certain_places,
            others,
            key=lambda each: each[0] - each[4].total + each[4].certain,
        )
        kept = {id(each) for each in certain}
        promising = (
            each
            for each in takewhile(lambda each: each[0] >= least, others)
            if each[4].promising and id(each) not in kept
        )
        return [*by_sound, *certain, *islice(promising, self._options.promising)]

    def _append(self, candidate: Candidate, step: Step) -> Hypothesis:
        _, row, token, log_prob, state = candidate
        hypothesis = self._open[row]
        return Hypothesis(
            tokens=(*hypothesis.tokens, token),
            log_probs=(*hypothesis.log_probs, log_prob),
            frames=(*hypothesis.frames, int(step.frames[row])),
            places=(*hypothesis.places, (self._steps, row)),
            log_prob=hypothesis.log_prob + log_prob,
            state=state,
        )

    def _extend(
        self,
        candidates: list[Candidate],
        row: int,
        hypothesis: Hypothesis,
        step: Step,
        *,
        least: float,
    ) -> None:
        scorer, base, end = self._scorer, hypothesis.log_prob, self._end
        lowest = max(IMPROBABLE, least - hypothesis.total) if scorer else IMPROBABLE
        end_log_prob = float(step.end[row])
        if end_log_prob > IMPROBABLE:
            bonus = scorer.finish(hypothesis.state) if scorer else 0.0
            candidates.append((base + end_log_prob + bonus, row, end, end_log_prob, None))
        for log_prob, token in zip(step.log_probs[row].tolist(), step.tokens[row].tolist(), strict=True):
            if log_prob < lowest:
                break
            if token == end:
                continue
            if scorer is None:
                candidates.append((base + log_prob, row, token, log_prob, None))
            else:
                state = scorer.extend(hypothesis.state, token)
                candidates.append((base + log_prob + state.total, row, token, log_prob, state))

    def _over(self) -> bool:
        if not self._open or len(self.done) >= self._options.patience * self._options.beam:
            return True
        if self._steps >= self._options.longest:
            self.done.extend(_finish(hypothesis, 0.0, hypothesis.bonus, None) for hypothesis in self._open)
            return True
        if not self.done:
            return False
        best = max(self._score(finished) for finished in self.done)
        open_best = max(hypothesis.total for hypothesis in self._open) / (self._steps + 1)
        return best > open_best

    def _cut_repeat(self, hypothesis: Hypothesis) -> Finished | None:
        """The hypothesis without its tail, if the tail says again what it said of the same audio."""
        folded = [self._folds[token] for token in hypothesis.tokens]
        return (
            self._cut(hypothesis, len(folded) - REPEAT_TOKENS) if repeats(folded, hypothesis.frames) else None
        )

    def _cut(self, hypothesis: Hypothesis, n: int) -> Finished:
        return Finished(
            tokens=hypothesis.tokens[:n],
            log_probs=hypothesis.log_probs[:n],
            places=hypothesis.places[:n],
            log_prob=sum(hypothesis.log_probs[:n]) + CUT_END,
            bonus=self._bonus(hypothesis.tokens[:n]),
            cut=True,
        )

    def _without_repeat(self, tokens: Sequence[int], bonus: float) -> float:
        """The bonus of a text that ends here, but for what it only says again: whether that was said, sound alone tells.

        Else the text would gain with each time that the search says a likely word or sentence over again.
        """
        if self._scorer is None:
            return bonus
        once = said_once([self._folds[token] for token in tokens])
        return (
            bonus if len(once) == len(tokens) else min(bonus, self._bonus([tokens[place] for place in once]))
        )

    def _bonus(self, tokens: Sequence[int]) -> float:
        """Of a text that ends here."""
        if self._scorer is None:
            return 0.0
        return self._scorer.finish(reduce(self._scorer.extend, tokens, self._scorer.start()))


def _finish(
    hypothesis: Hypothesis, end_log_prob: float, bonus: float, place: tuple[int, int] | None
) -> Finished:
    return Finished(
        tokens=hypothesis.tokens,
        log_probs=hypothesis.log_probs,
        places=(*hypothesis.places, place) if place else hypothesis.places,
        log_prob=hypothesis.log_prob + end_log_prob,
        bonus=bonus,
    )


def loudest_frames(attention: Array) -> npt.NDArray[np.int64]:
    """The frame that the alignment heads look at most. (.., heads, rows, frames) -> (.., rows)"""
    frames: npt.NDArray[np.int64] = attention.mean(axis=-3).argmax(axis=-1)
    return frames
