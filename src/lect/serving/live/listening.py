"""The audio of a stream that is still coming: what of it is speech, and as much of it as is still needed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from lect.speech.audio import SAMPLE_RATE, Samples
from lect.speech.audio.segmenting import Mark, Segmenter, Started, frames_of
from lect.speech.audio.silero import FRAME, SpeechProbability

from .events import Silence

_GROUP = 2 * FRAME  # samples scored at once, 64 ms; counted from the start of the stream


class Listening:
    """Samples in, marks out. Marks and audio depend on the samples alone, not on how they were fed."""

    def __init__(self, segmenter: Segmenter, *, initial_silence: float | None) -> None:
        """
        Args:
            initial_silence: seconds without speech at the start that are told; None: never
        """
        self._segmenter, self._score = segmenter, SpeechProbability()
        self._initial = None if initial_silence is None else frames_of(initial_silence)
        self._fed: deque[Samples] = deque()
        self.waiting = 0  # samples fed and not examined yet
        self._kept = np.zeros(0, np.float32)  # examined, and perhaps of a segment to come
        self._kept_from = 0  # where it begins, in samples

    @property
    def examined(self) -> int:
        """Samples that were examined, from the start of the stream."""
        return self._kept_from + len(self._kept)

    @property
    def spoken_from(self) -> int | None:
        """The frame with which the speech of the open segment begins; None: no segment is open."""
        return self._segmenter.spoken_from

    @property
    def is_pausing(self) -> bool:
        """Whether the latest frames were silent."""
        return self._segmenter.is_pausing

    @property
    def likely(self) -> tuple[int, int] | None:
        """The frames of the open segment, begin and end, if nothing more is said; None: that is not to be expected yet."""
        return self._segmenter.likely

    def feed(self, samples: Samples) -> None:
        """Keep the next samples of the stream."""
        if len(samples):
            self._fed.append(np.asarray(samples, np.float32))
            self.waiting += len(samples)

    def marks(self, *, is_end: bool = False) -> Iterator[Mark | Silence]:
        """Examine what was fed. The audio of a segment is there until the mark after it is asked for.

        Args:
            is_end: nothing will be fed any more
        """
        while self.waiting >= _GROUP or (is_end and self.waiting):
            group = self._take(min(_GROUP, self.waiting))
            yield from [
                mark
                for frame in zip(self._score(group), _loudness(group), strict=True)
                for mark in self._judge(*frame)
            ]
            self._forget()
        if is_end:
            yield from self._segmenter.finish()
            if self._initial is not None:
                yield self._silence()

    def audio(self, start: int, end: int) -> Samples:
        """The samples from one frame to another."""
        return self._kept[start * FRAME - self._kept_from : end * FRAME - self._kept_from]

    def open_audio(self) -> Samples:
        """The samples of the open segment so far."""
        return self.audio(self._segmenter.needed, self._segmenter.at)

    def seconds(self, frame: int) -> float:
        """Where a frame begins; the last one may be filled up with what was never there."""
        return min(frame * FRAME, self.examined) / SAMPLE_RATE

    def _take(self, count: int) -> Samples:
        """Move samples from what was fed to what is kept."""
        parts = list[Samples]()
        missing = count
        while missing:
            block = self._fed.popleft()
            parts.append(block[:missing])
            if len(block) > missing:
                self._fed.appendleft(block[missing:])
            missing -= len(parts[-1])
        taken = np.concatenate(parts)
        self.waiting -= count
        self._kept = np.concatenate([self._kept, taken])
        return taken

    def _judge(self, probability: float, loudness: float) -> Iterator[Mark | Silence]:
        for mark in self._segmenter.take(float(probability), float(loudness)):
            yield mark
            if isinstance(mark, Started):
                self._initial = None
        if self._initial is not None and self._segmenter.is_quiet and self._segmenter.at >= self._initial:
            yield self._silence()

    def _silence(self) -> Silence:
        self._initial = None
        return Silence(offset=0.0, duration=round(self.seconds(self._segmenter.at), 3))

    def _forget(self) -> None:
        """Drop the samples that no segment can begin with any more."""
        needed = self._segmenter.needed * FRAME
        self._kept = self._kept[needed - self._kept_from :]
        self._kept_from = needed


def _loudness(samples: Samples) -> Samples:
    """Power of each frame, shape = (n_frames,)."""
    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
    return np.asarray(np.square(frames).mean(axis=1))
