"""Running models on a dataset, for `scoring` to judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lect.core.errors import InvalidDataset
from lect.datasets.reading import AcousticDataset, Utterance
from lect.engines.longform import Source
from lect.evaluations.scoring import Evaluation, ModelRun, score_models
from lect.serving.pool import Model
from lect.serving.transcriptions import settle_locale, transcribe
from lect.speech.audio import AudioDecoder
from lect.speech.text import normaliser


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """How to evaluate."""

    locale: str | None = None  # None: the first model's own, else en-US
    beam: int = 5
    seed: int = 0  # of the bootstrap


def evaluate(
    dataset: AcousticDataset,
    models: Sequence[Model],
    *,
    options: EvaluateOptions = EvaluateOptions(),
    decoder: AudioDecoder,
    threads: int = 1,
    progress: Callable[[str, float], None] = lambda what, done: None,
) -> Evaluation:
    """Transcribe a dataset with each model and score what they heard.

    Raises:
        InvalidDataset: there is not one utterance that can be used.
        InvalidInput: the locale does not fit a model.
    """
    utterances = list(dataset)
    if not utterances:
        raise InvalidDataset(f"{dataset.name}: no utterance can be used", hint="Run `lect check` on it.")
    locale = options.locale or next((model.locale for model in models if model.locale), None)
    runs = [
        _run(utterances, model, locale, options, decoder=decoder, threads=threads, progress=progress)
        for model in models
    ]
    return score_models(
        dataset.name,
        utterances,
        runs,
        normaliser=normaliser(locale or settle_locale(models[0], None)),
        seed=options.seed,
    )


def _run(
    utterances: Sequence[Utterance],
    model: Model,
    locale: str | None,
    options: EvaluateOptions,
    *,
    decoder: AudioDecoder,
    threads: int,
    progress: Callable[[str, float], None],
) -> ModelRun:
    what = f"Recognising with {model.name}"
    progress(what, 0.0)
    hypotheses, cpu_seconds, audio_seconds = [], 0.0, 0.0
    transcripts = transcribe(
        (Source(name=utterance.file, audio=utterance.source()) for utterance in utterances),
        model,
        decoder=decoder,
        locale=locale,
        beam=options.beam,
        word_times=False,
        threads=threads,
    )
    for transcript in transcripts:
        if transcript.error:
            raise transcript.error
        hypotheses.append(transcript.display)
        cpu_seconds += transcript.cpu_seconds
        audio_seconds += transcript.duration
        progress(what, len(hypotheses) / len(utterances))
    return ModelRun(
        model=model.name,
        hypotheses=hypotheses,
        cpu_seconds=round(cpu_seconds, 3),
        audio_seconds=round(audio_seconds, 3),
    )
