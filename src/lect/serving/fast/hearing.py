"""A file through the engine that live streams use, stretch by stretch, so that they go first and no file holds all of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from lect.core.errors import RecognitionFailed
from lect.core.locale import AUTO, language_of
from lect.engines.contract import RecogniseOptions, go_on
from lect.engines.guard import FailedRecognition
from lect.engines.longform import MARGIN, PHRASES
from lect.serving.fast.spoken import Spoken, sentences
from lect.serving.forms import Writing, segment_forms
from lect.serving.languages import SHORTEST, Languages, settle_locale
from lect.serving.live.hearing import Answer, Hearing, Urgency
from lect.serving.phrases import PhraseLists
from lect.serving.pool import Model
from lect.serving.transcriptions import SegmentTranscript, segment_of
from lect.speech.audio import SAMPLE_RATE, Chunk, Samples, chunks
from lect.speech.text.phrases import PhraseList

_AHEAD = 1  # stretches that are asked for while an earlier one is heard
_PARTED = partial(chunks, options=PHRASES, keep_short=False)  # at each pause, as languages change there


class Choice(Protocol):
    """Chooses what recognises a stretch, after the one before it."""

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        """The model, and the locale to recognise in."""
        ...


Detect = Callable[[Model, Samples, Sequence[str]], dict[str, float]]
"""Tells by a model how probable each of some languages is, the most probable first."""


class Settled:
    """One model and one language. "auto" is told by the first speech."""

    def __init__(self, model: Model, locale: str, detect: Detect) -> None:
        """
        Raises:
            InvalidInput, UnsupportedLocale: the model is not for this locale.
        """
        self._model, self._locale, self._detect = model, settle_locale(model, locale), detect
        model.recogniser.require(self._locale)

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        if self._locale == AUTO:
            heard = self._detect(self._model, samples, self._model.recogniser.languages)
            self._locale = next(iter(heard))
        return self._model, self._locale


class Among:
    """Several languages, told in each stretch anew; a very short one is of the language before."""

    def __init__(self, models: Mapping[str, Model], detect: Detect) -> None:
        """
        Raises:
            InvalidInput, UnsupportedLocale: the models do not know the languages, or cannot tell them apart.
        """
        self._detect = detect
        self._languages = Languages(models, is_continuous=True)
        self._locale: str | None = None

    def __call__(self, samples: Samples) -> tuple[Model, str]:
        if self._locale is None or len(samples) >= SHORTEST * SAMPLE_RATE:
            heard = self._detect(self._languages.detector, samples, self._languages.languages)
            self._locale, _ = self._languages.likeliest(heard)
        return self._languages.models[self._locale], self._locale


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """How a file is heard."""

    words: bool = False  # with their times
    writing: Writing = field(default_factory=Writing)
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
        models: Mapping[str, Model],
        hearing: Hearing,
        options: FileOptions = FileOptions(),
        *,
        phrase_lists: PhraseLists | None = None,
        on_step: Callable[[], None] = go_on,
    ) -> None:
        """
        Args:
            models: by locale; among several each stretch is told
            hearing: has stretches recognised
            phrase_lists: where models with phrases are remembered
            on_step: called often; what it raises ends the work

        Raises:
            InvalidInput, UnsupportedLocale: a model does not know its language, or several cannot be told apart.
        """
        self._models, self._hearing, self._options = models, hearing, options
        self._choice()  # what cannot be is told before any work
        self._phrase_lists, self._on_step = phrase_lists or PhraseLists(), on_step
        self._samples = 0

    @property
    def seconds(self) -> float:
        """Seconds that were read last."""
        return round(self._samples / SAMPLE_RATE, 3)

    def hear(self, blocks: Iterable[Samples]) -> Iterator[Spoken]:
        """What is said in a file, each phrase as soon as it is known.

        Args:
            blocks: the file in order, each shape = (n_samples,)

        Raises:
            LectError: what `blocks` raises; or a stretch cannot be heard.
        """
        return self.told(self.segments(blocks))

    def segments(self, blocks: Iterable[Samples]) -> Iterator[SegmentTranscript]:
        """The same, stretch by stretch as the engine has it, before its forms are made."""
        longest = min(model.recogniser.window for model in self._models.values()) - MARGIN
        cut = chunks if len(self._models) == 1 else _PARTED
        choose, asked = self._choice(), deque[_Asked]()
        try:
            for chunk in cut(self._read(blocks), longest=longest):
                asked.append(self._ask(chunk, *choose(chunk.samples)))
                if len(asked) > _AHEAD:
                    yield from self._heard(asked.popleft())
            while asked:
                yield from self._heard(asked.popleft())
        finally:
            for each in asked:
                each.answer.cancel()

    def told(self, segments: Iterable[SegmentTranscript]) -> Iterator[Spoken]:
        """Stretches in their forms, sentence by sentence."""
        for segment in segments:
            locale = segment.locale or AUTO
            model = self._models.get(locale) or next(iter(self._models.values()))
            forms = self._options.writing.forms(locale, model.rules)
            yield from sentences(segment_forms(segment, forms), locale)

    def _choice(self) -> Choice:
        if len(self._models) > 1:
            return Among(self._models, self._detect)
        [(locale, model)] = self._models.items()
        return Settled(model, locale, self._detect)

    def _detect(self, model: Model, samples: Samples, languages: Sequence[str]) -> dict[str, float]:
        told = self._hearing.detect(
            model, samples, languages, urgency=Urgency.FILE, on_step=self._on_step
        ).result()
        assert told is not None  # only drafts are left undone
        return told

    def _read(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        self._samples = 0
        for block in blocks:
            self._on_step()
            self._samples += len(block)
            yield block

    def _ask(self, chunk: Chunk, model: Model, locale: str) -> _Asked:
        if self._options.phrases:
            model = self._phrase_lists.on(model, self._options.phrases, language=language_of(locale))
        options = RecogniseOptions(locale=locale, beam=self._options.beam, word_times=self._options.words)
        answer = self._hearing.ask(model, chunk.samples, options, urgency=Urgency.FILE, on_step=self._on_step)
        return _Asked(offset=chunk.offset, model=model, answer=answer)

    def _heard(self, asked: _Asked) -> Iterator[SegmentTranscript]:
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
            yield replace(segment, locale=locale)
