"""Puts the parts together: the one place that chooses which collaborator serves whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from lect.adaptation.lm import NGram
from lect.core.closing import Closing
from lect.core.errors import InvalidInput
from lect.core.files import claimed
from lect.core.locale import language_of
from lect.core.progress import Progress, silent
from lect.core.stages import Stages
from lect.datasets.checking import check
from lect.datasets.reading import AcousticDataset, read_acoustic
from lect.datasets.recordings import Recording, RecordingSet, open_recordings
from lect.datasets.report import Report
from lect.engines.speakers.encoder import SpeakerEncoder
from lect.engines.whisper.tuning import require_torch
from lect.evaluations.results import Evaluation
from lect.evaluations.running import EvaluateOptions, evaluate
from lect.models.acoustic import Start
from lect.models.audio_data import AudioData
from lect.models.audio_training import AudioTraining, OnReady
from lect.models.bundles import is_bundle
from lect.models.crew import Crew
from lect.models.domain_text import DomainText
from lect.models.estimating import estimate
from lect.models.gate import Court
from lect.models.plan import Plan, TrainOptions, plan
from lect.models.resolver import resolve
from lect.models.speakers import speaker_weights
from lect.models.text_cost import hearing_cost, text_cost
from lect.models.training import OnPlan, Trained, require_place, train
from lect.models.tuned import TunedModel
from lect.models.tuning import Choice, choose_mixture, mixtures
from lect.models.workplace import scratch
from lect.sample import guard as built_in_guard
from lect.serving.diarization import DiarizationOptions, Turn, diarize
from lect.serving.forms import Writing, with_forms
from lect.serving.languages import DEFAULT_LOCALE, Languages, settle_locale
from lect.serving.phrases import PhraseLists, phrase_language
from lect.serving.pool import Model, Pool
from lect.serving.speakers import with_speakers
from lect.serving.transcriptions import Transcript, transcribe
from lect.settings import Settings
from lect.speech.audio import AudioDecoder, DecodeLimits
from lect.speech.text.phrases import PhraseList
from lect.telemetry import configure_logging

if TYPE_CHECKING:
    from lect.engines.whisper.tuning.devices import Device


@dataclass(frozen=True, kw_only=True)
class Parts(Closing):
    """What one process works with. Each part is made when it is first asked for."""

    settings: Settings
    _stack: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def pool(self) -> Pool:
        """Loaded models."""
        return Pool(self.settings)

    @cached_property
    def phrase_lists(self) -> PhraseLists:
        """Loaded models with the phrases of requests."""
        return PhraseLists()

    @cached_property
    def decoder(self) -> AudioDecoder:
        """Audio files to samples."""
        limits = self.settings.limits
        decoder = AudioDecoder(
            DecodeLimits(input_bytes=limits.audio_bytes, audio_seconds=limits.audio_seconds)
        )
        return self._stack.enter_context(decoder)

    def check(
        self,
        path: Path,
        *,
        kind: str | None = None,
        locale: str = DEFAULT_LOCALE,
        fix: Path | None = None,
        progress: Progress = silent,
    ) -> Report:
        """Everything that is wrong with some data, and a repaired copy if one is asked for."""
        return check(
            path,
            kind=kind,
            locale=locale,
            fix=fix,
            limits=self.settings.limits,
            decoder=self.decoder,
            progress=progress,
        )

    def read_acoustic(
        self, path: Path, *, locale: str | None = None, speakers: Path | None = None
    ) -> AcousticDataset:
        """Audio with transcripts; what breaks a rule is left out and counted."""
        dataset = read_acoustic(
            path,
            locale=locale or DEFAULT_LOCALE,
            decoder=self.decoder,
            limits=self.settings.limits,
            speakers=speakers,
        )
        self._stack.enter_context(dataset)
        return dataset

    def recordings(self, paths: Sequence[Path]) -> list[Recording]:
        """Audio files, and those in folders and zips."""
        return self._stack.enter_context(open_recordings(paths, limits=self.settings.limits))

    def evaluate(
        self,
        dataset: AcousticDataset,
        models: Sequence[Model],
        *,
        options: EvaluateOptions,
        progress: Progress,
    ) -> Evaluation:
        """Run models on a dataset and score them."""
        return evaluate(
            dataset,
            models,
            options=options,
            decoder=self.decoder,
            threads=self.settings.threads,
            progress=progress,
        )

    def expecting(
        self, model: Model, phrases: PhraseList, *, locale: str | None = None, progress: Progress = silent
    ) -> Model:
        """The model that expects phrases besides what it knows; made once for the same phrases.

        Raises:
            InvalidInput: phrases are given for speech of an unknown language.
        """
        if not phrases:
            return model
        language = phrase_language(settle_locale(model, locale))
        return self.phrase_lists.on(model, phrases, language=language, progress=progress)

    def transcribe(
        self,
        model: Model,
        recordings: Sequence[Recording],
        *,
        locale: str | None = None,
        beam: int = 5,
        word_times: bool = True,
        writing: Writing = Writing(),
        speakers: DiarizationOptions | None = None,
        languages: Languages | None = None,
        progress: Progress = silent,
    ) -> Iterator[Transcript]:
        """Transcribe recordings with a model, in order; each with its lexical, ITN, masked ITN and display form.

        Args:
            speakers: tell them apart; each segment is of one then
            languages: to choose from, with the model of each, in place of `model` and `locale`

        Raises:
            NotFound, InvalidInput: the profanity list cannot be read.
            MissingExtra, ModelLoadFailed: speakers cannot be told apart.
        """
        if speakers:
            self.speaker_encoder  # noqa: B018  what is missing is told before hours of work
        transcripts = transcribe(
            recordings,
            model,
            decoder=self.decoder,
            locale=locale,
            beam=beam,
            word_times=word_times or speakers is not None,
            languages=languages,
            threads=self.settings.threads,
        )
        among = {locale: each.rules for locale, each in languages.models.items()} if languages else None
        for done, (recording, transcript) in enumerate(zip(recordings, transcripts, strict=True), start=1):
            if speakers and transcript.segments and not transcript.error:
                transcript = with_speakers(transcript, self.turns(recording, speakers))
            progress(f"Transcribing with {model.name}", done / len(recordings))
            yield with_forms(transcript, writing, model.rules, among=among)

    def turns(self, recording: Recording, options: DiarizationOptions = DiarizationOptions()) -> list[Turn]:
        """Who speaks when in a recording.

        Raises:
            MissingExtra, ModelLoadFailed: speakers cannot be told apart.
            InvalidAudio, LimitExceeded: it cannot be decoded.
        """
        blocks = self.decoder.stream(recording.open(), name=recording.name, channel=recording.channel)
        return diarize(blocks, self.speaker_encoder, options)

    @cached_property
    def speaker_encoder(self) -> SpeakerEncoder:
        """What tells speakers apart.

        Raises:
            MissingExtra: its weights are not installed.
            ModelLoadFailed: they are damaged, or others.
        """
        return SpeakerEncoder(speaker_weights(self.settings), threads=self.settings.threads)

    def plan(
        self,
        output: Path,
        options: TrainOptions,
        *,
        base: str,
        dev: Path | None = None,
        guard: Path | None = None,
        progress: Progress = silent,
    ) -> Plan:
        """Meet everything that training would meet, without training; what is not downloaded yet is an error."""
        if options.trains_weights:
            require_torch()
            self._require_one_process()
        require_place(output)
        if not is_bundle(Path(base)):
            resolve(base, settings=self.settings, download=False)
        start = self._start(base, options, progress)
        data, reading = self._audio_data(options, dev, guard), Stages()
        planned = plan(
            options,
            audio=data.training,
            audio_only=data.audio_only,
            limits=self.settings.limits,
            stages=reading,
        )
        if options.learns_text:  # so that the estimate is the same whether it was made before or not
            start.base.general(language_of(options.locale), progress=progress)
        cost = text_cost(planned, reading.seconds, hearing=self._hearing_cost(start, data, options, progress))
        if options.trains_weights:
            with scratch(output) as folder:
                expected = estimate(
                    self._audio_training(start, data, options),
                    planned,
                    options,
                    folder,
                    progress=progress,
                )
            planned = replace(planned, estimate=expected.to_json())
            cost = cost.beside(expected.cpu_seconds, expected.peak_memory_mb)
        return replace(
            planned,
            base=start.base.name,
            dev_utterances=None if data.dev is None else len(data.dev),
            cpu_seconds=cost.cpu_seconds,
            peak_memory_mb=cost.peak_memory_mb,
        )

    def _hearing_cost(
        self, start: Start, data: AudioData, options: TrainOptions, progress: Progress
    ) -> float:
        """CPU seconds to choose the weight of the text on dev data; where the weights are trained, their estimate holds it."""
        if data.dev is None or options.trains_weights or not options.learns_text:
            return 0.0
        progress("Hearing a little of the dev data", 0.0)
        return hearing_cost(
            start.recogniser,
            data.dev,
            candidates=len(mixtures(options.weight)),
            locale=options.locale,
            decoder=self.decoder,
        )

    def train(
        self,
        output: Path,
        options: TrainOptions,
        *,
        base: str,
        dev: Path | None = None,
        guard: Path | None = None,
        on_plan: OnPlan = lambda planned: None,
        on_ready: OnReady = lambda ready: None,
        progress: Progress = silent,
    ) -> Trained:
        """Train a custom model; what is to be chosen is chosen on dev data.

        Under torchrun one process does so; the others are to `follow`.

        Args:
            on_plan: told what was read of the data, before anything is learned
            on_ready: told what the weights learn from, before they do

        Raises:
            Conflict: another training writes this bundle.
        """
        with ExitStack() as stack:
            if options.trains_weights:
                require_torch()
                stack.callback(self.crew.dismiss)
            require_place(output)
            stack.enter_context(claimed(output))
            return self._train(
                output,
                options,
                base=base,
                dev=dev,
                guard=guard,
                on_plan=on_plan,
                on_ready=on_ready,
                progress=progress,
            )

    @cached_property
    def crew(self) -> Crew:
        """The processes that train weights together, as torchrun started them; without it this one alone."""
        from lect.engines.whisper.tuning.processes import join

        return Crew(join(self._device.name))

    @cached_property
    def _device(self) -> Device:
        from lect.engines.whisper.tuning.devices import choose_device

        return choose_device(self.settings.device)

    def follow(self, options: TrainOptions, *, base: str) -> bool:
        """Take part in a training of weights that another process leads, if torchrun started both.

        Returns:
            whether it did; else there is nobody to follow, and this process is to `train`
        """
        if not options.trains_weights:
            return False
        require_torch()
        if not self.crew.follows:
            return False
        self.crew.follow(lambda: self._start(base, options, silent))
        return True

    def _require_one_process(self) -> None:
        from lect.engines.whisper.tuning.processes import are_launched

        if are_launched():
            raise InvalidInput("a dry run foretells what one process takes", hint="Run it without torchrun.")

    def _train(
        self,
        output: Path,
        options: TrainOptions,
        *,
        base: str,
        dev: Path | None,
        guard: Path | None,
        on_plan: OnPlan,
        on_ready: OnReady,
        progress: Progress,
    ) -> Trained:
        start = self._start(base, options, progress)
        data = self._audio_data(options, dev, guard)

        def choose(text: DomainText, general: NGram, tuned: TunedModel | None) -> Choice:
            court = Court(
                dev=list(data.dev or ()),
                guard=None,
                locale=options.locale,
                decoder=self.decoder,
                threads=self.settings.threads,
                progress=progress,
            )
            return choose_mixture(
                text,
                general,
                start.base,
                tuned.court if tuned else court,
                weight=options.weight,
                recogniser=tuned.recogniser if tuned else None,
                judgement=tuned.judgement if tuned else None,
            )

        return train(
            output,
            options,
            start.base,
            audio=self._audio_training(start, data, options) if options.trains_weights else None,
            choose=choose if data.dev is not None or options.trains_weights else None,
            not_trained_on=data.not_trained_on,
            limits=self.settings.limits,
            on_plan=on_plan,
            on_ready=on_ready,
            progress=progress,
        )

    def _start(self, base: str, options: TrainOptions, progress: Progress) -> Start:
        """What training begins with.

        Raises:
            UnsupportedLocale: the base does not know the language.
        """
        if options.trains_weights:
            start = self.pool.start(base, progress=progress)
        else:
            loaded = self.pool.base(base, progress=progress)
            start = Start(base=loaded, recogniser=loaded.recogniser)
        start.recogniser.require(options.locale)
        return start

    def _audio_training(self, start: Start, data: AudioData, options: TrainOptions) -> AudioTraining:
        return AudioTraining(
            start=start,
            data=data,
            options=options.tuning,
            decoder=self.decoder,
            settings=self.settings,
            device=self._device,
            crew=self.crew,
            or_anew=options.or_anew,
        )

    def _audio_data(self, options: TrainOptions, dev: Path | None, guard: Path | None) -> AudioData:
        """The recordings of a training.

        Raises:
            InvalidDataset: dev or guard data holds no utterance that can be used, or dev data too few to judge weights by.
        """
        is_built_in = guard is None and options.trains_weights and language_of(options.locale) == "en"
        guard = built_in_guard() if is_built_in else guard
        judges = [self.read_acoustic(path, locale=options.locale) if path else None for path in (dev, guard)]
        for dataset in judges:
            if dataset is not None:
                dataset.require_utterances()
        if options.deep_text and not options.audio and not any(judges):
            raise InvalidInput(
                "deep text changes the weights, and nothing would tell whether it does harm",
                hint="Name recordings with transcripts to judge it by: --dev, and --guard for speech of other domains.",
            )
        if options.synthetic_speech and not options.audio and dev is None:
            raise InvalidInput(
                "synthetic speech is unlike people's, and nothing would tell whether it helps",
                hint="Name recordings with transcripts of people with --dev.",
            )
        if options.audio_only and dev is None:
            raise InvalidInput(
                "self-training repeats what the model hears, and nothing would tell whether that helps",
                hint="Name recordings with transcripts of the same domain with --dev.",
            )
        data = AudioData(
            training=[self.read_acoustic(path, locale=options.locale) for path in options.audio],
            times=options.times,
            dev=judges[0],
            guard=judges[1],
            synthetic_guard=is_built_in,
            audio_only=self._recording_sets(options.audio_only),
            noises=self._recording_sets(options.noise),
        )
        if options.trains_weights:
            data.require_judges()
        return data

    def _recording_sets(self, paths: Sequence[Path]) -> list[RecordingSet]:
        return [
            RecordingSet(name=path.name, recordings=self.recordings([path])) for path in dict.fromkeys(paths)
        ]

    def close(self) -> None:
        """End the child processes and close what was opened."""
        self._stack.close()


def parts(settings: Settings | None = None) -> Parts:
    """The parts for these settings, by default those of the environment; from now on Lect logs as they say."""
    settings = settings or Settings()
    configure_logging(level=settings.log, format=settings.log_format)
    return Parts(settings=settings)
