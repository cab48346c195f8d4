"""From audio files to transcripts with one model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lect.core.errors import InvalidInput, LectError
from lect.core.locale import AUTO, blank_of, canonicalise, language_of
from lect.datasets.recordings import Recording
from lect.engines.contract import Alternative, RecogniseOptions, Word
from lect.engines.guard import failure_of
from lect.engines.longform import Heard, Source, recognise_files
from lect.serving.pool import Model
from lect.serving.terms import with_terms
from lect.speech.audio import AudioDecoder
from lect.speech.text.lexical import lexical

DEFAULT_LOCALE = "en-US"
UNDETERMINED = "und"  # BCP-47: nobody spoke


@dataclass(frozen=True, kw_only=True)
class SegmentTranscript:
    """A stretch of speech between silences. Times are seconds from the start of the file."""

    offset: float
    duration: float
    display: str
    lexical: str
    confidence: float
    words: tuple[Word, ...]  # of the display form
    itn: str = ""  # `forms.with_forms` makes it
    masked_itn: str = ""
    heard: tuple[
        Word, ...
    ] = ()  # the words before display rules and profanity changed them; `forms.with_forms` keeps them


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What one model heard in one file, or why it could not."""

    file: str
    model: str
    locale: str
    duration: float
    display: str
    lexical: str
    confidence: float
    segments: tuple[SegmentTranscript, ...]
    cpu_seconds: float
    itn: str = ""  # `forms.with_forms` makes it
    masked_itn: str = ""
    error: LectError | None = None

    def to_json(self, *, heard: bool = False) -> dict[str, Any]:
        """The JSON line of `lect transcribe --format jsonl`.

        Args:
            heard: with the words of segments as they were heard
        """
        document = asdict(replace(self, error=None))
        del document["error"]
        for segment in () if heard else document["segments"]:
            del segment["heard"]
        if self.error:
            document["error"] = self.error.to_json()
        return document


def transcribe(
    recordings: Iterable[Recording],
    model: Model,
    *,
    decoder: AudioDecoder,
    locale: str | None = None,
    beam: int = 5,
    word_times: bool = True,
    threads: int = 1,
) -> Iterator[Transcript]:
    """Transcribe recordings, in order, each answered as soon as it is complete.

    One that cannot be read or recognised is answered with its error; the others go on.

    Args:
        locale: BCP-47, "auto" to detect it per file, or None for the model's own (of a base: en-US)

    Raises:
        InvalidInput: the locale does not fit the model.
    """
    options = RecogniseOptions(locale=settle_locale(model, locale), beam=beam, word_times=word_times)
    model.recogniser.require(options.locale)
    unopened: dict[str, LectError] = {}
    heard = recognise_files(
        model.recogniser,
        _sources(recordings, unopened),
        decoder=decoder,
        options=options,
        scorer=model.scorer,
        threads=threads,
    )
    for each in heard:
        error = unopened.get(each.name) or failure_of(each)
        yield _transcript(each, model, options.locale, error)


def _sources(recordings: Iterable[Recording], unopened: dict[str, LectError]) -> Iterator[Source]:
    """The recordings as the engine takes them; one that cannot be opened keeps its place as an empty file."""
    for recording in recordings:
        audio: Path | bytes = b""
        try:
            audio = recording.open()
        except LectError as error:
            unopened[recording.name] = error
        yield Source(name=recording.name, audio=audio)


def settle_locale(model: Model, locale: str | None) -> str:
    """The locale to recognise in: the one asked for, the model's own, or en-US.

    Raises:
        InvalidInput: the model's text is of another language.
        UnsupportedLocale: it is not a locale.
    """
    settled = canonicalise(locale or model.locale or DEFAULT_LOCALE)
    if model.locale is None or language_of(settled) == language_of(model.locale):
        return settled
    raise InvalidInput(
        f"{model.name}: this model was made for {model.locale}, not for {locale}",
        hint="Leave --locale out, or name a base model.",
    )


def _transcript(heard: Heard, model: Model, locale: str, error: LectError | None) -> Transcript:
    segments = tuple(
        segment_of(segment.offset, segment.recognition.duration, segment.recognition.best, model, locale)
        for segment in heard.segments
        if segment.recognition.best.display
    )
    if locale == AUTO:
        locale = UNDETERMINED if heard.language == AUTO else heard.language
    blank = blank_of(locale)
    spoken = sum(segment.duration for segment in segments)
    confidence = (
        sum(segment.confidence * segment.duration for segment in segments) / spoken if spoken else 0.0
    )
    return Transcript(
        file=heard.name,
        model=model.name,
        locale=locale,
        duration=heard.duration,
        display=blank.join(segment.display for segment in segments),
        lexical=blank.join(segment.lexical for segment in segments),
        confidence=round(confidence, 4),
        segments=segments,
        cpu_seconds=heard.cpu_seconds,
        error=error,
    )


def segment_of(
    offset: float, duration: float, best: Alternative, model: Model, locale: str
) -> SegmentTranscript:
    """What an engine heard in a stretch of audio, written as the model's domain writes it.

    Args:
        offset: of the stretch; the words' own count from its start
    """
    said = model.written.spoken(best.display)
    cased = model.casing.restored_words([word.word for word in best.words])
    words = [
        replace(word, word=text, offset=round(offset + word.offset, 3))
        for word, text in zip(best.words, cased, strict=True)
    ]
    return SegmentTranscript(
        offset=round(offset, 3),
        duration=round(duration, 3),
        display=model.written.written(model.casing.restored(best.display)),
        lexical=best.lexical if said == best.display else lexical(said, locale),
        confidence=best.confidence,
        words=tuple(with_terms(words, model.written)),
    )
