"""Where speech is, and how to cut long audio there.

`speech_spans` answers for a recording in memory. `chunks` reads a stream of any length in constant memory and
yields stretches that a recogniser can take, cut at silences, with silence left out.

A span begins with the first frame (32 ms) whose speech probability reaches `threshold` and ends with the first of
a run of frames below `release` that lasts `min_silence`. Spans shorter than `min_speech` are noise, not speech.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, pairwise

import numpy as np
import numpy.typing as npt

from lect.speech.audio.silero import FRAME, SpeechProbability
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

Probabilities = npt.NDArray[np.float32]

_BATCH = (
    64 * FRAME
)  # samples scored at once; counted from the start of the stream, so that blocks do not matter
_LOOKAHEAD = (
    1.0  # seconds beyond `longest` that are seen before a cut, so that what is near it is judged in full
)


@dataclass(frozen=True, kw_only=True)
class VadOptions:
    """When audio is speech, and what is kept around it. Times are seconds."""

    threshold: float = 0.5
    release: float = 0.35
    min_speech: float = 0.25
    min_silence: float = 0.1
    pad: float = 0.3  # audio kept before and after speech in a chunk
    max_silence: float = 3.0  # a longer silence always ends a chunk


@dataclass(frozen=True, kw_only=True)
class Span:
    """A stretch of speech, in seconds from the start of the audio."""

    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A stretch of the audio, as it was, that starts `offset` seconds from its start."""

    offset: float
    samples: Samples
    speech: tuple[Span, ...] | None = None  # in it; None: it was not found for this stretch alone


def speech_spans(samples: Samples, options: VadOptions = VadOptions()) -> list[Span]:
    """Find the speech in a recording.

    Args:
        samples: shape = (n_samples,).
        options: When audio is speech.

    Returns:
        Spans in order, without overlap, to the frame (32 ms); nothing is added around them.
    """
    probabilities = np.concatenate([scores for _, scores in _scored([samples])] or [np.zeros(0, np.float32)])
    length = len(samples) / SAMPLE_RATE
    return [
        Span(start=start * FRAME / SAMPLE_RATE, end=min(end * FRAME / SAMPLE_RATE, length))
        for start, end in _find_spans(probabilities, options)
    ]


def chunks(
    blocks: Iterable[Samples],
    *,
    longest: float = 28.0,
    options: VadOptions = VadOptions(),
    keep_short: bool = True,
) -> Iterator[Chunk]:
    """Cut a stream at silences into stretches of at most `longest` seconds; silence yields nothing.

    Audio no longer than `longest` with speech in it is one chunk, whole, if `keep_short` and no silence of `max_silence` parts its
    speech: behind such a silence a recogniser may lose what is said. Longer audio is cut at the longest silence in the second half
    of what a chunk may hold; where there is none, at the frame that is least like speech.
    Memory does not grow with the length. How the audio is split into blocks changes nothing.

    Args:
        blocks: The audio in order, each shape = (n_samples,).
        longest: Upper bound of a chunk in seconds, at least 1.1 with the default options.
        options: When audio is speech, and what is kept around it.

    Yields:
        Chunks in order, without overlap.
    """
    if longest < max(1.0, 2 * (options.pad + options.min_speech)):
        raise ValueError(f"chunks of at most {longest:g} s are too short to hold speech and its surroundings")
    blocks = iter(blocks)
    head = _read(blocks, int(longest * SAMPLE_RATE) + 1)
    if keep_short and len(head) <= longest * SAMPLE_RATE:
        spans = speech_spans(head, options)
        if not any(b.start - a.end >= options.max_silence for a, b in pairwise(spans)):
            if spans:
                yield Chunk(offset=0.0, samples=head, speech=tuple(spans))
            return
    yield from _Cutter(longest, options).cut(chain([head], blocks))


