"""Who speaks when in a whole recording: its voices, stretch by stretch, are put together by likeness.

Of live streams `live.speakers` names each phrase at once; here all is known before anybody is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from lect.core.errors import InvalidInput
from lect.serving.clustering import Labels, cluster
from lect.serving.voices import MOST_SPEAKERS, Voice, VoiceEncoder
from lect.speech.audio import SAMPLE_RATE, Chunk, Samples, Span, chunks, speech_spans

Array = npt.NDArray[np.float32]

_CLUSTERED = 4_000  # windows that are compared with one another, some 50 minutes of speech: 64 MB, 4 s


@dataclass(frozen=True, kw_only=True)
class DiarizationOptions:
    """How many may speak, and what tells them apart.

    The figures were found on the development and training speakers of `benchmarks/listening/diarization.py`.
    """

    fewest: int = 1
    most: int = MOST_SPEAKERS
    same: float = 0.33  # mean cosine between all that two have said, from which they are one
    shortest: float = 2.0  # seconds that somebody speaks in all, at the least, to be a speaker
    window: float = 1.5  # seconds of speech that tell a voice
    step: float = 0.75  # seconds from one window to the next
    enough: float = 1.0  # seconds of speech, at the least, to tell a new voice

    def __post_init__(self) -> None:
        if not 1 <= self.fewest <= self.most <= MOST_SPEAKERS:
            raise InvalidInput(
                f"{self.fewest} to {self.most} speakers cannot be told apart",
                hint=f"At least 1, at most {MOST_SPEAKERS}, and no more at the least than at the most.",
            )


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A stretch in which one speaks. Times are seconds from the start of the recording."""

    speaker: int  # from 1, in the order in which they begin to speak
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class _Window:
    span: int  # of speech without a pause; windows of one follow each other closely
    start: float
    end: float
    voice: Voice

    @property
    def seconds(self) -> float:
        return self.end - self.start


def diarize(
    blocks: Iterable[Samples], encoder: VoiceEncoder, options: DiarizationOptions = DiarizationOptions()
) -> list[Turn]:
    """Tell who speaks when. Turns are in order and do not overlap; where two speak at once, one of them has it.

    Args:
        blocks: the audio in order, each shape = (n_samples,); it is forgotten as it is heard
    """
    windows = list(_windows(blocks, encoder, options))
    return _turns(windows, _speakers(windows, options)) if windows else []


def _windows(
    blocks: Iterable[Samples], encoder: VoiceEncoder, options: DiarizationOptions
) -> Iterator[_Window]:
    number = 0
    for chunk in chunks(blocks):
        for span in speech_spans(chunk.samples):
            number += 1
            for part in _parts(span, options):
                if (voice := encoder.voice(_sound(chunk, part))) is not None:
                    start, end = chunk.offset + part.start, chunk.offset + part.end
                    yield _Window(span=number, start=start, end=end, voice=voice)


def _parts(span: Span, options: DiarizationOptions) -> Iterator[Span]:
    """Windows of equal length that are evenly laid over a span; one that is shorter is a window itself."""
    rest = span.end - span.start - options.window
    if rest <= 0:
        yield span
        return
    for start in np.linspace(span.start, span.start + rest, round(rest / options.step) + 1).tolist():
        yield Span(start=start, end=start + options.window)


def _sound(chunk: Chunk, part: Span) -> Samples:
    return chunk.samples[round(part.start * SAMPLE_RATE) : round(part.end * SAMPLE_RATE)]


def _speakers(windows: Sequence[_Window], options: DiarizationOptions) -> Labels:
    """The speaker of each window: the one whose voice is most like it. shape = (n_windows,)"""
    telling = [each for each in windows if each.seconds >= options.enough] or list(windows)
    evenly = np.linspace(0, len(telling) - 1, min(len(telling), _CLUSTERED)).round().astype(int)
    known = _known([telling[at] for at in evenly], options)
    voices = np.array([each.voice for each in windows])
    return np.asarray((voices @ known.T).argmax(axis=1), np.intp)


def _known(windows: Sequence[_Window], options: DiarizationOptions) -> Array:
    """The voices of the speakers. shape = (n_speakers, size)"""
    voices = np.array([each.voice for each in windows])
    seconds = np.array([each.seconds for each in windows])
    labels = cluster(voices, same=options.same, fewest=options.fewest)
    spoken = np.bincount(labels, seconds)
    is_one = spoken >= min(options.shortest, np.sort(spoken)[-options.fewest :].min())
    voices, labels = voices[is_one[labels]], labels[is_one[labels]]  # who said a word or two is somebody else
    if is_one.sum() > options.most:
        labels = cluster(voices, same=options.same, fewest=options.fewest, most=options.most)
    means = np.array([voices[labels == label].mean(axis=0) for label in np.unique(labels)])
    return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)


def _turns(windows: Sequence[_Window], speakers: Labels) -> list[Turn]:
    numbers: dict[int, int] = {}
    turns: list[Turn] = []
    for (start, end), speaker in zip(_borders(windows), speakers.tolist(), strict=True):
        number = numbers.setdefault(speaker, len(numbers) + 1)
        if turns and turns[-1].speaker == number and turns[-1].end == start:
            turns[-1] = replace(turns[-1], end=end)
        else:
            turns.append(Turn(speaker=number, start=start, end=end))
    return turns


def _borders(windows: Sequence[_Window]) -> list[tuple[float, float]]:
    """What is left of each window when those that overlap meet half-way."""
    starts, ends = [each.start for each in windows], [each.end for each in windows]
    for at, (before, after) in enumerate(pairwise(windows)):
        if before.span == after.span:
            ends[at] = starts[at + 1] = (before.end + after.start) / 2
    return list(zip(starts, ends, strict=True))
