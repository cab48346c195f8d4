"""A file through the engine that live streams use, stretch by stretch, so that they go first and no file holds all of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from lect.core.errors import RecognitionFailed
from lect.core.locale import AUTO, language_of
from lect.engines.contract import RecogniseOptions, go_on
from lect.engines.guard import FailedRecognition
from lect.engines.longform import MARGIN
from lect.serving.fast.spoken import Spoken, sentences
from lect.serving.forms import Profanity, segment_forms
from lect.serving.languages import settle_locale
from lect.serving.live.hearing import Answer, Hearing, Urgency
from lect.serving.live.languages import LanguageChoice
from lect.serving.phrases import PhraseLists
from lect.serving.pool import Model
from lect.serving.transcriptions import segment_of
from lect.speech.audio import SAMPLE_RATE, Samples, chunks
from lect.speech.audio.vad import Chunk
from lect.speech.text.phrases import PhraseList

_AHEAD = 1  # stretches that are asked for while an earlier one is heard


class Choice(Protocol):
    """Chooses what recognises a stretch."""

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        """The model, and the locale to recognise in."""
        ...


def choice_of(models: dict[str, Model]) -> Choice:
    """The choice among models by locale: of one there is none, and "auto" is told by the first speech.

    Raises:
        InvalidInput, UnsupportedLocale: the models do not know the languages, or cannot tell them apart.
    """
    if len(models) > 1:
        return _Among(LanguageChoice(models, is_continuous=True))
    [(locale, model)] = models.items()
    if locale == AUTO:
        return _Detected(model)
    model.recogniser.require(settled := settle_locale(model, locale))
    return lambda samples: (model, settled)


class _Detected:
    """The language of the first speech, from there on."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._locale: str | None = None

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        self._locale = self._locale or self._model.recogniser.detect(samples)
        return self._model, self._locale


class _Among:
    """The language of each stretch anew."""

    def __init__(self, languages: LanguageChoice) -> None:
        self._languages = languages

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        self._languages.hear(samples, is_whole=True)
        return self._languages.model, self._languages.locale


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How a file is heard."""

    words: bool = False  # with their times
    profanity: Profanity = field(default_factory=Profanity)
    phrases: PhraseList | None = None
    beam: int = 5


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """A stretch that waits for its answer."""

    offset: float  # seconds
    model: Model
    answer: Answer


class FileHearing:
    """Hears one file, in the thread of whoever asks for its phrases."""

    def __init__(
        self,
        choose: Choice,
        hearing: Hearing,
        options: FileOptions = FileOptions(),
        *,
        longest: float,
        phrase_lists: PhraseLists | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> None:
        """
        Args:
            hearing: has stretches recognised
            longest: seconds that the engine hears at once
            phrase_lists: where models with phrases are remembered
            on_step: called often; what it raises ends the work
        """
        self._choose, self._hearing, self._options = choose, hearing, options
        self._longest, self._on_step = longest - MARGIN, on_step
        self._phrase_lists = phrase_lists or PhraseLists()
        self._samples = 0

    @property
    def seconds(self) -> float:
        """Seconds of the file that were read."""
        return round(self._samples / SAMPLE_RATE, 3)

    def hear(self, blocks: Iterable[Samples]) -> Iterator[Spoken]:
        """What is said in a file, each phrase as soon as it is known.

        Args:
            blocks: the file in order, each shape = (n_samples,)

        Raises:
            LectError: what `blocks` raises; or a stretch cannot be heard.
        """
        asked = deque[_Asked]()
        try:
            for chunk in chunks(self._read(blocks), longest=self._longest):
                asked.append(self._ask(chunk))
                if len(asked) > _AHEAD:
                    yield from self._phrases(asked.popleft())
            while asked:
                yield from self._phrases(asked.popleft())
        finally:
            for each in asked:
                each.answer.cancel()

    def _read(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        for block in blocks:
            self._on_step()
            self._samples += len(block)
            yield block

    def _ask(self, chunk: Chunk) -> _Asked:
        model, locale = self._choose(chunk.samples)
        if self._options.phrases:
            model = self._phrase_lists.on(model, self._options.phrases, language=language_of(locale))
        options = RecogniseOptions(locale=locale, beam=self._options.beam, word_times=self._options.words)
        answer = self._hearing.ask(model, chunk.samples, options, urgency=Urgency.FILE, on_step=self._on_step)
        return _Asked(offset=chunk.offset, model=model, answer=answer)

    def _phrases(self, asked: _Asked) -> Iterator[Spoken]:
        recognition = asked.answer.result()
        assert recognition is not None  # only drafts are left undone
        if isinstance(recognition, FailedRecognition):
            raise RecognitionFailed(
                f"The recognition failed at {asked.offset:.1f} s: {recognition.error.message}",
                hint=recognition.error.hint,
            )
        if recognition.best.display:
            locale = recognition.locale
            segment = segment_of(asked.offset, recognition.duration, recognition.best, asked.model, locale)
            forms = self._options.profanity.forms(locale, asked.model.rules)
            yield from sentences(segment_forms(segment, forms), locale)
