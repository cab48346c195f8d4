"""Trainings on recordings as they are kept: what each cost, what came of it, and the errors of its model.

Each training has a file of its own, so that a run that was broken off goes on with those that are missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from benchmarks import measure
from benchmarks.measure import Comparison
from benchmarks.slots import SlotScore
from lect.speech.scoring.intervals import Interval, block_bootstrap

BEFORE = "Lect"


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is trained on what."""

    base: str
    part: str  # of the benchmark
    minutes: int | None = None  # of recordings; None: all that there are
    seed: int = 0  # of the training, and of which recordings are taken

    @property
    def name(self) -> str:
        """What its files are called."""
        amount = "all" if self.minutes is None else f"{self.minutes}-minutes"
        return f"{self.base}-{self.part}-{amount}-seed-{self.seed}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the command did."""

    exit_code: int
    cpu_seconds: float  # with those of its children
    peak_mb: float  # of the largest of its processes
    audio_seconds: float  # that it was given to learn from
    speakers: int  # in them
    bundle_mb: float | None  # None: there is no bundle
    document: dict[str, Any]  # that it printed

    @property
    def alpha(self) -> float | None:
        """How much of what was learned was kept."""
        acoustic = self.document.get("acoustic") or {}
        return acoustic.get("alpha")

    @property
    def windows(self) -> str:
        """How long the windows are in which its model hears: cut to the audio's length, or the base's own."""
        acoustic = self.document.get("acoustic") or {}
        return "own" if acoustic.get("shortest_window") is None else "cut"

    @property
    def reason(self) -> str:
        """Why there is no bundle: the first reason that was given, else the message."""
        message = self.document.get("error", {}).get("message", "")
        head, _, rest = message.partition("\n")
        return f"{head} {rest.strip().splitlines()[0]}" if rest.strip() else head


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Word errors in a set without the training and with it, an entry for each utterance."""

    set: str
    blocks: tuple[str, ...]  # which utterances go wrong together
    words: tuple[int, ...]
    before: tuple[int, ...]
    after: tuple[int, ...]
    cpu_before: float
    cpu_after: float

    def __add__(self, other: Errors) -> Errors:
        """Both together: of other utterances, or of another training on the same ones."""
        return Errors(
            set=self.set,
            blocks=self.blocks + other.blocks,
            words=self.words + other.words,
            before=self.before + other.before,
            after=self.after + other.after,
            cpu_before=self.cpu_before + other.cpu_before,
            cpu_after=self.cpu_after + other.cpu_after,
        )

    @property
    def rates(self) -> tuple[float, float]:
        """The WER before and after."""
        words = max(sum(self.words), 1)
        return sum(self.before) / words, sum(self.after) / words

    @property
    def intervals(self) -> tuple[Interval | None, Interval | None]:
        """Those of the rates."""
        before, after = (
            block_bootstrap(errors, self.words, self.blocks) for errors in (self.before, self.after)
        )
        return before, after

    def change(self, base: str, given: str) -> Comparison:
        """The model with what it was given against the one without."""
        return measure.compare_errors(
            self.before,
            self.after,
            words=self.words,
            blocks=self.blocks,
            base=base,
            set_name=self.set,
            names=(BEFORE, f"{BEFORE} + {given}"),
            cpu_ratio=self.cpu_before / self.cpu_after,
        )


@dataclass(frozen=True, kw_only=True)
class Row:
    """A training, and all that was measured of it."""

    training: Training
    outcome: Outcome
    errors: tuple[Errors, ...] = ()
    slots: SlotScore | None = None

    def on(self, name: str) -> Errors | None:
        """The errors in a set, if they were measured."""
        return next((each for each in self.errors if each.set == name), None)

    def on_all(self, together: str, names: Sequence[str]) -> Errors | None:
        """The errors in several sets as one, if they were all measured."""
        found = [each for name in names if (each := self.on(name))]
        if len(found) < len(names):
            return None
        return replace(reduce(add, found), set=together)


def pool(every: Sequence[Errors]) -> Errors | None:
    """The same set after several trainings, as one: an utterance counts as often, in the same block.

    Raises:
        ValueError: the base erred otherwise in some of them, so that they are not of one release.
    """
    if other := next((each for each in every if each.before != every[0].before), None):
        raise ValueError(
            f"{other.set}: {sum(every[0].before)} and {sum(other.before)} errors of the same base; measure these trainings again"
        )
    return reduce(add, every) if every else None


def compare_models(a: Errors, b: Errors, *, base: str, names: tuple[str, str]) -> Comparison:
    """Model `b` against model `a`, which heard the same set."""
    return measure.compare_errors(
        a.after,
        b.after,
        words=a.words,
        blocks=a.blocks,
        base=base,
        set_name=a.set,
        names=names,
        cpu_ratio=a.cpu_after / b.cpu_after,
    )


def read(folder: Path, training: Training) -> Row | None:
    """A training that was kept."""
    path = _path(folder, training)
    return _adapter().validate_json(path.read_bytes()) if path.is_file() else None


def read_all(folder: Path) -> tuple[Row, ...]:
    """All that were kept."""
    adapter = _adapter()
    return tuple(adapter.validate_json(path.read_bytes()) for path in sorted(folder.glob("*.json")))


def keep(folder: Path, row: Row) -> None:
    """Write what is known of a training: all of it or, if that is broken off, nothing new."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _path(folder, row.training)
    new = path.with_suffix(".new")
    new.write_bytes(_adapter().dump_json(row, indent=1) + b"\n")
    new.replace(path)


def _path(folder: Path, training: Training) -> Path:
    return folder / f"{training.name}.json"


def _adapter() -> TypeAdapter[Row]:
    return TypeAdapter(Row)
