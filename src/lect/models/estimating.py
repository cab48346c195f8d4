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
from lect.models.audio_training import SAMPLE, AudioTraining
from lect.models.lessons import Lesson
from lect.models.measuring import hear
from lect.models.plan import Plan, TrainOptions
from lect.models.preparing import is_heard_at_once, prepare
from lect.models.spoken import LeftOut, spread
from lect.models.tuning import CANDIDATES
from lect.models.workplace import peak_memory

_HEARD = 12  # utterances of those to train on, and of those to judge by


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is to come."""

    method: str | None  # for recordings; None: there are none
    why: str
    epochs: int
    sentences: int  # that nobody says, learned deeply
    sentences_epochs: int
    spoken: int  # sentences that synthetic voices say
    spoken_epochs: int
    too_long: int  # sentences that are left out
    utterances: int
    self_trained: int  # pieces without transcripts that are probably recognised with confidence
    dev_utterances: int
    audio_seconds: float
    cpu_seconds: float
    peak_memory_mb: float
    left_out: tuple[LeftOut, ...]

    def to_json(self) -> dict[str, Any]:
        """For the document of `lect train --dry-run --json`."""
        return asdict(self) | {"left_out": [each.to_json() for each in self.left_out]}


def estimate(
    training: AudioTraining,
    planned: Plan,
    options: TrainOptions,
    folder: Path,
    *,
    progress: Progress = silent,
) -> Estimate:
    """Decode everything, hear a few recordings, do a few steps and build one candidate.

    Raises:
        InvalidDataset: not one utterance can be used, or dev data are too few to judge by.
    """
    stages, locale = Stages(), options.locale
    training = training.reading(planned, options, progress=progress)
    stages.end("reading")
    ready = training.get_ready(
        folder, locale=locale, seed=options.seed, stages=stages, hear_all=False, progress=progress
    )
    judged_by = [*ready.data.dev, *(ready.data.guard.utterances if ready.data.guard else ())]
    progress("Doing a little of each part", 0.0)
    recogniser = training.start.recogniser
    short = (each for each in ready.data.dev if is_heard_at_once(each, recogniser))
    checked = [*ready.data.training, *short]
    prepared = spread(checked, _HEARD)
    prepare(
        prepared,
        recogniser,
        locale=locale,
        losses=ready.curriculum.losses(),
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
    rounds = alphas + 1 + court.tries_cut_windows
    to_hear = _seconds(ready.data.dev) * rounds
    if court.guard:
        to_hear += _seconds(court.guard.utterances) * (rounds + options.learns_text)
    if options.learns_text:
        to_hear += _seconds(ready.data.dev) * len(CANDIDATES)
    recipe, text, script = ready.recipe, ready.deep_text, ready.script
    cpu = (
        stages.seconds["decoding"]
        + stages.seconds["preparing"] * _times(checked, prepared)
        + stages.seconds["recognising"] / ready.own.share
        + stages.seconds["speaking"] * (max(len(script.lines) / SAMPLE, 1.0) if script else 1.0)
        + stages.seconds["hearing"] * to_hear / max(_seconds(heard), 1.0)
        + learning
        + stages.seconds["reading"]
        + stages.seconds["candidate"] * (alphas + 1)  # of several the one that is taken made room for another
    )
    return Estimate(
        method=recipe.method if recipe else None,
        why=recipe.why if recipe else "",
        epochs=recipe.epochs if recipe else 0,
        sentences=len(text.sentences) if text else 0,
        sentences_epochs=text.epochs if text else 0,
        spoken=script.sentences if script else 0,
        spoken_epochs=script.epochs if script else 0,
        too_long=sum(each.too_long for each in (text, script) if each),
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
