"""From audio files to transcripts with one model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lect.core.errors import LectError
from lect.core.locale import AUTO, blank_of
from lect.datasets.recordings import Recording
from lect.engines.contract import Alternative, RecogniseOptions, Word
from lect.engines.guard import failure_of
from lect.engines.longform import Heard, Segment, Source, recognise_files
from lect.serving.languages import Languages, settle_locale
from lect.serving.pool import Model
from lect.serving.terms import with_terms
from lect.speech.audio import AudioDecoder
from lect.speech.text.lexical import lexical

UNDETERMINED = "und"  # BCP-47: nobody spoke


@dataclass(frozen=True, kw_only=True)
class SegmentTranscript:
    """A stretch of speech between silences. Times are seconds from the start of the file."""

    offset: float
    duration: float
    display: str
    lexical: str
    confidence: float
    words: tuple[Word, ...]
    itn: str = ""  # `forms.with_forms` makes it
    masked_itn: str = ""
    locale: str | None = None  # if it was told among several
    speaker: int | None = None  # from 1 on; `speakers.with_speakers` tells it


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

    def to_json(self) -> dict[str, Any]:
        """The JSON line of `lect transcribe --format jsonl`."""
        document = asdict(replace(self, error=None))
        del document["error"]
        for segment in document["segments"]:
            for name in ("locale", "speaker"):
                if segment[name] is None:
                    del segment[name]
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
    languages: Languages | None = None,
    threads: int = 1,
) -> Iterator[Transcript]:
    """Transcribe recordings, in order, each answered as soon as it is complete.

    One that cannot be read or recognised is answered with its error; the others go on.

    Args:
        locale: BCP-47, "auto" to detect it per file, or None for the model's own (of a base: en-US)
        languages: to choose from, with the model of each, in place of `model` and `locale`

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
        choose=None if languages is None else languages.choosing(options),
        in_phrases=languages is not None and languages.is_continuous,
        threads=threads,
    )
    for each in heard:
        if languages:
            transcript = _transcript_among(each, languages, model)
        else:
            transcript = _transcript(each, _segments(each, model, options.locale), model, options.locale)
        yield replace(transcript, error=unopened.get(each.name) or failure_of(each))


def _sources(recordings: Iterable[Recording], unopened: dict[str, LectError]) -> Iterator[Source]:
    """The recordings as the engine takes them; one that cannot be opened keeps its place as an empty file."""
    for recording in recordings:
        audio: Path | bytes = b""
        try:
            audio = recording.open()
        except LectError as error:
            unopened[recording.name] = error
        yield Source(name=recording.name, audio=audio, channel=recording.channel)


def _segments(heard: Heard, model: Model, locale: str) -> tuple[SegmentTranscript, ...]:
    return tuple(_segment(each, model, locale) for each in heard.segments if each.recognition.best.display)


def _segment(segment: Segment, model: Model, locale: str) -> SegmentTranscript:
    said = segment.recognition
    return segment_of(segment.offset, said.duration, said.best, model, locale)


def _transcript_among(heard: Heard, languages: Languages, model: Model) -> Transcript:
    """The transcript of a recording whose segments are each of one of several languages; its own is that of most of it."""
    spoken: defaultdict[str, float] = defaultdict(float)
    segments: list[SegmentTranscript] = []
    for each in heard.segments:
        if each.recognition.best.display:
            locale = each.recognition.locale
            segments.append(replace(_segment(each, languages.models[locale], locale), locale=locale))
            spoken[locale] += each.recognition.duration
    if not segments:
        return _transcript(heard, (), model, UNDETERMINED)
    locale = max(spoken, key=spoken.__getitem__)
    return _transcript(heard, tuple(segments), languages.models[locale], locale)


def _transcript(
    heard: Heard, segments: tuple[SegmentTranscript, ...], model: Model, locale: str
) -> Transcript:
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
