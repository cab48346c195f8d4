"""Word times from the cross attention of the alignment heads, gathered during the search at no extra cost.

The attention of each token over the audio is sharpened (standardised over tokens, smoothed over time) and the tokens are laid
along the audio by dynamic time warping; a word begins where its first token does and ends where the next token begins, but for
the silence in between: it lies in the stretch of speech at which its first token looked most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lect.core.locale import UNSPACED
from lect.engines.contract import Word
from lect.speech.audio import Span

from .weights import Array

FRAME = 0.02  # seconds of audio per encoder frame
SMOOTH = 7  # frames, median
PAUSE = 0.3  # seconds; a shorter silence may be part of a word
EDGE = 0.06  # seconds of a word that may lie outside of what is taken for speech


@dataclass(frozen=True, kw_only=True)
class TokenGroup:
    """The tokens of one word: text and the range [start, stop) in the token list."""

    text: str
    start: int
    stop: int


def token_places(attention: Array) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where each token begins, and where it is for certain.

    Args:
        attention: of each token's choice, shape = (heads, n_tokens, n_frames)

    Returns:
        numbers of the first frames, never falling, and of the frames between them that are looked at most, each
        shape = (n_tokens,)
    """
    deviation = attention.std(axis=1, keepdims=True) + 1e-6
    sharp = _median(((attention - attention.mean(axis=1, keepdims=True)) / deviation).mean(axis=0))
    starts = _warp(-sharp)
    stops = np.append(starts[1:], sharp.shape[1])
    peaks = [
        start + int(row[start : max(stop, start + 1)].argmax())
        for row, start, stop in zip(sharp, starts.tolist(), stops.tolist(), strict=True)
    ]
    return starts, np.array(peaks)


def _median(rows: Array) -> Array:
    half = SMOOTH // 2
    padded = np.pad(rows, ((0, 0), (half, half)), mode="edge")
    smooth: Array = np.median(np.lib.stride_tricks.sliding_window_view(padded, SMOOTH, axis=1), axis=-1)
    return smooth


def _warp(cost: Array) -> npt.NDArray[np.int64]:
    """The first frame of each row on the cheapest monotonic path through a cost matrix (rows x frames).

    A path moves by one frame, one row or both. Within a row, best[j] = min over i <= j of (entry[i] + sum of cost[i..j]), so a
    whole row is one running minimum.
    """
    n_rows, n_frames = cost.shape
    places = np.arange(n_frames)
    starts = np.zeros((n_rows, n_frames), np.int64)  # where a path that ends at (row, frame) entered the row
    straight = np.zeros((n_rows, n_frames), bool)  # whether it came from the same frame of the row before
    before = np.concatenate(
        [[0.0], np.full(n_frames, np.inf)]
    )  # before[j + 1]: cheapest path to (row - 1, j)
    for row in range(n_rows):
        straight[row] = before[1:] < before[:-1]
        sums = np.concatenate([[0.0], np.cumsum(cost[row], dtype=np.float64)])
        offers = np.minimum(before[:-1], before[1:]) - sums[:-1]
        best = np.minimum.accumulate(offers)
        starts[row] = np.maximum.accumulate(np.where(offers == best, places, 0))
        before = np.concatenate([[np.inf], best + sums[1:]])
    path = np.empty(n_rows, np.int64)
    frame = n_frames - 1
    for row in range(n_rows - 1, -1, -1):
        path[row] = entered = int(starts[row, frame])
        frame = entered if straight[row, entered] else entered - 1
    return path


def group_words(tokens: Sequence[int], pieces: Sequence[bytes], language: str) -> list[TokenGroup]:
    """Split a text's tokens into words: at blanks, or where the script has none at whole characters."""
    groups: list[TokenGroup] = []
    start, spelt = 0, b""
    for at, token in enumerate(tokens):
        piece = pieces[token]
        opens = piece.startswith(b" ") or (language in UNSPACED and _is_whole(spelt) and _is_word(piece))
        if opens and spelt.strip():
            groups.append(_group(spelt, start, at))
            start, spelt = at, b""
        spelt += piece
    if spelt.strip():
        groups.append(_group(spelt, start, len(tokens)))
    return groups


def _group(spelt: bytes, start: int, stop: int) -> TokenGroup:
    return TokenGroup(text=spelt.decode("utf-8", errors="replace").strip(), start=start, stop=stop)


def _is_whole(spelt: bytes) -> bool:
    try:
        return bool(spelt.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _is_word(piece: bytes) -> bool:
    text = piece.decode("utf-8", errors="ignore")
    return not text or text[0].isalnum()


def time_words(
    groups: Sequence[TokenGroup],
    log_probs: Sequence[float],
    starts: Sequence[int],
    peaks: Sequence[int],
    *,
    spans: Sequence[Span],
    duration: float,
) -> tuple[Word, ...]:
    """Words with times and confidences.

    Args:
        log_probs: acoustic log-probability of each token
        starts: frame where each token begins, perhaps followed by the frame where the text ends
        peaks: frame where each token is for certain
        spans: where speech is
        duration: of the audio, seconds; no word ends later
    """
    words = []
    for group in groups:
        offset = min(starts[group.start] * FRAME, duration)
        stop = min(starts[group.stop] * FRAME if group.stop < len(starts) else duration, duration)
        offset, stop = _spoken(offset, stop, peaks[group.start] * FRAME, spans)
        mean = sum(log_probs[group.start : group.stop]) / (group.stop - group.start)
        words.append(
            Word(
                word=group.text,
                offset=round(offset, 3),
                duration=round(max(stop - offset, 0.0), 3),
                confidence=round(math.exp(mean), 4),
            )
        )
    return tuple(words)


def voiced(spans: Sequence[Span]) -> list[Span]:
    """Stretches of speech with what is heard around them, as one where only a short silence parts them."""
    joined: list[Span] = []
    for span in spans:
        if joined and span.start - joined[-1].end < PAUSE:
            joined[-1] = Span(start=joined[-1].start, end=span.end + EDGE)
        else:
            joined.append(Span(start=max(span.start - EDGE, 0.0), end=span.end + EDGE))
    return joined


def _spoken(start: float, stop: float, peak: float, spans: Sequence[Span]) -> tuple[float, float]:
    """The part of a time in which a word is heard: of the stretches of speech in it the one that is nearest to its peak."""
    within = [span for span in spans if span.start < stop and span.end > start]
    if not within:
        return start, stop
    nearest = min(within, key=lambda span: max(span.start - peak, peak - span.end, 0.0))
    return max(start, nearest.start), min(stop, nearest.end)
