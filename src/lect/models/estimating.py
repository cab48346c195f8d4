"""What a training on recordings will cost, found by doing a little of each part of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.weights import Weights
from lect.models.audio_training import AudioTraining
from lect.models.lessons import Lesson
from lect.models.measuring import hear
from lect.models.plan import Plan
from lect.models.spoken import LeftOut
from lect.models.tuning import CANDIDATES
from lect.models.workplace import peak_memory

_HEARD = 12  # utterances
_STEPS = 5  # the first of them is slower than the others


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is to come."""

    method: str
    why: str
    epochs: int
    sentences: int  # that nobody says, learned deeply
    utterances: int
    dev_utterances: int
    audio_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> dict[str, Any]:
        """For the document of `lect train --dry-run --json`."""
        return asdict(self)


def estimate(
    training: AudioTraining,
    planned: Plan | None,
    folder: Path,
    *,
    locale: str,
    seed: int,
    learns_text: bool,
    progress: Progress = silent,
) -> Estimate:
    """Decode everything, hear a few recordings, do a few steps and build one candidate.

    Args:
        planned: the text that is learned deeply; None for recordings alone

    Raises:
        InvalidDataset: not one utterance can be used.
    """
    stages = Stages()
    if planned:
        training = training.reading(planned, locale=locale, seed=seed, progress=progress)
        stages.end("reading")
    ready = training.get_ready(
        folder, locale=locale, seed=seed, stages=stages, hear_all=False, progress=progress
    )
    judged_by = [*ready.data.dev, *(ready.data.guard.utterances if ready.data.guard else ())]
    heard = _spread(ready.training or judged_by, _HEARD)
    progress("Doing a little of each part", 0.0)
    for _ in hear(training.start.recogniser, heard, locale=locale, decoder=training.decoder):
        pass
    stages.end("hearing")
    learning = sum(_time_lesson(lesson, ready.weights) for lesson in ready.lessons)
    progress("Doing a little of each part", 0.5)
    stages.end("steps")
    training.candidates(ready.before, Delta({}), folder).load(1.0)
    stages.end("candidate")
    court = training.court(ready.data, locale, progress)
    alphas = len(court.alphas(training.options.alpha))
    per_second = stages.seconds["hearing"] / sum(each.seconds for each in heard)
    to_hear = _seconds(ready.training) + _seconds(ready.data.dev) * (alphas + 2)
    if court.guard:
        to_hear += _seconds(court.guard.utterances) * (alphas + 2 + learns_text)
    if learns_text:
        to_hear += _seconds(ready.data.dev) * len(CANDIDATES)
    cpu = (
        stages.seconds["decoding"]
        + per_second * to_hear
        + learning
        + stages.seconds.get("reading", 0.0)
        + stages.seconds["candidate"] * alphas
    )
    return Estimate(
        method=ready.recipe.method if ready.recipe else "language",
        why=ready.recipe.why if ready.recipe else "nothing is heard",
        epochs=ready.lessons[-1].options.epochs,
        sentences=len(training.deep_text.sentences) if training.deep_text else 0,
        utterances=len(ready.training),
        dev_utterances=len(ready.data.dev),
        audio_seconds=round(_seconds(ready.training), 1),
        cpu_seconds=round(cpu, 1),
        peak_memory_mb=round(peak_memory(), 1),
        left_out=ready.left_out,
    )


class _EnoughError(Exception):
    """Ends a training after a few steps."""


def _time_lesson(lesson: Lesson, weights: Weights) -> float:
    """CPU seconds of all its steps, by those of the first few."""
    from lect.engines.whisper.tuning.loop import Step, tune

    ends, total = list[float](), 0

    def watch(step: Step) -> None:
        nonlocal total
        total = step.steps
        ends.append(time.process_time())
        if len(ends) == _STEPS:
            raise _EnoughError

    began = time.process_time()
    with suppress(_EnoughError):
        tune(weights, lesson.examples, options=lesson.options, noises=lesson.noises, progress=watch)
    if len(ends) > 1:
        return (ends[-1] - ends[0]) / (len(ends) - 1) * total
    return (ends[0] - began) * total


def _spread(spoken: Sequence[Any], n: int) -> Sequence[Any]:
    """So many of them, from everywhere."""
    return spoken[:: max(len(spoken) // n, 1)][:n]


def _seconds(spoken: Sequence[Any]) -> float:
    return float(sum(each.seconds for each in spoken))
