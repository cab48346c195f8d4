"""Training the weights, on recordings, or on sentences that nobody says or synthetic voices do: from data to what changed,
judged before it is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.errors import InvalidDataset, TrainingRefused
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.weights import Weights
from lect.models.acoustic import Start
from lect.models.audio_data import AudioData, DecodedData, reasons
from lect.models.candidates import Candidates
from lect.models.crew import Crew
from lect.models.curriculum import Curriculum
from lect.models.deep_text import DeepText
from lect.models.gate import MOVEMENT, Court, Judgement
from lect.models.lessons import Lesson, teach
from lect.models.methods import AudioOptions, Recipe
from lect.models.plan import Plan, TrainOptions
from lect.models.preparing import Prepared, prepare
from lect.models.self_training import OwnWords, hear_own
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect
from lect.models.synthetic import Script
from lect.models.tuned import TunedModel
from lect.models.voices import find_voices
from lect.settings import Settings
from lect.speech.audio import AudioDecoder

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.devices import Device

MOST_SUSPECTS = 0.25  # share of the recordings
_NAMED = 3  # of them when they are too many
SAMPLE = 48  # pieces without transcripts that are heard, and sentences that are spoken, for an estimate


@dataclass(frozen=True, kw_only=True)
class Ready:
    """All that the first step needs."""

    data: DecodedData
    weights: Weights
    before: Delta  # what was changed in them by earlier trainings
    curriculum: Curriculum
    own: OwnWords
    training: tuple[Spoken, ...]
    lessons: tuple[Lesson, ...]
    recipe: Recipe | None
    deep_text: DeepText | None
    script: Script | None
    suspects: tuple[Suspect, ...]
    dev_suspects: tuple[Suspect, ...]
    left_out: tuple[LeftOut, ...]


OnReady = Callable[[Ready], None]


@dataclass(frozen=True, kw_only=True)
class AudioTraining:
    """A training of the weights, ready to run."""

    start: Start
    data: AudioData
    options: AudioOptions
    decoder: AudioDecoder
    settings: Settings
    device: Device
    crew: Crew
    deep_text: DeepText | None = None
    script: Script | None = None
    or_anew: bool = False  # resuming begins anew where a checkpoint does not fit

    def reading(self, planned: Plan, options: TrainOptions, *, progress: Progress = silent) -> AudioTraining:
        """The same, which first learns a text deeply or as synthetic voices say it, if that is wanted.

        Raises:
            InvalidDataset: there is no sentence.
            NotFound: no program on this machine speaks the language.
        """
        if not (options.deep_text or options.synthetic_speech):
            return self
        locale, seed = options.locale, options.seed
        voices = find_voices(locale, piper=self.settings.piper_voices) if options.synthetic_speech else []
        told = partial(progress, "Reading what the base knows")
        general = self.start.recogniser.general_text(language_of(locale), progress=told).texts
        text = script = None
        if options.deep_text:
            text = DeepText.of(planned, general, locale=locale, seed=seed, epochs=self.options.epochs)
        if options.synthetic_speech:
            script = Script.of(planned, general, voices, locale=locale, seed=seed)
        return replace(self, deep_text=text, script=script)

    def run(
        self,
        folder: Path,
        *,
        locale: str,
        seed: int,
        stages: Stages,
        on_ready: OnReady = lambda ready: None,
        progress: Progress = silent,
    ) -> TunedModel:
        """Train, and choose how much of what was learned is kept.

        Args:
            folder: for decoded audio, candidates and the checkpoint
            on_ready: told before the first step what there is to learn from, and what is wrong with it

        Raises:
            InvalidDataset: not one utterance can be used.
            TrainingRefused: no candidate helps without harm.
            TrainingDiverged: the loss is no longer finite.
            Conflict, ModelLoadFailed: a checkpoint to resume from does not fit.
        """
        ready = self.get_ready(folder, locale=locale, seed=seed, stages=stages, progress=progress)
        on_ready(ready)
        self.crew.tell(ready.lessons, folder, resume=self.options.resume, or_anew=self.or_anew)
        taught = teach(
            ready.before.applied(ready.weights),
            ready.lessons,
            folder,
            resume=self.options.resume,
            or_anew=self.or_anew,
            progress=progress,
        )
        stages.end("training")
        candidates = self.candidates(ready.before, taught.delta, folder)
        court = self.court(ready.data, locale, progress)
        judgement = court.judge(
            self.start.recogniser,
            candidates.load,
            base=self.start.base.recogniser,
            alpha=self.options.alpha,
        )
        stages.end("choosing")
        if judgement.chosen is None:
            raise _refused(judgement)
        return TunedModel(
            candidates=candidates,
            recipe=ready.recipe,
            deep_text=ready.deep_text,
            script=ready.script,
            times=[
                (dataset.name, often)
                for dataset in self.data.training
                if (often := self.data.times_of(dataset)) != 1
            ],
            own=ready.own,
            court=court,
            judgement=judgement,
            training=ready.training,
            dev=ready.data.dev,
            left_out=ready.left_out,
            dev_suspects=ready.dev_suspects,
            suspects=ready.suspects,
            by_speaker=ready.data.by_speaker,
            by_file=ready.data.by_file,
            losses=taught.losses,
            augment=self.options.augment,
            batches_per_step=ready.lessons[-1].options.batches.per_step,
            device=self.device.name,
        )

    def get_ready(
        self,
        folder: Path,
        *,
        locale: str,
        seed: int,
        stages: Stages,
        hear_all: bool = True,
        progress: Progress = silent,
    ) -> Ready:
        """All that comes before the first step.

        Args:
            hear_all: False leaves the transcripts as they are and hears some of the recordings without, for an estimate

        Raises:
            InvalidDataset: not one utterance can be used, or dev data are too few to judge by.
            TrainingRefused: too many transcripts are probably wrong.
        """
        window = self.start.recogniser.window
        data = DecodedData.of(self.data, folder, window=window, decoder=self.decoder, progress=progress)
        stages.end("decoding")
        weights, before = self.start.read()
        curriculum = self._curriculum(before.applied(weights), locale, seed)
        prepared = prepare(
            data.training if hear_all else (),
            self.start.recogniser,
            dev=data.dev if hear_all else (),
            locale=locale,
            losses=curriculum.losses(progress),
            leave_out_suspects=self.options.leave_out_suspects,
            progress=progress,
        )
        _require_trust(prepared, data.left_out)
        stages.end("preparing")
        own = hear_own(
            data.audio_only,
            self.start.recogniser,
            locale=locale,
            most=None if hear_all else SAMPLE,
            progress=progress,
        )
        stages.end("recognising")
        lessons, text, script = list[Lesson](), self.deep_text, self.script
        if text:
            lesson, text = curriculum.reading(text)
            lessons.append(lesson)
        if script:
            most = None if hear_all else SAMPLE
            file = folder / "synthetic.f32"
            said = script.record(file, decoder=self.decoder, most=most, progress=progress)
            lesson, script = curriculum.listening(script, said, data.noises)
            lessons.append(lesson)
        stages.end("speaking")
        pairs, too_long = curriculum.examples([*(prepared.spoken if hear_all else data.training), *own.kept])
        left_out = (
            *data.left_out,
            *prepared.left_out,
            *(LeftOut(file=each.file, reason=reason, dataset=each.dataset) for each, reason in too_long),
        )
        recipe = None
        if pairs:
            lesson, recipe = curriculum.hearing(pairs, data.noises)
            lessons.append(lesson)
        elif data.training or self.data.audio_only:
            hint = f"{own}." if own.pieces else reasons(left_out)
            raise InvalidDataset("no recording can be trained on", hint=hint)
        return Ready(
            data=data,
            weights=weights,
            before=before,
            curriculum=curriculum,
            own=own,
            training=tuple(spoken for spoken, _ in pairs),
            lessons=tuple(lessons),
            recipe=recipe,
            deep_text=text,
            script=script,
            suspects=prepared.suspects,
            dev_suspects=prepared.dev_suspects,
            left_out=left_out,
        )

    def _curriculum(self, weights: Weights, locale: str, seed: int) -> Curriculum:
        return Curriculum(
            weights=weights,
            base=self.start.base,
            locale=locale,
            seed=seed,
            options=self.options,
            threads=self.settings.threads,
            device=self.device,
            processes=self.crew.count,
        )

    def court(self, data: DecodedData, locale: str, progress: Progress) -> Court:
        """Who judges the candidates."""
        return Court(
            dev=data.dev,
            guard=data.guard and replace(data.guard, locale=locale),
            locale=locale,
            decoder=self.decoder,
            threads=self.settings.threads,
            allow_harm=self.options.allow_harm,
            has_cut_windows=bool(data.training or data.audio_only or self.script),
            progress=progress,
        )

    def candidates(self, before: Delta, learned: Delta, folder: Path) -> Candidates:
        """Parts of what was learned, as they would be served."""
        return Candidates(
            base=self.start.base,
            before=before,
            learned=learned,
            folder=folder / "candidates",
            settings=self.settings,
        )


def _require_trust(prepared: Prepared, unheard: Sequence[LeftOut]) -> None:
    """Make sure that most transcripts may be right: dev data would not tell, since wrong ones teach the domain's words, too.

    Args:
        unheard: recordings that are not among them

    Raises:
        TrainingRefused: they are probably not.
    """
    wrong, of = len(prepared.suspects), len(prepared.spoken)
    if wrong > MOST_SUSPECTS * of:
        named = prepared.suspects[:_NAMED]
        lines = [f"{each.name}: {each.reason}" for each in named]
        lines += [f"and {wrong - len(named)} more"] if wrong > len(named) else []
        lines += [f"not among them: {reasons(unheard)}"] if unheard else []
        raise TrainingRefused(
            f"the transcripts of {wrong} of {of} recordings are probably wrong:\n  " + "\n  ".join(lines),
            hint="Are they those of other files?"
            + (" --leave-out-suspects trains on the others alone." if wrong < of else ""),
        )


def _refused(judgement: Judgement) -> TrainingRefused:
    before = f"{judgement.dev_before.wer:.1%}"
    has_dev = bool(judgement.dev_before.counts)
    lines = [
        f"alpha {trial.alpha:g}: "
        + (f"dev WER {trial.dev.wer:.1%} (before: {before}); " if has_dev else "")
        + ", ".join(trial.objections)
        for trial in judgement.trials
    ]
    guard = judgement.guard
    if judgement.doubt:
        lines.append(judgement.doubt)
    elsewhere = (
        "" if guard and guard.vouches else " Speech of people from other domains judges better (--guard)."
    )
    does_harm = any("points" in objection for trial in judgement.trials for objection in trial.objections)
    harm = (
        " More harm is allowed by --allow-harm POINTS, in a request by allowHarm (the built-in guard allows "
        f"{MOVEMENT:g} times as much, since it counts every change)."
        if does_harm
        else ""
    )
    return TrainingRefused(
        "what was learned does not pass, and no bundle was written:\n  " + "\n  ".join(lines),
        hint="Make sure that the transcripts say what is spoken (`lect check`), train on more data, or give more dev data "
        f"(--dev).{elsewhere}{harm} With --resume the same training is judged again without being learned again.",
    )