class _Cutter:
    """The audio that is waiting to be cut, and what is known about it."""

    def __init__(self, longest: float, options: VadOptions) -> None:
        self._options = options
        self._limit = _frames(longest)
        self._pad = _frames(options.pad)
        self._window = self._limit + _frames(_LOOKAHEAD)
        self._start = 0  # of the waiting audio in the stream, in frames
        self._samples = np.zeros(0, np.float32)
        self._scores: Probabilities = np.zeros(0, np.float32)
        self._is_inside = False  # the last cut went through speech

    def cut(self, blocks: Iterable[Samples]) -> Iterator[Chunk]:
        for samples, scores in _scored(blocks):
            self._samples = np.concatenate([self._samples, samples])
            self._scores = np.concatenate([self._scores, scores])
            while len(self._scores) >= self._window:
                yield from self._step()
        while len(self._scores):
            yield from self._step(is_end=True)

    def _step(self, *, is_end: bool = False) -> Iterator[Chunk]:
        """Drop leading silence, or else yield one chunk."""
        spans = _find_spans(self._scores, self._options, is_inside=self._is_inside)
        if not spans:
            # What began just now may yet turn out to be speech.
            keep = 0 if is_end else self._pad + _frames(self._options.min_speech)
            self._drop(len(self._scores) - keep)
        elif spans[0][0] > self._pad:
            self._drop(spans[0][0] - self._pad)
        else:
            stop = self._find_cut(spans)
            offset = self._start * FRAME / SAMPLE_RATE
            yield Chunk(offset=offset, samples=self._samples[: stop * FRAME].copy())
            self._drop(stop, is_inside=any(start < stop < end for start, end in spans))

    def _find_cut(self, spans: list[tuple[int, int]]) -> int:
        """The frame before which the chunk ends; the chunk starts with the waiting audio."""
        total, last = len(self._scores), spans[-1][1]
        silences = [(end, start) for (_, end), (start, _) in pairwise(spans)] + [(last, total)]
        usable = [silence for silence in silences if silence[0] <= self._limit]
        for start, end in usable:
            if end - start >= _frames(self._options.max_silence):
                return min(start + self._pad, self._limit)
        if last <= self._limit:
            return min(last + self._pad, self._limit, total)
        half = self._limit // 2
        if usable:
            late = [silence for silence in usable if silence[0] >= half] or usable[-1:]
            start, end = max(late, key=lambda silence: silence[1] - silence[0])
            return min(start + self._pad, (start + end + 1) // 2, self._limit)
        return half + 1 + int(np.argmin(self._scores[half : self._limit]))

    def _drop(self, frames: int, *, is_inside: bool = False) -> None:
        self._is_inside = is_inside
        self._start += frames
        self._samples = self._samples[frames * FRAME :]
        self._scores = self._scores[frames:]


def _find_spans(
    probabilities: Probabilities, options: VadOptions, *, is_inside: bool = False
) -> list[tuple[int, int]]:
    """Spans of speech as (first frame, frame after the last); `is_inside` says that the first frame continues one."""
    shortest, patience = _frames(options.min_speech), max(1, _frames(options.min_silence))
    spans = []
    start: int | None = 0 if is_inside else None
    quiet: int | None = None  # first frame of the silence that may end the span
    for frame, probability in enumerate(chain(probabilities.tolist(), [0.0] * patience)):
        if start is None:
            start = frame if probability >= options.threshold else None
        elif probability >= options.release:
            quiet = None
        else:
            quiet = frame if quiet is None else quiet
            if frame + 1 - quiet >= patience:
                if quiet - start >= (1 if is_inside and start == 0 else shortest):
                    spans.append((start, quiet))
                start = quiet = None
    return spans


def _scored(blocks: Iterable[Samples]) -> Iterator[tuple[Samples, Probabilities]]:
    """Yield the audio in equal batches, the last one shorter, with the probability of each frame."""
    score = SpeechProbability()
    blocks = iter(blocks)
    rest = np.zeros(0, np.float32)
    while len(rest := _read(chain([rest], blocks), _BATCH)):
        batch, rest = rest[:_BATCH], rest[_BATCH:]
        yield batch, score(batch)


def _read(blocks: Iterator[Samples], wanted: int) -> Samples:
    """Join blocks until there are `wanted` samples or no more blocks."""
    taken: list[Samples] = []
    count = 0
    while count < wanted and (block := next(blocks, None)) is not None:
        if len(block):
            taken.append(block)
        count += len(block)
    if len(taken) == 1:
        return taken[0]  # no copy: a whole recording may be one block, in a memory map
    return np.concatenate(taken) if taken else np.zeros(0, np.float32)


def _frames(seconds: float) -> int:
    return int(seconds * SAMPLE_RATE) // FRAME
