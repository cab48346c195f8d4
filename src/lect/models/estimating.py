"""What a training on recordings will cost, found by doing a little of each part of it."""

from __future__ import annotations

from collections.abc import Sequence
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
from lect.models.preparing import prepare
from lect.models.spoken import LeftOut, spread
from lect.models.tuning import CANDIDATES
from lect.models.workplace import peak_memory

_HEARD = 12  # utterances of those to train on, and of those to judge by


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is to come."""

    method: str
    why: str
    epochs: int
    sentences: int  # that nobody says, learned deeply
    utterances: int
    self_trained: int  # pieces without transcripts that are probably recognised with confidence
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
    progress("Doing a little of each part", 0.0)
    checked = [*ready.data.training, *ready.data.dev]
    prepared = spread(checked, _HEARD)
    prepare(
        prepared,
        training.start.recogniser,
        locale=locale,
        losses=training.losses(ready.weights, locale),
    )
    stages.end("preparing")
    learning = sum(_time_lesson(lesson, ready.weights) for lesson in ready.lessons)
    progress("Doing a little of each part", 0.5)
    stages.end("steps")
    candidate = training.candidates(ready.before, Delta({}), folder).load(1.0)
    stages.end("candidate")
    heard = spread(judged_by, _HEARD)
    for _ in hear(candidate, heard, locale=locale, decoder=training.decoder):
        pass
    stages.end("hearing")
    court = training.court(ready.data, locale, progress)
    alphas = len(court.alphas(training.options.alpha))
    to_hear = _seconds(ready.data.dev) * (alphas + 2)
    if court.guard:
        to_hear += _seconds(court.guard.utterances) * (alphas + 2 + learns_text)
    if learns_text:
        to_hear += _seconds(ready.data.dev) * len(CANDIDATES)
    cpu = (
        stages.seconds["decoding"]
        + stages.seconds["preparing"] * _times(checked, prepared)
        + stages.seconds["recognising"] / ready.own.share
        + stages.seconds["hearing"] * to_hear / max(_seconds(heard), 1.0)
        + learning
        + stages.seconds.get("reading", 0.0)
        + stages.seconds["candidate"] * (alphas + 1)  # the one that is taken made room for another
    )
    return Estimate(
        method=ready.recipe.method if ready.recipe else "language",
        why=ready.recipe.why if ready.recipe else "nothing is heard",
        epochs=ready.lessons[-1].options.epochs,
        sentences=len(training.deep_text.sentences) if training.deep_text else 0,
        utterances=len(ready.training) - len(ready.own.kept),
        self_trained=round(len(ready.own.kept) / ready.own.share),
        dev_utterances=len(ready.data.dev),
        audio_seconds=round(_seconds(ready.data.training) + ready.own.kept_seconds / ready.own.share, 1),
        cpu_seconds=round(cpu, 1),
        peak_memory_mb=round(peak_memory(), 1),
        left_out=ready.left_out,
    )


def _time_lesson(lesson: Lesson, weights: Weights) -> float:
    """CPU seconds of all its steps, by those of a few."""
    from lect.engines.whisper.tuning.trial import foretell

    return foretell(weights, lesson.examples, options=lesson.options, noises=lesson.noises)


def _seconds(spoken: Sequence[Any]) -> float:
    return float(sum(each.seconds for each in spoken))


def _times(all_of_them: Sequence[Any], some: Sequence[Any]) -> float:
    """How often as long these are."""
    return _seconds(all_of_them) / _seconds(some) if some else 0.0
