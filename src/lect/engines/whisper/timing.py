"""Word times from the cross attention of the alignment heads, gathered during the search at no extra cost.

The attention of each token over the audio is sharpened (standardised over tokens, smoothed over time) and the tokens are laid
along the audio by dynamic time warping; a word begins where its first token does and ends where the next token begins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lect.core.locale import UNSPACED
from lect.engines.contract import Word

from .weights import Array

FRAME = 0.02  # seconds of audio per encoder frame
SMOOTH = 7  # frames, median


@dataclass(frozen=True, kw_only=True)
class TokenGroup:
    """The tokens of one word: text and the range [start, stop) in the token list."""

    text: str
    start: int
    stop: int


def token_starts(attention: Array) -> npt.NDArray[np.int64]:
    """Where each token begins.

    Args:
        attention: of each token's choice, shape = (heads, n_tokens, n_frames)

    Returns:
        frame numbers, never falling, shape = (n_tokens,)
    """
    deviation = attention.std(axis=1, keepdims=True) + 1e-6
    sharp = ((attention - attention.mean(axis=1, keepdims=True)) / deviation).mean(axis=0)
    return _warp(-_median(sharp))


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
    *,
    duration: float,
) -> tuple[Word, ...]:
    """Words with times and confidences.

    Args:
        log_probs: acoustic log-probability of each token
        starts: frame where each token begins, perhaps followed by the frame where the text ends
        duration: of the audio, seconds; no word ends later
    """
    words = []
    for group in groups:
        offset = min(starts[group.start] * FRAME, duration)
        stop = starts[group.stop] * FRAME if group.stop < len(starts) else duration
        mean = sum(log_probs[group.start : group.stop]) / (group.stop - group.start)
        words.append(
            Word(
                word=group.text,
                offset=round(offset, 3),
                duration=round(max(min(stop, duration) - offset, 0.0), 3),
                confidence=round(math.exp(mean), 4),
            )
        )
    return tuple(words)
