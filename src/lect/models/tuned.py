"""What training the weights ended with, and what of it stands in the manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from lect.engines.contract import Recogniser
from lect.models.candidates import Candidates
from lect.models.deep_text import DeepText
from lect.models.gate import Court, Judgement
from lect.models.held_out import ByFile
from lect.models.methods import Recipe
from lect.models.self_training import OwnWords
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect
from lect.models.synthetic import Script

CURVE = 200  # points of a curve of losses, the most that is kept


@dataclass(frozen=True, kw_only=True)
class TunedModel:
    """What training the weights ended with."""

    candidates: Candidates
    recipe: Recipe | None  # for recordings, if there were any
    deep_text: DeepText | None
    script: Script | None  # what was spoken by synthetic voices
    times: Sequence[
        tuple[str, float]
    ]  # names of data, and how often an epoch holds it where that is not once
    own: OwnWords  # what was recognised in recordings without transcripts
    court: Court
    judgement: Judgement
    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    left_out: tuple[LeftOut, ...]
    dev_suspects: tuple[Suspect, ...]  # judged by although their transcripts are probably wrong
    suspects: tuple[Suspect, ...]  # trained on although their transcripts are probably wrong
    by_speaker: bool | None  # how dev data was held back; None: it was not
    losses: Mapping[str, tuple[float, ...]]  # of all steps, by lesson
    augment: str  # how recordings were changed each time they were heard
    batches_per_step: int
    device: str
    by_file: ByFile | None = None  # why dev data was not held back by speaker, if so

    @property
    def delta(self) -> bytes:
        """What is changed in the base."""
        return self.candidates.delta(self.judgement.taken.alpha)

    @cached_property
    def recogniser(self) -> Recogniser:
        """As it would be served, but for text."""
        taken = self.judgement.taken
        return self.candidates.load(taken.alpha, taken.shortest_window)

    @property
    def nearer(self) -> TunedModel | None:
        """The same with what changes less and passed, too: windows that are not cut, or less of what was learned; None: there is none."""
        judgement = self.judgement.nearer
        return replace(self, judgement=judgement) if judgement else None

    @property
    def seconds(self) -> float:
        """Of audio trained on."""
        return float(sum(each.seconds for each in self.training))

    @property
    def too_long(self) -> int:
        """Sentences that were not learned by the weights because they are too long."""
        return sum(text.too_long for text in (self.deep_text, self.script) if text)

    @property
    def held_back(self) -> list[tuple[int | None, str, str]]:
        """Datasets, files and transcripts of the training data that judged it."""
        if self.by_speaker is None:
            return []
        return [(each.dataset, each.file, each.transcript) for each in self.dev]

    @property
    def curves(self) -> dict[str, dict[str, Any]]:
        """How the loss went with the steps of each lesson."""
        return {
            lesson: {"steps": len(losses), "losses": curve(losses)} for lesson, losses in self.losses.items()
        }

    def to_json(self) -> dict[str, Any]:
        """The recipe for the manifest."""
        taken = self.judgement.taken
        document: dict[str, Any] = {
            "alpha": taken.alpha,
            "shortest_window": taken.shortest_window,
            "batches_per_step": self.batches_per_step,
            "device": self.device,
            "dev_suspects": len(self.dev_suspects),
        }
        if self.judgement.given_up:
            document["without_text"] = {
                "alpha": self.judgement.given_up.alpha,
                "shortest_window": self.judgement.given_up.shortest_window,
            }
        if self.recipe or self.script:
            document["augment"] = self.augment
        if self.recipe:
            document |= {
                "method": self.recipe.method,
                "epochs": self.recipe.epochs,
                "utterances": len(self.training),
                "seconds": round(self.seconds, 3),
                "left_out": len(self.left_out),
                "suspects": len(self.suspects),
                **_steps(self.losses["audio"]),
            }
        if self.times:
            document["times"] = [{"file": file, "times": times} for file, times in self.times]
        if self.own.pieces:
            document["self_training"] = self.own.to_json()
        if self.deep_text:
            document["deep_text"] = {**self.deep_text.to_json(), **_steps(self.losses["text"])}
        if self.script:
            document["synthetic_speech"] = {**self.script.to_json(), **_steps(self.losses["speech"])}
        return document


def curve(losses: Sequence[float], most: int = CURVE) -> list[float]:
    """Losses as so many points at most, each the mean of as many steps as any other."""
    width = -(-len(losses) // most)
    parts = [losses[at : at + width] for at in range(0, len(losses), width or 1)]
    return [round(sum(part) / len(part), 4) for part in parts]


def _steps(losses: Sequence[float]) -> dict[str, Any]:
    return {"steps": len(losses), "losses": [round(losses[0], 4), round(losses[-1], 4)]}
