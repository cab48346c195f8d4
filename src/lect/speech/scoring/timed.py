"""Transcript files with times: ctm (a word a line) and stm (a segment a line).

ctm   file channel start duration word [confidence]
stm   file channel speaker start end [<labels>] words
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from lect.core.errors import InvalidTranscript
from lect.speech.scoring.formats import Utterance, lines, sclite_words

Channel = tuple[str, str]  # file and channel
_IGNORED = "ignore_time_segment_in_scoring"  # a stretch of audio that nobody is judged by


@dataclass(frozen=True, kw_only=True)
class TimedWord:
    """A line of a ctm file."""

    channel: Channel
    start: float  # seconds
    duration: float
    word: str

    @property
    def middle(self) -> float:
        return self.start + self.duration / 2


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A line of an stm file."""

    channel: Channel
    speaker: str
    start: float  # seconds
    end: float
    text: str
    words: tuple[str, ...]  # as sclite sees them

    @property
    def is_ignored(self) -> bool:
        return self.words == (_IGNORED,)


_Timed = TypeVar("_Timed", TimedWord, Segment)


def _read_timed(path: Path) -> list[TimedWord]:
    words = []
    for line in lines(path):
        fields = line.text.split()
        try:
            file, channel, start, duration, word = fields[:5]
            times = float(start), float(duration)
        except ValueError:
            raise line.refuse(
                "not a ctm line", "Write `file channel start duration word`, times in seconds."
            ) from None
        if line.words(word):
            words.append(
                TimedWord(channel=(file, channel.lower()), start=times[0], duration=times[1], word=word)
            )
    return sorted(words, key=lambda word: (word.channel, word.start))


def read_ctm(path: Path) -> list[Utterance]:
    """One utterance for each channel of each file."""
    channels = _by_channel(_read_timed(path))
    return [_heard(" ".join(channel), words) for channel, words in channels.items()]


def read_stm(reference: Path, hypothesis: Path) -> tuple[list[Utterance], list[Utterance]]:
    """The segments of an stm file, and the words of a ctm file that fall into each."""
    segments = _by_channel(_read_segments(reference))
    words = _by_channel(_read_timed(hypothesis))
    for channel in words.keys() - segments.keys():
        raise InvalidTranscript(
            f"{reference}: no segment for {' '.join(channel)}, of which {hypothesis} has words",
            hint="Both files must name audio and channel alike.",
        )
    utterances, heard = [], []
    for channel, inside in segments.items():
        for segment, found in _distributed(inside, words.get(channel, [])):
            if not segment.is_ignored:
                name = f"{' '.join(channel)} {segment.start:g}"
                utterances.append(
                    Utterance(id=name, text=segment.text, words=segment.words, speaker=segment.speaker)
                )
                heard.append(_heard(name, found))
    return utterances, heard


def _heard(name: str, found: list[TimedWord]) -> Utterance:
    text = " ".join(word.word for word in found)
    return Utterance(id=name, text=text, words=sclite_words(text))


def _read_segments(path: Path) -> list[Segment]:
    segments = []
    for line in lines(path):
        fields = line.text.split(maxsplit=5)
        try:
            file, channel, speaker, start, end = fields[:5]
            times = float(start), float(end)
        except ValueError:
            raise line.refuse("not an stm line", "Write `file channel speaker start end words`.") from None
        text = re.sub(r"^<[^>]*>", "", fields[5]) if len(fields) > 5 else ""
        segments.append(
            Segment(
                channel=(file, channel.lower()),
                speaker=speaker,
                start=times[0],
                end=times[1],
                text=text.strip(),
                words=line.words(text),
            )
        )
    return sorted(segments, key=lambda segment: (segment.channel, segment.start))


def _distributed(
    segments: list[Segment], words: list[TimedWord]
) -> Iterator[tuple[Segment, list[TimedWord]]]:
    """Each segment with the words up to its end; the last one takes the rest."""
    at = 0
    for number, segment in enumerate(segments, start=1):
        found = []
        while at < len(words) and (number == len(segments) or words[at].middle <= segment.end):
            found.append(words[at])
            at += 1
        yield segment, found


def _by_channel(items: Iterable[_Timed]) -> dict[Channel, list[_Timed]]:
    groups: dict[Channel, list[_Timed]] = {}
    for item in items:
        groups.setdefault(item.channel, []).append(item)
    return groups
