"""The lessons of a training: of texts that nobody says, of synthetic speech, of recordings, each with how it is learned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from lect.core.errors import InvalidDataset
from lect.core.progress import Progress, silent
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.batches import Example
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.weights import Weights
from lect.models.bases import Base
from lect.models.deep_text import DeepText
from lect.models.lessons import Lesson, Sentence, examples_of
from lect.models.methods import (
    AUGMENT_OPTIONS,
    AudioOptions,
    Recipe,
    choose_batches,
    choose_epochs,
    choose_method,
)
from lect.models.preparing import Losses
from lect.models.spoken import Spoken
from lect.models.synthetic import Script
from lect.models.ways import CAREFUL
from lect.speech.audio import Samples

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.devices import Device


@dataclass(frozen=True, kw_only=True)
class Curriculum:
    """Makes lessons for one model on one machine."""

    weights: Weights  # that training begins with
    base: Base
    locale: str
    seed: int
    options: AudioOptions
    threads: int
    device: Device
    processes: int  # that learn together

    def losses(self, progress: Progress = silent) -> Losses:
        """What tells how much transcripts surprise the model."""
        from lect.engines.whisper.tuning.losses import token_losses

        def tell(spoken: Sequence[Spoken]) -> list[float | None]:
            pairs, _ = self.examples(spoken)
            found = token_losses(
                self.weights,
                [example for _, example in pairs],
                threads=self.threads,
                device=self.device.name,
                progress=partial(progress, "Weighing the transcripts"),
            )
            by_place = {id(each): loss for (each, _), loss in zip(pairs, found, strict=True)}
            return [by_place.get(id(each)) for each in spoken]

        return tell

    def examples(
        self, spoken: Sequence[Spoken]
    ) -> tuple[list[tuple[Spoken, Example]], list[tuple[Spoken, str]]]:
        """Recordings that can be learned, with their tokens; and those whose transcripts are too long, with the reason."""
        return examples_of(spoken, self.weights, self.base, self.locale)

    def reading(self, text: DeepText) -> tuple[Lesson, DeepText]:
        """The lesson of deep text, and what of it is short enough to be learned.

        Raises:
            InvalidDataset: nothing is.
        """
        lines = (*text.sentences, *text.replayed)
        sentences = [Sentence(file=str(at), transcript=line) for at, line in enumerate(lines)]
        pairs, too_long = examples_of(sentences, self.weights, self.base, self.locale)
        kept = [sentence for sentence, _ in pairs]
        count = sum(int(each.file) < len(text.sentences) for each in kept)
        if not count:
            raise InvalidDataset(
                "no sentence is short enough to be learned deeply",
                hint=f"{too_long[0][1]}: one sentence a line.",
            )
        lesson = Lesson(
            name="text",
            examples=[example for _, example in pairs],
            options=TuneOptions(
                part="language",
                epochs=text.epochs,
                augmentation=None,
                batches=self._batches(0.0, text.epochs),
                seed=self.seed,
                threads=self.threads,
                device=self.device.name,
            ),
        )
        return lesson, replace(
            text,
            sentences=tuple(each.transcript for each in kept[:count]),
            replayed=tuple(each.transcript for each in kept[count:]),
            too_long=len(text.sentences) - count,
        )

    def listening(
        self, script: Script, spoken: Sequence[Spoken], noises: Sequence[Samples]
    ) -> tuple[Lesson, Script]:
        """The lesson of synthetic speech with a frozen encoder, and what of it is learned how often.

        Raises:
            InvalidDataset: nothing is.
        """
        pairs, _ = self.examples(spoken)
        if not pairs:
            raise InvalidDataset("no sentence is short enough to be spoken", hint="One sentence a line.")
        seconds = heard_seconds([each for each, _ in pairs])
        epochs = choose_epochs(audio_seconds=seconds, options=self.options)
        recipe = Recipe(method="decoder", epochs=epochs, why="synthetic voices")
        lesson = self._lesson("speech", [example for _, example in pairs], recipe, noises, seconds)
        return lesson, replace(script, seconds=seconds, epochs=epochs)

    def hearing(
        self, pairs: Sequence[tuple[Spoken, Example]], noises: Sequence[Samples]
    ) -> tuple[Lesson, Recipe]:
        """The lesson of recordings."""
        seconds = heard_seconds([spoken for spoken, _ in pairs])
        recipe = choose_method(
            audio_seconds=seconds,
            parameters=self.weights.dimensions.parameters,
            card=self.device.memory,
            options=self.options,
        )
        return self._lesson("audio", [example for _, example in pairs], recipe, noises, seconds), recipe

    def _lesson(
        self,
        name: str,
        examples: Sequence[Example],
        recipe: Recipe,
        noises: Sequence[Samples],
        seconds: float,
    ) -> Lesson:
        options = tune_options(
            recipe,
            seed=self.seed,
            threads=self.threads,
            device=self.device.name,
            batches=self._batches(seconds, recipe.epochs),
            augmentation=AUGMENT_OPTIONS[self.options.augment],
        )
        return Lesson(name=name, examples=examples, options=options, noises=noises)

    def _batches(self, seconds: float, epochs: int) -> BatchOptions:
        return choose_batches(
            audio_seconds=seconds,
            size=self.weights.dimensions,
            card=self.device.memory,
            processes=self.processes,
            options=self.options,
            epochs=epochs,
        )


def heard_seconds(spoken: Sequence[Spoken]) -> float:
    """Of audio in an epoch."""
    return sum(each.seconds * each.times for each in spoken)


def tune_options(
    recipe: Recipe,
    *,
    seed: int,
    threads: int,
    device: str = "cpu",
    batches: BatchOptions = BatchOptions(),
    augmentation: AugmentOptions = AUGMENT_OPTIONS[CAREFUL],
) -> TuneOptions:
    """The engine's options for a recipe."""
    return TuneOptions(
        part="decoder" if recipe.method == "decoder" else "all",
        rank=0 if recipe.method == "full" else TuneOptions.rank,
        epochs=recipe.epochs,
        batches=batches,
        augmentation=augmentation,
        seed=seed,
        threads=threads,
        device=device,
    )
