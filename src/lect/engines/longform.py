"""Recordings of any length and any number through a recogniser.

Each recording is decoded as a stream, cut at silences and forgotten chunk by chunk; the chunks of several recordings share
batches, and several batches run side by side. What comes out is the same however many threads there are. Whoever stops
listening, by Ctrl-C for instance, waits for a step of each batch at the most, not for the batches.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Event

import numpy as np

from lect.core.errors import LectError
from lect.core.locale import AUTO, language_of
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Chunk, Samples, VadOptions, chunks
from lect.telemetry import get_log

from .contract import RecogniseOptions, Recogniser, Recognition, Scorer

BATCH_SECONDS = 120.0  # of audio in one batch
MARGIN = 2.0  # seconds that a chunk stays below the engine's window
PHRASES = VadOptions(max_silence=0.5)  # cut at pauses, as live streams are


@dataclass(frozen=True, kw_only=True)
class Source:
    """A recording to recognise: a file, the bytes of one, or what was decoded before."""

    name: str
    audio: Path | bytes | Samples
    channel: int | None = None  # of a file, which one alone, from 0; None: all together


@dataclass(frozen=True, kw_only=True)
class Way:
    """How a stretch is recognised."""

    recogniser: Recogniser
    options: RecogniseOptions
    scorer: Scorer | None = None

    def is_like(self, other: Way) -> bool:
        """Whether both can share a batch."""
        return self.recogniser is other.recogniser and self.options == other.options


Choose = Callable[
    [Samples, Way | None], Way
]  # a chunk, and how the one before it was recognised -> how this one is


@dataclass(frozen=True, kw_only=True)
class Segment:
    """What was said in one chunk, `offset` seconds into the recording."""

    offset: float
    recognition: Recognition


@dataclass(frozen=True, kw_only=True)
class Heard:
    """All that was said in a recording, or why it could not be heard."""

    name: str
    duration: float  # seconds, decoded
    segments: tuple[Segment, ...]
    language: str
    cpu_seconds: float  # of detection and recognition, without the decoding of the file
    error: LectError | None = None


@dataclass(kw_only=True)
class _Recording:
    """A recording on its way."""

    name: str
    way: Way | None = None  # of its first chunk; None: nobody spoke
    duration: float = 0.0
    waiting: int = 0  # chunks handed out and not answered
    is_read: bool = False
    cpu_seconds: float = 0.0
    error: LectError | None = None
    segments: dict[int, Segment] = field(default_factory=dict)

    def heard(self, locale: str) -> Heard:
        return Heard(
            name=self.name,
            duration=round(self.duration, 3),
            segments=tuple(self.segments[i] for i in sorted(self.segments)),
            language=language_of(self.way.options.locale if self.way else locale),
            cpu_seconds=round(self.cpu_seconds, 4),
            error=self.error,
        )


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One chunk of one recording."""

    recording: _Recording
    number: int
    chunk: Chunk
    way: Way

    @property
    def samples(self) -> Samples:
        return self.chunk.samples


def recognise_files(
    recogniser: Recogniser,
    sources: Iterable[Source],
    *,
    decoder: AudioDecoder,
    options: RecogniseOptions = RecogniseOptions(),
    scorer: Scorer | None = None,
    choose: Choose | None = None,
    in_phrases: bool = False,
    threads: int = 1,
) -> Iterator[Heard]:
    """Recognise recordings; answers come in the order of the sources, each as soon as it is complete.

    A recording that cannot be decoded is answered with its error; the others go on.

    Args:
        options: a locale of "auto" is settled per recording, by its first speech
        choose: how each chunk is recognised; None: by `recogniser` with `options` and `scorer`
        in_phrases: cut at each pause, as for a choice that depends on what is said
        threads: batches worked on side by side
    """
    choose = choose or _settling(Way(recogniser=recogniser, options=options, scorer=scorer))
    recordings: deque[_Recording] = deque()
    running: deque[Future[list[tuple[_Piece, Segment, float]]]] = deque()
    is_over = Event()
    log = get_log(__name__, action="recognise", model=recogniser.name)

    def on_step() -> None:
        if is_over.is_set():
            raise CancelledError

    def finish(batches_left: int) -> Iterator[Heard]:
        while len(running) > batches_left:
            for piece, segment, seconds in running.popleft().result():
                piece.recording.segments[piece.number] = segment
                piece.recording.waiting -= 1
                piece.recording.cpu_seconds += seconds
        while recordings and recordings[0].is_read and not recordings[0].waiting:
            heard = recordings.popleft().heard(options.locale)
            log.debug(
                "Recording heard.", file=heard.name, seconds=heard.duration, cpu_seconds=heard.cpu_seconds
            )
            yield heard

    pool = ThreadPoolExecutor(threads)
    try:
        longest = recogniser.window - MARGIN
        parted = partial(chunks, longest=longest, options=PHRASES, keep_short=False)
        cut = parted if in_phrases else partial(chunks, longest=longest)
        for batch in _batches(_pieces(sources, recordings, decoder=decoder, cut=cut, choose=choose)):
            running.append(pool.submit(_recognise, batch, on_step))
            yield from finish(threads)
        yield from finish(0)
    finally:
        is_over.set()
        pool.shutdown(cancel_futures=True)


