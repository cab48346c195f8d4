"""One base model on the bench: its systems, the sets, and every run kept, so that none is made twice."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from operator import add
from pathlib import Path
from typing import Any

from benchmarks import measure, sets
from benchmarks.measure import Comparison, Run, Score
from benchmarks.sets import EvaluationSet, Origin
from benchmarks.slots import SlotScore
from benchmarks.systems import FasterWhisper, Lect, System, load_faster_whisper
from lect.bootstrap import Parts
from lect.models.plan import TrainOptions


@dataclass(frozen=True, kw_only=True)
class Results:
    """What a benchmark found."""

    scores: tuple[Score, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    slots: tuple[SlotScore, ...] = ()

    def __add__(self, other: Results) -> Results:
        return Results(
            scores=self.scores + other.scores,
            comparisons=self.comparisons + other.comparisons,
            slots=self.slots + other.slots,
        )


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A base model with all that its measurements share."""

    base: str
    data: Path
    folder: Path  # for unpacked audio and trained bundles
    parts: Parts
    sentences: int | None = None  # the most of a set, for a quick look; None: all
    part: str = "testing"  # of what is in two parts; the other is `dev`
    _runs: dict[tuple[System, str], Run] = field(default_factory=dict)

    @cached_property
    def lect(self) -> Lect:
        """Lect without text."""
        return self.named("Lect")

    def named(self, name: str) -> Lect:
        """The same under another name."""
        return Lect(self.parts.pool.open(self.base), name=name)

    @cached_property
    def faster_whisper(self) -> FasterWhisper:
        """faster-whisper on the same weights."""
        return FasterWhisper(self.loaded, name="faster-whisper")

    @cached_property
    def loaded(self) -> Any:
        """The model that all of faster-whisper's systems share."""
        return load_faster_whisper(self.parts.pool.base(self.base).folder.path)

    def adapted(self, bundle: Path, *, name: str = "Lect + text") -> Lect:
        """Lect with a custom model."""
        return Lect(self.parts.pool.open(str(bundle)), name=name)

    def prompted(self, kind: str, *, hotwords: str = "", prompt: str = "") -> FasterWhisper:
        """faster-whisper with its own means to bring terms in."""
        return FasterWhisper(self.loaded, name=f"faster-whisper + {kind}", hotwords=hotwords, prompt=prompt)

    def train(self, file: Path, *, kind: str = "text") -> Path:
        """A bundle of the base and an English file, by default settings.

        Args:
            kind: of the file, such as "structured"
        """
        digest = hashlib.sha256(file.read_bytes()).hexdigest()[:8]
        bundle = self.folder / f"{self.base}-{kind}-{digest}.lect"
        if not bundle.exists():
            data: dict[str, Any] = {kind: (file,)}
            self.parts.train(bundle, TrainOptions(locale="en-US", **data), base=self.base)
        return bundle

    def read(self, origin: Origin) -> EvaluationSet:
        found = sets.read(origin, data=self.data, into=self.folder / "audio")
        return replace(found, utterances=found.utterances[: self.sentences])

    def run(self, system: System, evaluation_sets: Sequence[EvaluationSet]) -> Run:
        """What a system hears in sets, as one run."""
        return reduce(add, (self._run(system, one) for one in evaluation_sets))

    def judge(
        self,
        systems: Sequence[System],
        evaluation_sets: Sequence[EvaluationSet],
        *,
        name: str | None = None,
        pairs: Sequence[tuple[int, int]] | None = None,
    ) -> Results:
        """Score systems on sets taken together.

        Args:
            name: of the sets together, if they are several
            pairs: which systems to compare, by index; every one with the first by default
        """
        together = sets.pool(name, evaluation_sets) if name else evaluation_sets[0]
        runs = [self.run(system, evaluation_sets) for system in systems]
        return self.judge_runs(together, runs, names=[system.name for system in systems], pairs=pairs)

    def judge_runs(
        self,
        evaluation_set: EvaluationSet,
        runs: Sequence[Run],
        *,
        names: Sequence[str],
        pairs: Sequence[tuple[int, int]] | None = None,
    ) -> Results:
        """Score runs on a set.

        Args:
            names: of the systems that made them
            pairs: which to compare, by index; every one with the first by default
        """
        return Results(
            scores=tuple(
                measure.score(evaluation_set, heard, base=self.base, system=name)
                for name, heard in zip(names, runs, strict=True)
            ),
            comparisons=tuple(
                measure.compare(evaluation_set, runs[a], runs[b], base=self.base, names=(names[a], names[b]))
                for a, b in pairs or [(0, other) for other in range(1, len(runs))]
            ),
        )

    def _run(self, system: System, one: EvaluationSet) -> Run:
        key = (system, one.name)
        if key not in self._runs:
            self._runs[key] = heard = measure.run(system, one)
            print(f"{self.base}: {system.name} on {one.name}: {heard.cpu_seconds:.1f} CPU s", file=sys.stderr)
        return self._runs[key]
