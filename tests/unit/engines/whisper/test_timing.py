"""Word times from attention."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.engines.whisper import timing
from lect.speech.audio import Span


def attention_at(frames: list[int], n_frames: int) -> np.ndarray:
    """Two heads that both look at these frames, one per token."""
    rows = np.exp(-0.5 * ((np.arange(n_frames) - np.array(frames)[:, None]) / 3.0) ** 2)
    return np.stack([rows, rows]).astype(np.float32)


def test_tokens_begin_where_the_attention_moves_to_them() -> None:
    starts, peaks = timing.token_places(attention_at([10, 40, 70, 95], 100))
    assert starts[0] == 0
    assert np.all(np.abs(starts[1:] - [25, 55, 82]) <= 6)
    assert np.all(np.abs(peaks - [10, 40, 70, 95]) <= 3)


@given(st.lists(st.integers(0, 59), min_size=1, max_size=20))
def test_starts_never_fall_and_lie_in_the_audio(frames: list[int]) -> None:
    starts, peaks = timing.token_places(attention_at(frames, 60))
    assert len(starts) == len(peaks) == len(frames)
    assert np.all(peaks >= starts)
    assert np.all(np.diff(starts) >= 0)
    assert starts.min() >= 0
    assert starts.max() < 60


@given(st.integers(1, 7), st.integers(1, 9), st.integers(0, 10_000))
def test_the_warped_path_costs_as_little_as_any(n_rows: int, n_frames: int, seed: int) -> None:
    cost = np.random.default_rng(seed).normal(size=(n_rows, n_frames))
    table = np.full((n_rows, n_frames), np.inf)
    for i in range(n_rows):
        for j in range(n_frames):
            before = [table[i - 1, j - 1] if i and j else np.inf, table[i - 1, j] if i else np.inf]
            before += [table[i, j - 1] if j else np.inf, 0.0 if i == j == 0 else np.inf]
            table[i, j] = cost[i, j] + min(before)
    starts = timing._warp(cost)
    assert price(cost, starts) == pytest.approx(table[-1, -1])


def price(cost: np.ndarray, starts: np.ndarray) -> float:
    """What a path with these row starts costs at the least: a row ends at the next one's start, or just before it."""
    ends: dict[int, float] = {cost.shape[1] - 1: 0.0}
    for row in range(len(cost) - 1, -1, -1):
        start = int(starts[row])
        paid = min(
            float(cost[row, start : end + 1].sum()) + rest for end, rest in ends.items() if end >= start
        )
        ends = {start: paid, start - 1: paid} if start else {start: paid}
    return min(ends.values())


def test_words_are_split_at_blanks() -> None:
    pieces = [b" a", b" lat", b"te", b",", b" please", b"."]
    groups = timing.group_words(range(6), pieces, "en")
    assert [(group.text, group.start, group.stop) for group in groups] == [
        ("a", 0, 1),
        ("latte,", 1, 4),
        ("please.", 4, 6),
    ]


def test_words_of_a_script_without_blanks_are_whole_characters() -> None:
    first, second = "你好".encode()[:3], "你好".encode()[3:]
    pieces = [first, second[:1], second[1:], "。".encode()]
    groups = timing.group_words(range(4), pieces, "zh")
    assert [group.text for group in groups] == ["你", "好。"]


def test_a_word_lasts_until_the_next_one_and_never_beyond_the_audio() -> None:
    groups = timing.group_words([0, 1], [b" one", b" two"], "en")
    words = timing.time_words(groups, [-0.1, -2.0], [0, 20, 90], [0, 20], spans=[], duration=1.0)
    assert [(word.word, word.offset, word.duration) for word in words] == [
        ("one", 0.0, 0.4),
        ("two", 0.4, 0.6),
    ]
    assert words[0].confidence > words[1].confidence


def test_the_silence_between_two_words_belongs_to_neither() -> None:
    """Speech at 1.0-2.0 and 12.0-13.0 s; the first word begins in silence, the second ends in it, the third begins in it."""
    groups = timing.group_words([0, 1, 2], [b" one", b" two", b" three"], "en")
    spans = timing.voiced([Span(start=1.0, end=1.4), Span(start=1.5, end=2.0), Span(start=12.0, end=13.0)])
    words = timing.time_words(groups, [-0.1] * 3, [0, 75, 95, 650], [60, 80, 610], spans=spans, duration=14.0)
    assert [(word.offset, round(word.offset + word.duration, 3)) for word in words] == [
        (0.94, 1.5),
        (1.5, 1.9),
        (11.94, 13.0),
    ]
