"""Puts the parts together: the one place that chooses which collaborator serves whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Self

from lect.adaptation.lm import NGram
from lect.datasets.limits import limits_of
from lect.datasets.reading import AcousticDataset, read_acoustic
from lect.engines.longform import Source
from lect.evaluations.results import Evaluation
from lect.evaluations.running import EvaluateOptions, evaluate
from lect.models.training import Report, Trained, TrainOptions, train
from lect.models.tuning import Choice, choose_mixture
from lect.serving.pool import Model, Pool
from lect.serving.transcriptions import DEFAULT_LOCALE, Transcript, transcribe
from lect.settings import Settings
from lect.speech.audio import AudioDecoder, DecodeLimits


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What one process works with. Each part is made when it is first asked for."""

    settings: Settings
    _stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def pool(self) -> Pool:
        """Loaded models."""
        return Pool(self.settings)

    @cached_property
    def decoder(self) -> AudioDecoder:
        """Audio files to samples."""
        limits = self.settings.limits
        decoder = AudioDecoder(
            DecodeLimits(input_bytes=limits.audio_bytes, audio_seconds=limits.audio_seconds)
        )
        return self._stack.enter_context(decoder)

    def open_model(self, name: str, *, report: Report) -> Model:
        """The model of a name, see `Pool.open`."""
        return self.pool.open(name, progress=lambda done: report("Reading what the base knows", done))

    def read_acoustic(
        self, path: Path, *, locale: str | None = None, speakers: Path | None = None
    ) -> AcousticDataset:
        """Audio with transcripts; what breaks a rule is left out and counted."""
        dataset = read_acoustic(
            path,
            locale=locale or DEFAULT_LOCALE,
            decoder=self.decoder,
            limits=limits_of(self.settings.limits),
            speakers=speakers,
        )
        self._stack.enter_context(dataset)
        return dataset

    def evaluate(
        self, dataset: AcousticDataset, models: Sequence[Model], *, options: EvaluateOptions, report: Report
    ) -> Evaluation:
        """Run models on a dataset and score them."""
        return evaluate(
            dataset,
            models,
            options=options,
            decoder=self.decoder,
            threads=self.settings.threads,
            progress=report,
        )

    def transcribe(
        self,
        model: Model,
        files: Sequence[Path],
        *,
        locale: str | None = None,
        beam: int = 5,
        word_times: bool = True,
        progress: Callable[[float], None] = lambda done: None,
    ) -> Iterator[Transcript]:
        """Transcribe files with a model, in order."""
        sources = (Source(name=str(path), audio=path) for path in files)
        transcripts = transcribe(
            sources,
            model,
            decoder=self.decoder,
            locale=locale,
            beam=beam,
            word_times=word_times,
            threads=self.settings.threads,
        )
        for done, transcript in enumerate(transcripts, start=1):
            progress(done / len(files))
            yield transcript

    def train(
        self, output: Path, options: TrainOptions, *, base: str, dev: Path | None = None, report: Report
    ) -> Trained:
        """Train a custom model; with dev data, choose its weight there."""
        loaded = self.pool.base(base)

        def choose(domain: NGram, general: NGram, weight: int | None, *, dev: Path) -> Choice:
            return choose_mixture(
                domain,
                general,
                loaded,
                self.read_acoustic(dev, locale=options.locale),
                locale=options.locale,
                weight=weight,
                decoder=self.decoder,
                threads=self.settings.threads,
                progress=lambda done: report("Choosing the weight on dev data", done),
            )

        chooser = partial(choose, dev=dev) if dev else None
        limits = limits_of(self.settings.limits)
        return train(output, options, loaded, choose=chooser, limits=limits, report=report)

    def close(self) -> None:
        """End the child processes and close what was opened."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def parts(settings: Settings | None = None) -> Parts:
    """The parts for these settings, by default those of the environment."""
    return Parts(settings=settings or Settings())
