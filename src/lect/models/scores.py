"""What was measured while training: of the model as it is served, weights and text together, and of all candidates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lect.models.gate import Judgement
from lect.models.measuring import Heard
from lect.models.tuning import Choice


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One set, heard by two models."""

    before: Heard
    after: Heard

    @property
    def rates(self) -> dict[str, float]:
        """Both WERs."""
        return {"before": self.before.wer, "after": self.after.wer}

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        return {
            "utterances": len(self.before.counts),
            "words": self.before.words,
            "before": self.before.to_json(),
            "after": self.after.to_json(),
        }


@dataclass(frozen=True, kw_only=True)
class Scores:
    """How the model was judged."""

    judgement: Judgement | None = None  # of the weights
    choice: Choice | None = None  # of the text

    @property
    def dev(self) -> Pair | None:
        """Dev data before training, and with what is served; None if there is none."""
        if self.judgement and not self.judgement.dev_before.counts:
            return None
        if self.judgement:
            after = self.choice.after if self.choice else self.judgement.taken.dev
            return Pair(before=self.judgement.dev_before, after=after)
        return Pair(before=self.choice.before, after=self.choice.after) if self.choice else None

    @property
    def guard(self) -> Pair | None:
        """The guard by the base, and by what is served."""
        if self.judgement is None or self.judgement.guard_before is None:
            return None
        text = self.choice.taken if self.choice else None
        after = text.guard if text else self.judgement.taken.guard
        return Pair(before=self.judgement.guard_before, after=after) if after else None

    def to_json(self) -> dict[str, Any]:
        """For the manifest."""
        scores: dict[str, Any] = {}
        if self.dev:
            scores["dev"] = self.dev.to_json()
        if self.judgement:
            guard = self.judgement.guard
            scores["guard"] = (
                {"synthetic": guard.synthetic, **self.guard.to_json()} if guard and self.guard else None
            )
            scores["candidates"] = [trial.to_json() for trial in self.judgement.trials]
        if self.choice:
            scores["text"] = self.choice.to_json()
        return scores