def _settling(way: Way) -> Choose:
    """One way for all; "auto" is settled by the first chunk of each recording."""

    def choose(samples: Samples, before: Way | None) -> Way:
        if before is None and way.options.locale == AUTO:
            return replace(way, options=replace(way.options, locale=way.recogniser.detect(samples)))
        return before or way

    return choose


def _pieces(
    sources: Iterable[Source],
    recordings: deque[_Recording],
    *,
    decoder: AudioDecoder,
    cut: Callable[[Iterable[Samples]], Iterator[Chunk]],
    choose: Choose,
) -> Iterator[_Piece]:
    """The chunks of all recordings; each recording is noted in `recordings` as it is begun."""
    for source in sources:
        recording = _Recording(name=source.name)
        recordings.append(recording)
        began = time.thread_time()
        try:
            blocks = _measured(_blocks(source, decoder), recording)
            way: Way | None = None
            for number, chunk in enumerate(cut(blocks)):
                way = choose(chunk.samples, way)
                recording.way = recording.way or way
                recording.waiting += 1
                recording.cpu_seconds += time.thread_time() - began
                yield _Piece(recording=recording, number=number, chunk=chunk, way=way)
                began = time.thread_time()
        except LectError as error:
            recording.error = error
        recording.cpu_seconds += time.thread_time() - began
        recording.is_read = True


def _blocks(source: Source, decoder: AudioDecoder) -> Iterator[Samples]:
    if isinstance(source.audio, np.ndarray):
        return iter([np.asarray(source.audio)])
    return decoder.stream(source.audio, name=source.name, channel=source.channel)


def _measured(blocks: Iterator[Samples], recording: _Recording) -> Iterator[Samples]:
    for block in blocks:
        recording.duration += len(block) / SAMPLE_RATE
        yield block


def _batches(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Chunks that are recognised in one way, some two minutes of audio each."""
    batch: list[_Piece] = []
    seconds = 0.0
    for piece in pieces:
        is_other = bool(batch) and not piece.way.is_like(batch[0].way)
        if batch and (seconds >= BATCH_SECONDS or is_other):
            yield batch
            batch, seconds = [], 0.0
        batch.append(piece)
        seconds += len(piece.samples) / SAMPLE_RATE
    if batch:
        yield batch


def _recognise(batch: list[_Piece], on_step: Callable[[], None]) -> list[tuple[_Piece, Segment, float]]:
    """Recognise one batch; its CPU seconds are shared out by length."""
    began = time.thread_time()
    answers = batch[0].way.recogniser.recognise(
        [piece.samples for piece in batch],
        options=batch[0].way.options,
        scorers=[piece.way.scorer for piece in batch],
        speech=[piece.chunk.speech for piece in batch],
        on_step=on_step,
    )
    seconds = (time.thread_time() - began) / sum(len(piece.samples) for piece in batch)
    return [
        (piece, Segment(offset=piece.chunk.offset, recognition=answer), seconds * len(piece.samples))
        for piece, answer in zip(batch, answers, strict=True)
    ]
