"""Transcripts whose words have speakers: a segment in which several speak is parted where they change."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from lect.core.locale import blank_of
from lect.engines.contract import Word
from lect.serving.diarization import Turn
from lect.serving.results import lexical_words
from lect.serving.transcriptions import SegmentTranscript, Transcript


def with_speakers(transcript: Transcript, turns: Sequence[Turn]) -> Transcript:
    """The transcript with a speaker for each segment; before its forms are made, since no number is said by two.

    Args:
        turns: of its recording, in order; nobody is named if there are none
    """
    return replace(transcript, segments=tuple(parted(transcript.segments, turns, transcript.locale)))


def parted(
    segments: Iterable[SegmentTranscript], turns: Sequence[Turn], locale: str
) -> Iterator[SegmentTranscript]:
    """The segments, each with a speaker.

    Args:
        turns: of their recording, in order; nobody is named if there are none
        locale: of segments that have none of their own
    """
    voices = _Turns(turns)
    for each in segments:
        if turns:
            yield from (
                replace(part, locale=each.locale) for part in _parts(each, voices, each.locale or locale)
            )
        else:
            yield each


@dataclass(frozen=True)
class _Turns:
    """Turns in order, without overlap."""

    turns: Sequence[Turn]

    def speaker(self, start: float, end: float) -> int:
        """Who speaks for most of a stretch, or nearest to it."""
        last = bisect_right(self.turns, end, key=lambda turn: turn.start)
        first = bisect_right(self.turns, start, key=lambda turn: turn.end)
        near = self.turns[max(0, first - 1) : last + 1]
        return max(near, key=lambda turn: min(end, turn.end) - max(start, turn.start)).speaker


def _parts(segment: SegmentTranscript, turns: _Turns, locale: str) -> Iterator[SegmentTranscript]:
    speakers = [turns.speaker(word.offset, word.offset + word.duration) for word in segment.words]
    if len(set(speakers)) < 2:
        whole = turns.speaker(segment.offset, segment.offset + segment.duration)
        yield replace(segment, speaker=speakers[0] if speakers else whole)
        return
    said = lexical_words(segment.words, segment.lexical, locale)
    runs = groupby(zip(speakers, segment.words, strict=True), key=lambda each: each[0])
    parts = [(speaker, [word for _, word in run]) for speaker, run in runs]
    starts = [words[0].offset for _, words in parts[1:]]
    for number, (speaker, words) in enumerate(parts):
        own = [word for word in said if bisect_right(starts, word.offset + word.duration / 2) == number]
        yield _part(speaker, words, own, blank_of(locale))


def _part(speaker: int, words: Sequence[Word], said: Sequence[Word], blank: str) -> SegmentTranscript:
    offset, end = words[0].offset, words[-1].offset + words[-1].duration
    return SegmentTranscript(
        offset=offset,
        duration=round(end - offset, 3),
        display=blank.join(word.word for word in words),
        lexical=blank.join(word.word for word in said),
        confidence=round(sum(word.confidence for word in words) / len(words), 4),
        words=tuple(words),
        speaker=speaker,
    )
