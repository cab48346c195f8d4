"""Subtitles that people can read along: two short lines at most, long enough on screen, broken where sentences and clauses end.

Where to break is chosen for a whole recording at once: of all ways to cut its words into cues that fit, the one that costs least.
The limits are those that broadcasters give their writers.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from lect.core.locale import blank_of
from lect.speech.text.sentences import is_end

LINE = 42  # columns; a Chinese character has two
LINES = 2
READ = 17.0  # columns that are read in a second
SHORTEST = 5 / 6  # seconds that a cue stays, if the next one lets it
LONGEST = 7.0  # seconds that it stays; of one word as long as it is said
GAP = 1 / 12  # seconds between two cues, two frames of film: the eye sees that there is another
_CHAINED = 0.5  # seconds: a shorter silence between two cues is filled up to the gap
_SILENCE = 2.0  # seconds that no cue goes across
_CLAUSES = ",;:\u2013\u2014\u3001\uff0c\uff1b\uff1a"
_CLOSING = "\"'\u2019\u201d\u00bb)]}"

# What a way to cut costs. They are judgements: a cue is worth as much as a clause that is broken into two.
_CUE = 2.0  # each, so that there are few
_WITHIN = 4.0  # one that ends within a clause,
_DANGLING = 1.5  # and more if behind a short word, such as an article
_CLAUSE = 1.0  # that ends with a clause
_JOINED = 2.5  # a sentence that begins in a cue that an earlier one is in,
_RUNNING = 1.0  # and more if that one began in an earlier cue
_HASTE = 6.0  # times the share by which it is too fast to read
_FLASH = 3.0  # one that stays for less than it should
_PAUSE = 2.0  # times the seconds of silence in it


@dataclass(frozen=True, kw_only=True)
class Timed:
    """A word as displayed, and when it was said, seconds."""

    text: str
    start: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some speech; without words its text is spread evenly over its time."""

    text: str
    start: float  # seconds
    end: float
    locale: str
    words: tuple[Timed, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What stands on the screen from `start` to `end`, seconds."""

    start: float
    end: float
    lines: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Word:
    """A word and what its place says of it."""

    timed: Timed
    blank: str  # before it, unless it begins a line
    columns: int
    cost: float = 0.0  # of an end of a cue behind it
    is_end: bool = False  # of a sentence
    silence: float = math.inf  # behind it, seconds


def cues(stretches: Iterable[Stretch]) -> list[Cue]:
    """The subtitles of a recording: every word of it, in order.

    Args:
        stretches: in order
    """
    words = _words(stretches)
    cuts = _cuts(words)
    starts = [words[start].timed.start for start, _ in cuts] + [math.inf]
    return [
        _cue(words[start:end], following) for (start, end), following in zip(cuts, starts[1:], strict=True)
    ]


def as_srt(found: Sequence[Cue]) -> str:
    """SubRip."""
    return "".join(
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n{_text(cue)}\n\n"
        for number, cue in enumerate(found, start=1)
    )


def as_vtt(found: Sequence[Cue]) -> str:
    """WebVTT."""
    return "WEBVTT\n\n" + "".join(
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n{_escaped(_text(cue))}\n\n" for cue in found
    )


def columns(text: str) -> int:
    """How wide a text is: wide characters are two columns, marks upon others none."""
    return sum(
        2 if unicodedata.east_asian_width(char) in "WF" else not unicodedata.combining(char) for char in text
    )


def _words(stretches: Iterable[Stretch]) -> list[_Word]:
    """All words; the time never goes back, whatever an engine says."""
    found: list[_Word] = []
    now = 0.0
    for stretch in stretches:
        blank = blank_of(stretch.locale)
        for each in stretch.words or _spread(stretch, blank):
            start = max(each.start, now)
            timed = replace(each, start=start, end=max(each.end, start))
            found.append(_Word(timed=timed, blank=blank, columns=columns(each.text)))
            now = start
    return [_judged(*pair) for pair in pairwise(found)] + found[-1:]


def _spread(stretch: Stretch, blank: str) -> Iterator[Timed]:
    """The words of a text whose times nobody knows."""
    texts = stretch.text.split() if blank else [*"".join(stretch.text.split())]
    total, said = sum(map(len, texts)), 0
    for text in texts:
        start, end = (
            stretch.start + (stretch.end - stretch.start) * part / total for part in (said, said + len(text))
        )
        said += len(text)
        yield Timed(text=text, start=start, end=end)


def _judged(word: _Word, following: _Word) -> _Word:
    text = word.timed.text.rstrip(_CLOSING)
    ends = is_end(word.timed.text, following.timed.text)
    silence = max(following.timed.start - word.timed.end, 0.0)
    if ends:
        cost = 0.0
    elif text[-1:] in _CLAUSES or silence >= _CHAINED:
        cost = _CLAUSE
    else:
        cost = _WITHIN + _DANGLING * (word.columns <= 3)
    return replace(word, cost=cost, is_end=ends, silence=silence)


def _cuts(words: Sequence[_Word]) -> list[tuple[int, int]]:
    """Where the cues begin and end that cost least: the best way to each place is made of that to an earlier one."""
    edges = list(accumulate((len(word.blank) + word.columns for word in words), initial=0))
    best = [(0.0, 0)]  # to the place before each word: (cost, where the last cue began)
    for end in range(1, len(words) + 1):
        best.append(min((best[start][0] + cost, start) for start, cost in _ending(words, edges, end)))
    cuts, end = [], len(words)
    while end:
        cuts.append((best[end][1], end))
        end = best[end][1]
    return cuts[::-1]


def _ending(words: Sequence[_Word], edges: Sequence[int], end: int) -> Iterator[tuple[int, float]]:
    """(begin, cost) of every cue that may end before a word; one of a single word may always be.

    Args:
        edges: columns of all that stands before each word, in one line
    """
    last, following = words[end - 1], words[end].timed.start if end < len(words) else math.inf
    extra, is_joined = 0.0, False  # what is not as it should be between the words
    for start in range(end - 1, -1, -1):
        word = words[start]
        if start < end - 1:
            if word.silence > _SILENCE or last.timed.end - word.timed.start > LONGEST:
                return
            if not _has_room(words, edges, start, end):
                return
            extra += _PAUSE * word.silence + _JOINED * word.is_end
            is_joined |= word.is_end
        time = max(min(following - word.timed.start - GAP, LONGEST), GAP)
        haste = max((edges[end] - edges[start]) / READ / time - 1, 0.0)
        runs = is_joined and start > 0 and not words[start - 1].is_end
        shown = _HASTE * haste + _FLASH * (time < SHORTEST)
        yield start, _CUE + last.cost + extra + _RUNNING * runs + shown


def _has_room(words: Sequence[_Word], edges: Sequence[int], start: int, end: int) -> bool:
    """Whether words fit into the lines of a cue, each filled as far as it goes."""
    for _ in range(LINES):
        limit = edges[start] + len(words[start].blank) + LINE
        start = bisect_right(edges, limit, start, end + 1) - 1
        if start >= end:
            return True
    return False


def _broken(words: Sequence[_Word]) -> tuple[str, ...] | None:
    """The lines of a cue; None: it has not room enough."""
    whole = _line(words)
    if columns(whole) <= LINE:
        return (whole,)
    ways = [
        (words[place - 1].cost + abs(columns(upper) - columns(lower)) / 10, upper, lower)
        for place in range(1, len(words))
        for upper, lower in [(_line(words[:place]), _line(words[place:]))]
        if max(columns(upper), columns(lower)) <= LINE
    ]
    return min(ways)[1:] if ways else None


def _line(words: Sequence[_Word]) -> str:
    return words[0].timed.text + "".join(word.blank + word.timed.text for word in words[1:])


def _cue(words: Sequence[_Word], following: float) -> Cue:
    """A cue; it stays as long as it is said and as reading takes, or until the next one comes."""
    start, said = words[0].timed.start, max(word.timed.end for word in words)
    lines = _broken(words) or (_line(words),)
    end = max(said, start + max(SHORTEST, sum(map(columns, lines)) / READ))
    if following - end < _CHAINED:
        end = following - GAP
    if len(words) > 1:
        end = min(end, start + LONGEST)
    if end <= start:  # there is no time for a gap
        end = following
    return Cue(start=start, end=min(end, following), lines=lines)


def _text(cue: Cue) -> str:
    return "\n".join(cue.lines)


def _clock(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
