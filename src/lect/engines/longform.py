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
from pathlib import Path
from threading import Event

import numpy as np

from lect.core.errors import LectError
from lect.core.locale import AUTO, language_of
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples, chunks
from lect.telemetry import get_log

from .contract import RecogniseOptions, Recogniser, Recognition, Scorer

BATCH_SECONDS = 120.0  # of audio in one batch
MARGIN = 2.0  # seconds that a chunk stays below the engine's window


@dataclass(frozen=True, kw_only=True)
class Source:
    """A recording to recognise: a file, the bytes of one, or what was decoded before."""

    name: str
    audio: Path | bytes | Samples


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
    options: RecogniseOptions
    duration: float = 0.0
    waiting: int = 0  # chunks handed out and not answered
    is_read: bool = False
    cpu_seconds: float = 0.0
    error: LectError | None = None
    segments: dict[int, Segment] = field(default_factory=dict)

    def heard(self) -> Heard:
        return Heard(
            name=self.name,
            duration=round(self.duration, 3),
            segments=tuple(self.segments[i] for i in sorted(self.segments)),
            language=language_of(self.options.locale),
            cpu_seconds=round(self.cpu_seconds, 4),
            error=self.error,
        )


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """One chunk of one recording."""

    recording: _Recording
    number: int
    offset: float
    samples: Samples


def recognise_files(
    recogniser: Recogniser,
    sources: Iterable[Source],
    *,
    decoder: AudioDecoder,
    options: RecogniseOptions = RecogniseOptions(),
    scorer: Scorer | None = None,
    threads: int = 1,
) -> Iterator[Heard]:
    """Recognise recordings; answers come in the order of the sources, each as soon as it is complete.

    A recording that cannot be decoded is answered with its error; the others go on.

    Args:
        options: a locale of "auto" is settled per recording, by its first speech
        threads: batches worked on side by side
    """
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
            heard = recordings.popleft().heard()
            log.debug(
                "Recording heard.", file=heard.name, seconds=heard.duration, cpu_seconds=heard.cpu_seconds
            )
            yield heard

    pool = ThreadPoolExecutor(threads)
    try:
        pieces = _pieces(recogniser, sources, recordings, decoder=decoder, options=options)
        for batch in _batches(pieces):
            running.append(pool.submit(_recognise, recogniser, batch, scorer, on_step))
            yield from finish(threads)
        yield from finish(0)
    finally:
        is_over.set()
        pool.shutdown(cancel_futures=True)


def _pieces(
    recogniser: Recogniser,
    sources: Iterable[Source],
    recordings: deque[_Recording],
    *,
    decoder: AudioDecoder,
    options: RecogniseOptions,
) -> Iterator[_Piece]:
    """The chunks of all recordings; each recording is noted in `recordings` as it is begun."""
    for source in sources:
        recording = _Recording(name=source.name, options=options)
        recordings.append(recording)
        began = time.thread_time()
        try:
            blocks = _measured(_blocks(source, decoder), recording)
            for number, chunk in enumerate(chunks(blocks, longest=recogniser.window - MARGIN)):
                if recording.options.locale == AUTO:
                    recording.options = replace(options, locale=recogniser.detect(chunk.samples))
                recording.waiting += 1
                recording.cpu_seconds += time.thread_time() - began
                yield _Piece(recording=recording, number=number, offset=chunk.offset, samples=chunk.samples)
                began = time.thread_time()
        except LectError as error:
            recording.error = error
        recording.cpu_seconds += time.thread_time() - began
        recording.is_read = True


def _blocks(source: Source, decoder: AudioDecoder) -> Iterator[Samples]:
    if isinstance(source.audio, np.ndarray):
        return iter([np.asarray(source.audio)])
    return decoder.stream(source.audio, name=source.name)


def _measured(blocks: Iterator[Samples], recording: _Recording) -> Iterator[Samples]:
    for block in blocks:
        recording.duration += len(block) / SAMPLE_RATE
        yield block


def _batches(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    """Chunks of one locale, some two minutes of audio each."""
    batch: list[_Piece] = []
    seconds = 0.0
    for piece in pieces:
        is_other = bool(batch) and piece.recording.options != batch[0].recording.options
        if batch and (seconds >= BATCH_SECONDS or is_other):
            yield batch
            batch, seconds = [], 0.0
        batch.append(piece)
        seconds += len(piece.samples) / SAMPLE_RATE
    if batch:
        yield batch


def _recognise(
    recogniser: Recogniser, batch: list[_Piece], scorer: Scorer | None, on_step: Callable[[], None]
) -> list[tuple[_Piece, Segment, float]]:
    """Recognise one batch; its CPU seconds are shared out by length."""
    began = time.thread_time()
    answers = recogniser.recognise(
        [piece.samples for piece in batch],
        options=batch[0].recording.options,
        scorers=[scorer] * len(batch),
        on_step=on_step,
    )
    seconds = (time.thread_time() - began) / sum(len(piece.samples) for piece in batch)
    return [
        (piece, Segment(offset=piece.offset, recognition=answer), seconds * len(piece.samples))
        for piece, answer in zip(batch, answers, strict=True)
    ]
