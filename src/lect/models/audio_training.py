"""Training the weights on recordings with their transcripts: from datasets to what changed, judged before it is kept."""

from __future__ import annotations

import hashlib
import resource
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from lect.core.errors import InvalidDataset, TrainingRefused
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.datasets.reading import AcousticDataset
from lect.datasets.recordings import Recording
from lect.engines.contract import Recogniser, TunedWeights
from lect.engines.whisper.delta import Delta
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning.batches import Example, example
from lect.engines.whisper.tuning.byte_pairs import BytePairs
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.weights import Weights
from lect.models.acoustic import Start
from lect.models.bases import Base, load_tuned
from lect.models.gate import Court, Guard, Judgement
from lect.models.held_out import Split, hold_out
from lect.models.methods import AudioOptions, Recipe, choose_method
from lect.models.preparing import prepare
from lect.models.spoken import LeftOut, Spoken, decode
from lect.models.suspects import Suspect
from lect.settings import Settings
from lect.speech.audio import AudioDecoder, Samples

CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, kw_only=True)
class AudioData:
    """Recordings with transcripts, and what they are for."""

    training: Sequence[AcousticDataset] = ()
    dev: AcousticDataset | None = None  # None: a part of the training data is held back
    guard: AcousticDataset | None = None  # speech of other domains
    synthetic_guard: bool = False
    noises: Sequence[Recording] = ()  # to be heard behind the speech


