"""Running models on a dataset, for `scoring` to judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lect.core.progress import Progress, silent
from lect.core.words import counted
from lect.datasets.reading import AcousticDataset, Utterance
from lect.datasets.recordings import Recording
from lect.engines.contract import Word
from lect.evaluations.results import EvaluatedUtterance, Failure
from lect.evaluations.scoring import Evaluation, ModelRun, score_models
from lect.evaluations.word_times import times_of
from lect.serving.languages import DEFAULT_LOCALE
from lect.serving.pool import Model
from lect.serving.transcriptions import Transcript, transcribe
from lect.speech.audio import AudioDecoder
from lect.speech.text import Normaliser, normaliser
from lect.speech.text.display import DisplayForms, ProfanityMode


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """How to evaluate."""

    locale: str | None = None  # None: that of the models, see `locale_of`
    beam: int = 5
    word_times: bool = False  # find out when each word is said, which costs time that counts as the model's
    seed: int = 0  # of the bootstrap
    names: tuple[str, ...] = ()  # what to call the models, one for each; none: as they are called themselves


def evaluate(
    dataset: AcousticDataset,
    models: Sequence[Model],
    *,
    options: EvaluateOptions = EvaluateOptions(),
    decoder: AudioDecoder,
    threads: int = 1,
    progress: Progress = silent,
) -> Evaluation:
    """Transcribe a dataset with each model and score what they heard.

    An utterance that one of them could not hear is left out for all, and told in `failures`.

    Raises:
        InvalidDataset: there is not one utterance that can be used.
        InvalidAudio, RecognitionFailed: there is not one that all models could hear; the first reason.
        InvalidInput: the locale does not fit a model.
    """
    dataset.require_utterances()
    utterances = list(dataset)
    locale = options.locale or locale_of(models)
    names = options.names or tuple(model.name for model in models)
    heard = [
        _hear(utterances, model, name, locale, options, decoder=decoder, threads=threads, progress=progress)
        for name, model in zip(names, models, strict=True)
    ]
    failures = tuple(
        Failure(file=each.file, model=name, error=each.error)
        for name, transcripts in zip(names, heard, strict=True)
        for each in transcripts
        if each.error
    )
    failed = {failure.file for failure in failures}
    kept = [utterance for utterance in utterances if utterance.file not in failed]
    if not kept:
        raise failures[0].error
    evaluation = score_models(
        dataset.name,
        kept,
        [
            _run(name, [each for each in transcripts if each.file not in failed], model, locale)
            for name, transcripts, model in zip(names, heard, models, strict=True)
        ],
        normaliser=normaliser(locale),
        seed=options.seed,
    )
    by_file = [{each.file: each for each in transcripts} for transcripts in heard]
    timed = (
        _timed(each, [transcripts[each.file] for transcripts in by_file], normaliser(locale))
        for each in evaluation.utterances
    )
    return replace(evaluation, failures=failures, utterances=tuple(timed))


def locale_of(models: Sequence[Model]) -> str:
    """What models are compared in: the locale of the first that has one of its own, else en-US."""
    return next((model.locale for model in models if model.locale), DEFAULT_LOCALE)


def _hear(
    utterances: Sequence[Utterance],
    model: Model,
    name: str,
    locale: str,
    options: EvaluateOptions,
    *,
    decoder: AudioDecoder,
    threads: int,
    progress: Progress,
) -> list[Transcript]:
    what = f"Recognising with {name}"
    progress(what, 0.0)
    heard = []
    for transcript in transcribe(
        (Recording(name=utterance.file, open=utterance.source) for utterance in utterances),
        model,
        decoder=decoder,
        locale=locale,
        beam=options.beam,
        word_times=options.word_times,
        threads=threads,
    ):
        heard.append(transcript)
        progress(
            f"{what} · {len(heard):,} of {counted(len(utterances), 'utterance')}",
            len(heard) / len(utterances),
        )
    return heard


def _timed(
    utterance: EvaluatedUtterance, transcripts: Sequence[Transcript], normaliser: Normaliser
) -> EvaluatedUtterance:
    """The utterance with how long it is, and when each model heard each word, if that was found out."""
    scores = (
        replace(score, times=times_of(score.alignment.hypothesis, _words(transcript), normaliser))
        for score, transcript in zip(utterance.models, transcripts, strict=True)
    )
    return replace(utterance, duration=transcripts[0].duration, models=tuple(scores))


def _words(transcript: Transcript) -> list[Word]:
    return [word for segment in transcript.segments for word in segment.words]


def _run(name: str, transcripts: Sequence[Transcript], model: Model, locale: str) -> ModelRun:
    hypotheses = [transcript.display for transcript in transcripts]
    forms = DisplayForms(locale, profanity=ProfanityMode.RAW, rules=model.rules)
    return ModelRun(
        model=name,
        hypotheses=hypotheses,
        written=[forms.styled(text).text for text in hypotheses] if model.rules else None,
        cpu_seconds=round(sum(transcript.cpu_seconds for transcript in transcripts), 3),
        audio_seconds=round(sum(transcript.duration for transcript in transcripts), 3),
    )
