"""Training the weights, on recordings with their transcripts or on sentences that nobody says: from data to what changed,
judged before it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lect.core.errors import InvalidDataset, TrainingRefused
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.engines.contract import Recogniser
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.weights import Weights
from lect.models.acoustic import Start
from lect.models.audio_data import AudioData, DecodedData, reasons
from lect.models.candidates import Candidates
from lect.models.crew import Crew
from lect.models.deep_text import DeepText
from lect.models.gate import Court, Judgement
from lect.models.lessons import Lesson, Sentence, examples_of, teach
from lect.models.methods import AudioOptions, Recipe, choose_batches, choose_method
from lect.models.plan import Plan
from lect.models.preparing import Losses, Prepared, prepare
from lect.models.self_training import OwnWords, hear_own
from lect.models.spoken import LeftOut, Spoken
from lect.models.suspects import Suspect
from lect.settings import Settings
from lect.speech.audio import AudioDecoder

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.devices import Device

MOST_SUSPECTS = 0.25  # share of the recordings
_SAMPLE = 48  # pieces without transcripts that are heard for an estimate

# Rooms and masks made models worse on speech of other domains, however far from the base, and no better on dev data.
_CAREFUL = AugmentOptions(reverberant=0.0, masks=0, noisy=0.3)


@dataclass(frozen=True, kw_only=True)
class TunedModel:
    """What training the weights ended with."""

    delta: bytes
    recogniser: Recogniser
    recipe: Recipe | None  # for recordings, if there were any
    deep_text: DeepText | None
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
    batches_per_step: int
    device: str

    @property
    def seconds(self) -> float:
        """Of audio trained on."""
        return float(sum(each.seconds for each in self.training))

    @property
    def held_back(self) -> list[tuple[str, str]]:
        """Files and transcripts of the training data that judged it."""
        return [] if self.by_speaker is None else [(each.file, each.transcript) for each in self.dev]

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
        return document


def _steps(losses: Sequence[float]) -> dict[str, Any]:
    return {"steps": len(losses), "losses": [round(losses[0], 4), round(losses[-1], 4)]}


@dataclass(frozen=True, kw_only=True)
class Ready:
    """All that the first step needs."""

    data: DecodedData
    weights: Weights
    before: Delta  # what was changed in them by earlier trainings
    own: OwnWords
    training: tuple[Spoken, ...]
    lessons: tuple[Lesson, ...]
    recipe: Recipe | None
    suspects: tuple[Suspect, ...]
    dev_suspects: tuple[Suspect, ...]
    left_out: tuple[LeftOut, ...]


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

    def reading(self, planned: Plan, *, locale: str, seed: int, progress: Progress = silent) -> AudioTraining:
        """The same, which learns a text deeply first.

        Raises:
            InvalidDataset: there is no sentence.
        """
        told = partial(progress, "Reading what the base knows")
        general = self.start.recogniser.general_text(language_of(locale), progress=told)
        text = DeepText.of(planned, general.texts, locale=locale, seed=seed, epochs=self.options.epochs)
        return replace(self, deep_text=text)

    def run(
        self, folder: Path, *, locale: str, seed: int, stages: Stages, progress: Progress = silent
    ) -> TunedModel:
        """Train, and choose how much of what was learned is kept.

        Args:
            folder: for decoded audio, candidates and the checkpoint

        Raises:
            InvalidDataset: not one utterance can be used.
            TrainingRefused: no candidate helps without harm.
            TrainingDiverged: the loss is no longer finite.
        """
        ready = self.get_ready(folder, locale=locale, seed=seed, stages=stages, progress=progress)
        self.crew.tell(ready.lessons, folder, resume=self.options.resume)
        taught = teach(
            ready.before.applied(ready.weights),
            ready.lessons,
            folder,
            resume=self.options.resume,
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
        chosen = judgement.chosen
        if chosen is None:
            raise _refused(judgement)
        return TunedModel(
            delta=candidates.delta(chosen.alpha),
            recogniser=candidates.load(chosen.alpha, chosen.shortest_window),
            recipe=ready.recipe,
            deep_text=self.deep_text,
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
            losses=taught.losses,
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
            InvalidDataset: not one utterance can be used.
            TrainingRefused: too many transcripts are probably wrong.
        """
        window = self.start.recogniser.window
        data = DecodedData.of(self.data, folder, window=window, decoder=self.decoder, progress=progress)
        stages.end("decoding")
        weights, before = self.start.read()
        prepared = prepare(
            data.training if hear_all else (),
            self.start.recogniser,
            dev=data.dev if hear_all else (),
            locale=locale,
            losses=self.losses(before.applied(weights), locale, progress),
            leave_out_suspects=self.options.leave_out_suspects,
            progress=progress,
        )
        _require_trust(prepared)
        stages.end("preparing")
        own = hear_own(
            data.audio_only,
            self.start.recogniser,
            locale=locale,
            most=None if hear_all else _SAMPLE,
            progress=progress,
        )
        stages.end("recognising")
        spoken = (*(prepared.spoken if hear_all else data.training), *own.kept)
        pairs, too_long = examples_of(spoken, weights, self.start.base, locale)
        left_out = (
            *data.left_out,
            *prepared.left_out,
            *(LeftOut(file=each.file, reason=reason) for each, reason in too_long),
        )
        if (data.training or self.data.audio_only) and not pairs:
            hint = f"{own}." if own.pieces else reasons(left_out)
            raise InvalidDataset("no recording can be trained on", hint=hint)
        training = tuple(spoken for spoken, _ in pairs)
        recipe = self._recipe(training, weights)
        lessons = [self._reading(self.deep_text, weights, locale, seed)] if self.deep_text else []
        if recipe:
            lessons.append(
                Lesson(
                    name="audio",
                    examples=[example for _, example in pairs],
                    options=tune_options(
                        recipe,
                        seed=seed,
                        threads=self.settings.threads,
                        device=self.device.name,
                        batches=self._batches(training, weights, recipe.epochs),
                    ),
                    noises=data.noises,
                )
            )
        return Ready(
            data=data,
            weights=weights,
            before=before,
            own=own,
            training=training,
            lessons=tuple(lessons),
            recipe=recipe,
            suspects=prepared.suspects,
            dev_suspects=prepared.dev_suspects,
            left_out=left_out,
        )

    def losses(self, weights: Weights, locale: str, progress: Progress = silent) -> Losses:
        """What tells how much transcripts surprise some weights."""
        from lect.engines.whisper.tuning.losses import token_losses

        def tell(spoken: Sequence[Spoken]) -> list[float | None]:
            pairs, _ = examples_of(spoken, weights, self.start.base, locale)
            found = token_losses(
                weights,
                [example for _, example in pairs],
                threads=self.settings.threads,
                device=self.device.name,
                progress=partial(progress, "Weighing the transcripts"),
            )
            by_place = {id(each): loss for (each, _), loss in zip(pairs, found, strict=True)}
            return [by_place.get(id(each)) for each in spoken]

        return tell

    def _recipe(self, training: Sequence[Spoken], weights: Weights) -> Recipe | None:
        """How recordings are learned, if there are any."""
        if not training:
            return None
        return choose_method(
            audio_seconds=_heard_seconds(training),
            parameters=weights.dimensions.parameters,
            on_gpu=self.device.is_card,
            options=self.options,
        )

    def _reading(self, text: DeepText, weights: Weights, locale: str, seed: int) -> Lesson:
        """The lesson of deep text."""
        lines = (*text.sentences, *text.replayed)
        sentences = [Sentence(file=f"sentence {n}", transcript=line) for n, line in enumerate(lines, 1)]
        pairs, too_long = examples_of(sentences, weights, self.start.base, locale)
        if too_long and all(sentence.transcript in text.replayed for sentence, _ in pairs):
            raise InvalidDataset(
                "no sentence is short enough to be learned deeply",
                hint=f"{too_long[0][1]}: one sentence a line.",
            )
        return Lesson(
            name="text",
            examples=[example for _, example in pairs],
            options=TuneOptions(
                part="language",
                epochs=text.epochs,
                augmentation=None,
                batches=self._batches((), weights, text.epochs),
                seed=seed,
                threads=self.settings.threads,
                device=self.device.name,
            ),
        )

    def _batches(self, training: Sequence[Spoken], weights: Weights, epochs: int) -> BatchOptions:
        return choose_batches(
            audio_seconds=_heard_seconds(training),
            size=weights.dimensions,
            card=self.device.memory,
            processes=self.crew.count,
            options=self.options,
            epochs=epochs,
        )

    def court(self, data: DecodedData, locale: str, progress: Progress) -> Court:
        """Who judges the candidates."""
        return Court(
            dev=data.dev,
            guard=data.guard,
            locale=locale,
            decoder=self.decoder,
            threads=self.settings.threads,
            allow_harm=self.options.allow_harm,
            cut_windows=bool(data.training or data.audio_only),
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


def _heard_seconds(training: Sequence[Spoken]) -> float:
    """Of audio in an epoch."""
    return sum(spoken.seconds * spoken.times for spoken in training)


def _require_trust(prepared: Prepared) -> None:
    """Make sure that most transcripts may be right: dev data would not tell, since wrong ones teach the domain's words, too.

    Raises:
        TrainingRefused: they are probably not.
    """
    wrong, of = len(prepared.suspects), len(prepared.spoken)
    if wrong > MOST_SUSPECTS * of:
        lines = [f"{each.name}: {each.reason}" for each in prepared.suspects[:3]]
        raise TrainingRefused(
            f"the transcripts of {wrong} of {of} recordings are probably wrong:\n  " + "\n  ".join(lines),
            hint="Are they those of other files? --leave-out-suspects trains on the others alone.",
        )


def tune_options(
    recipe: Recipe, *, seed: int, threads: int, device: str = "cpu", batches: BatchOptions = BatchOptions()
) -> TuneOptions:
    """The engine's options for a recipe."""
    return TuneOptions(
        part="decoder" if recipe.method == "decoder" else "all",
        rank=0 if recipe.method == "full" else TuneOptions.rank,
        epochs=recipe.epochs,
        batches=batches,
        augmentation=_CAREFUL,
        seed=seed,
        threads=threads,
        device=device,
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
    return TrainingRefused(
        "what was learned does not pass, and no bundle was written:\n  " + "\n  ".join(lines),
        hint="Make sure that the transcripts say what is spoken (`lect check`), train on more data, or give more dev data "
        "(--dev). With --resume --allow-harm POINTS the same training is judged again.",
    )