@dataclass(frozen=True, kw_only=True)
class TunedModel:
    """What training on recordings ended with."""

    delta: bytes
    recogniser: Recogniser
    recipe: Recipe
    judgement: Judgement
    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    left_out: tuple[LeftOut, ...]
    suspects: tuple[Suspect, ...]  # trained on although their transcripts are probably wrong
    by_speaker: bool | None  # how dev data was held back; None: it was given
    losses: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Of audio trained on."""
        return sum(each.seconds for each in self.training)

    @property
    def held_back(self) -> list[tuple[str, str]]:
        """Files and transcripts of the training data that judged it."""
        return [] if self.by_speaker is None else [(each.file, each.transcript) for each in self.dev]

    def to_json(self) -> dict[str, Any]:
        """The recipe for the manifest."""
        taken = self.judgement.taken
        return {
            "method": self.recipe.method,
            "epochs": self.recipe.epochs,
            "steps": len(self.losses),
            "alpha": taken.alpha,
            "shortest_window": taken.shortest_window,
            "utterances": len(self.training),
            "seconds": round(self.seconds, 3),
            "left_out": len(self.left_out),
            "suspects": len(self.suspects),
            "losses": [round(self.losses[0], 4), round(self.losses[-1], 4)],
        }


@contextmanager
def workplace(output: Path) -> Iterator[Path]:
    """A folder beside the output for what training keeps meanwhile. After a failure its checkpoint stays, for resuming."""
    folder = output.with_name(f".{output.name}-training")
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / CHECKPOINT
    try:
        yield folder
    except BaseException:
        for path in [path for path in folder.iterdir() if path != checkpoint]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not checkpoint.exists():
            folder.rmdir()
        raise
    shutil.rmtree(folder)


@dataclass(frozen=True, kw_only=True)
class AudioTraining:
    """A training on recordings, ready to run."""

    start: Start
    data: AudioData
    options: AudioOptions
    decoder: AudioDecoder
    settings: Settings

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
        heard = _Heard.of(
            self.data,
            folder,
            window=self.start.recogniser.window,
            decoder=self.decoder,
            progress=progress,
        )
        stages.end("decoding")
        weights, before = self.start.read()
        prepared = prepare(
            heard.training,
            self.start.recogniser,
            locale=locale,
            leave_out_suspects=self.options.leave_out_suspects,
            progress=progress,
        )
        stages.end("preparing")
        examples, too_long = _examples(prepared.spoken, weights, self.start.base, locale)
        left_out = (*heard.left_out, *prepared.left_out, *too_long)
        if not examples:
            raise InvalidDataset("no recording can be trained on", hint=_reasons(left_out))
        recipe = choose_method(
            audio_seconds=sum(spoken.seconds for spoken, _ in examples),
            parameters=weights.dimensions.parameters,
            options=self.options,
        )
        learned, losses = _learn(
            before.applied(weights),
            [example for _, example in examples],
            heard.noises,
            tune_options(recipe, seed=seed, threads=self.settings.threads),
            folder / CHECKPOINT,
            resume=self.options.resume,
            progress=progress,
        )
        stages.end("training")
        judgement = self._court(heard, locale, progress).judge(
            self.start.recogniser, partial(self._candidate, before, learned, folder), alpha=self.options.alpha
        )
        stages.end("choosing")
        chosen = judgement.chosen
        if chosen is None:
            raise _refused(judgement)
        return TunedModel(
            delta=before.stacked(learned.scaled(chosen.alpha)).to_bytes(),
            recogniser=self._candidate(before, learned, folder, chosen.alpha, chosen.shortest_window),
            recipe=recipe,
            judgement=judgement,
            training=tuple(spoken for spoken, _ in examples),
            dev=heard.dev,
            left_out=left_out,
            suspects=prepared.suspects,
            by_speaker=heard.by_speaker,
            losses=losses,
        )

    def _court(self, heard: _Heard, locale: str, progress: Progress) -> Court:
        return Court(
            dev=heard.dev,
            guard=heard.guard,
            locale=locale,
            decoder=self.decoder,
            threads=self.settings.threads,
            allow_harm=self.options.allow_harm,
            progress=progress,
        )

    def _candidate(
        self, before: Delta, learned: Delta, folder: Path, alpha: float, shortest_window: float | None
    ) -> Recogniser:
        """A part of what was learned, as it would be served."""
        data = before.stacked(learned.scaled(alpha)).to_bytes()
        tuned = TunedWeights(
            name=f"alpha {alpha:g}",
            sha256=hashlib.sha256(data).hexdigest(),
            read=lambda: data,
            shortest_window=shortest_window,
        )
        settings = self.settings.model_copy(update={"cache": folder / "cache"})
        return load_tuned(self.start.base, tuned, settings=settings)


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """The decoded data."""

    training: tuple[Spoken, ...]
    dev: tuple[Spoken, ...]
    guard: Guard | None
    noises: tuple[Samples, ...]
    left_out: tuple[LeftOut, ...]
    by_speaker: bool | None

    @classmethod
    def of(
        cls, data: AudioData, folder: Path, *, window: float, decoder: AudioDecoder, progress: Progress
    ) -> _Heard:
        """Decode everything once.

        Raises:
            InvalidDataset: nothing is left to train on, or nothing to judge it by.
        """
        found = decode(
            data.training, folder / "training.f32", decoder=decoder, longest=window, progress=progress
        )
        names = ", ".join(dataset.name for dataset in data.training)
        if not found.spoken:
            raise InvalidDataset(f"{names}: no recording can be trained on", hint=_reasons(found.left_out))
        to_hear = partial(decode, decoder=decoder, what="Decoding dev and guard data", progress=progress)
        guard = None
        if data.guard is not None:
            utterances = to_hear([data.guard], folder / "guard.f32").spoken
            guard = Guard(utterances=utterances, synthetic=data.synthetic_guard)
        noises = tuple(
            each.samples for each in to_hear([map(_Noise, data.noises)], folder / "noise.f32").spoken
        )
        split = hold_out(found.spoken)
        if data.dev is not None:
            dev = to_hear([data.dev], folder / "dev.f32").spoken
            split = Split(training=found.spoken, dev=dev, by_speaker=None)
        if not split.dev:
            raise InvalidDataset(
                f"{names}: one recording alone cannot be trained on and judged",
                hint="Add recordings, or name others to judge it by with --dev.",
            )
        return cls(
            training=split.training,
            dev=split.dev,
            guard=guard,
            noises=noises,
            left_out=found.left_out,
            by_speaker=split.by_speaker,
        )


@dataclass(frozen=True)
class _Noise:
    """A recording in which nothing is said, as utterances are decoded."""

    recording: Recording
    transcript: str = ""
    speaker: None = None

    @property
    def file(self) -> str:
        return self.recording.name

    def source(self) -> Path | bytes:
        return self.recording.open()


def _examples(
    spoken: Sequence[Spoken], weights: Weights, base: Base, locale: str
) -> tuple[list[tuple[Spoken, Example]], list[LeftOut]]:
    """Recordings with the tokens of their transcripts; those with too many tokens are left out."""
    tokens = Tokens(base.folder.path / "tokenizer.json", weights.dimensions.vocabulary)
    encoding, language = BytePairs(tokens.pieces), language_of(locale)
    kept, left_out = list[tuple[Spoken, Example]](), list[LeftOut]()
    for each in spoken:
        made = example(
            each.file,
            each.samples,
            encoding.encode(each.transcript),
            words=len(each.transcript.split()),
            language=language,
            tokens=tokens,
        )
        if len(made.prompt) + len(made.answer) > weights.dimensions.positions:
            left_out.append(
                LeftOut(file=each.file, reason=f"its transcript is {len(made.answer)} tokens long")
            )
        else:
            kept.append((each, made))
    return kept, left_out


def _learn(
    weights: Weights,
    examples: Sequence[Example],
    noises: Sequence[Samples],
    options: TuneOptions,
    checkpoint: Path,
    *,
    resume: bool,
    progress: Progress,
) -> tuple[Delta, tuple[float, ...]]:
    from lect.engines.whisper.tuning.loop import Step, tune

    def tell(step: Step) -> None:
        left = (
            f"{step.seconds_left / 60:.0f} min" if step.seconds_left >= 90 else f"{step.seconds_left:.0f} s"
        )
        detail = (
            f"loss {step.loss:.2f}, {step.words_per_second:.0f} words/s, {left} left, {peak_memory():.0f} MB"
        )
        progress(f"Learning from the audio · {detail}", step.step / step.steps)

    tuned = tune(
        weights,
        examples,
        options=options,
        noises=noises,
        checkpoint=checkpoint,
        resume=resume,
        progress=tell,
    )
    return tuned.delta, tuned.losses


def tune_options(recipe: Recipe, *, seed: int, threads: int) -> TuneOptions:
    """The engine's options for a recipe."""
    return TuneOptions(
        part="decoder" if recipe.method == "decoder" else "all",
        rank=0 if recipe.method == "full" else TuneOptions.rank,
        epochs=recipe.epochs,
        seed=seed,
        threads=threads,
    )


def _refused(judgement: Judgement) -> TrainingRefused:
    before = f"{judgement.dev_before.wer:.1%}"
    lines = [
        f"alpha {trial.alpha:g}: dev WER {trial.dev.wer:.1%} (before: {before}); {', '.join(trial.objections)}"
        for trial in judgement.trials
    ]
    return TrainingRefused(
        "what was learned does not pass, and no bundle was written:\n  " + "\n  ".join(lines),
        hint="Make sure that the transcripts say what is spoken (`lect check`), train on more audio, or give more dev data "
        "(--dev). With --resume --allow-harm POINTS the same training is judged again.",
    )


def _reasons(left_out: Sequence[LeftOut], most: int = 5) -> str:
    lines = [f"{each.file}: {each.reason}" for each in left_out[:most]]
    return "\n  ".join([*lines, *(["..."] if len(left_out) > most else [])]) or "Run `lect check` on it."


def peak_memory() -> float:
    """The most memory that this process has held, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
