"""Where a stream that is still being spoken is cut: a segment ends with a silence, or where it grows too long.

Frames come in with their speech probability and loudness, marks go out. What is decided depends on the frames alone, not on
when they come. Speech is what `vad` takes for speech; here a frame is judged as soon as it is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from lect.speech.audio.silero import FRAME
from lect.speech.audio.vad import VadOptions
from lect.speech.audio.waveform import SAMPLE_RATE

_EVEN = 2  # frames to each side over which loudness is averaged: no place between two words is one frame wide


@dataclass(frozen=True, kw_only=True)
class Started:
    """Speech began with this frame."""

    frame: int


@dataclass(frozen=True, kw_only=True)
class Stopped:
    """Speech ended before this frame."""

    frame: int


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A whole segment. Segments do not overlap, and what lies between two of them is silence."""

    start: int  # first frame of the audio to recognise
    end: int  # the frame after its last
    spoken_from: int
    spoken_to: int


Mark = Started | Stopped | Cut


@dataclass(frozen=True, kw_only=True)
class _Frame:
    probability: float
    loudness: float


class Segmenter:
    """Cuts one stream."""

    def __init__(self, *, end_silence: float, longest: float, options: VadOptions = VadOptions()) -> None:
        """
        Args:
            end_silence: seconds without speech that end a segment
            longest: of a segment, in seconds

        Raises:
            ValueError: segments would be too short to hold speech and its surroundings.
        """
        if longest < 2 * (options.pad + options.min_speech):
            raise ValueError(f"segments of at most {longest:g} s are too short to hold speech")
        self._options = options
        self._pad, self._limit = frames_of(options.pad), frames_of(longest)
        self._shortest = max(1, frames_of(options.min_speech))
        self._patience = max(1, frames_of(options.min_silence))
        self._end = max(self._patience, frames_of(end_silence))
        self._frames: list[_Frame] = []  # from `needed` on
        self._floor = 0  # frames before it are in a segment already
        self._start: int | None = None  # of speech, or of what may turn out to be speech
        self._last = 0  # the frame after the last one that was speech
        self._is_open = False  # there is enough speech for a segment
        self._is_speaking = False  # between `Started` and `Stopped`
        self.at = 0  # frames seen
        self.needed = 0  # the first frame that a segment may yet begin with

    @property
    def spoken_from(self) -> int | None:
        """Where the speech of the open segment begins; None: no segment is open."""
        return self._start if self._is_open else None

    @property
    def likely(self) -> tuple[int, int] | None:
        """The frames of the segment, begin and end, if nothing more is said; None: it goes on, or they are not all here."""
        end = self._last + self._pad
        return (self.needed, end) if self._is_open and self.is_pausing and end <= self.at else None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that was heard lately may be speech."""
        return self._start is None

    @property
    def is_pausing(self) -> bool:
        """Whether the latest frames were silent for long enough to be more than a part of a word."""
        return self.at - self._last >= self._patience

    def take(self, probability: float, loudness: float) -> list[Mark]:
        """Judge the next frame.

        Args:
            loudness: power, on any scale
        """
        self._frames.append(_Frame(probability=probability, loudness=loudness))
        self.at += 1
        marks = self._judge(self.at - 1, probability)
        self._forget()
        return marks

    def finish(self) -> list[Mark]:
        """The stream is over: what is open ends."""
        return self._stop() if self._is_speaking else []

    def _judge(self, frame: int, probability: float) -> list[Mark]:
        marks: list[Mark] = []
        is_within = self._start is not None and frame - self._last < self._patience
        is_within |= self._is_speaking and not self._is_open  # the rest of a word that a cut went through
        if probability >= (self._options.release if is_within else self._options.threshold):
            self._last = frame + 1
            if self._start is None:
                self._start = frame
        quiet = frame + 1 - self._last
        if self._start is not None and not self._is_open:
            marks += self._open(self._start, quiet)
        if self._is_speaking and quiet >= self._end:
            marks += self._stop()
        elif self._is_open and frame + 1 - self.needed >= self._limit:
            marks += self._cut_long()
        return marks

    def _open(self, start: int, quiet: int) -> list[Mark]:
        """A segment, if there is enough speech; after a cut any is enough, because more of the same speech went before."""
        if self._last - start >= (1 if self._is_speaking else self._shortest):
            self._is_open = True
            self.needed = max(self._floor, start - self._pad)
            if not self._is_speaking:
                self._is_speaking = True
                return [Started(frame=start)]
        elif quiet >= self._patience:
            self._start = None
        return []

    def _stop(self) -> list[Mark]:
        marks: list[Mark] = [Stopped(frame=self._last)]
        if self._is_open:
            marks.append(self._cut(min(self._last + self._pad, self.at)))
        self._is_speaking = False
        return marks

    def _cut(self, end: int) -> Cut:
        start = self.needed if self._start is None else self._start
        cut = Cut(
            start=self.needed,
            end=end,
            spoken_from=min(start, end),
            spoken_to=max(start, min(self._last, end)),
        )
        self._floor, self._start, self._is_open = end, None, False
        return cut

    def _cut_long(self) -> list[Mark]:
        """Cut an open segment at its quietest place, and judge anew what comes after."""
        place = self._quietest()
        begin = self.needed
        cut = self._cut(place)
        later = self._frames[place - begin :]
        self._frames, self.needed = later.copy(), place
        marks: list[Mark] = [cut]
        for number, frame in enumerate(later):
            marks += self._judge(place + number, frame.probability)
        return marks

    def _quietest(self) -> int:
        """The frame before which to cut: in the longest silence of the later half, or else where it is least loud."""
        half = self._limit // 2
        voiced = [n for n, frame in enumerate(self._frames) if frame.probability >= self._options.release]
        gaps = [(a + 1, b) for a, b in pairwise([*voiced, self._limit]) if b - a > 1 and b > half]
        if gaps:
            start, end = max(gaps, key=lambda gap: gap[1] - gap[0])
            place = min(start + self._pad, (start + end + 1) // 2)
            return self.needed + max(place, 1)
        return self.needed + min(range(half, self._limit - _EVEN), key=self._mean_loudness)

    def _mean_loudness(self, place: int) -> float:
        return sum(frame.loudness for frame in self._frames[place - _EVEN : place + _EVEN])

    def _forget(self) -> None:
        """Drop the frames that no segment can begin with any more."""
        if self._is_open:
            needed = self.needed
        else:
            needed = max(self._floor, (self.at if self._start is None else self._start) - self._pad)
        first = self.at - len(self._frames)
        del self._frames[: needed - first]
        self.needed = needed


def frames_of(seconds: float) -> int:
    """Whole frames in some seconds."""
    return int(seconds * SAMPLE_RATE) // FRAME
