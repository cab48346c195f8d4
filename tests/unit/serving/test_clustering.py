"""Voices put together by likeness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.serving.clustering import cluster


def voices(seed, count, size=4):
    made = np.random.default_rng(seed).standard_normal((count, size)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def plainly(voices, same, fewest=1, most=None):
    """As `cluster`, pair by pair of all voices."""
    clusters = [[number] for number in range(len(voices))]
    while len(clusters) > fewest:
        alike, i, j = max(
            (np.mean([voices[a] @ voices[b] for a in one for b in other]), i, j)
            for i, one in enumerate(clusters)
            for j, other in enumerate(clusters[:i])
        )
        if alike < same and (most is None or len(clusters) <= most):
            break
        clusters[j] += clusters.pop(i)
    return {frozenset(each) for each in clusters}


def groups(labels):
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in set(labels.tolist())}


@given(
    st.integers(0, 10_000),
    st.integers(1, 18),
    st.sampled_from([{}, {"fewest": 3}, {"most": 2}, {"fewest": 2, "most": 2}]),
)
def test_it_finds_what_comparing_all_pairs_finds(seed, count, bounds):
    given_voices = voices(seed, count)

    labels = cluster(given_voices, same=0.3, **bounds)

    assert groups(labels) == plainly(given_voices, 0.3, **bounds)
    assert set(labels.tolist()) == set(range(labels.max() + 1))


@pytest.mark.parametrize("count", [0, 1])
def test_who_is_alone_is_compared_with_nobody(count):
    assert cluster(voices(0, count), same=0.3).tolist() == [0] * count


def test_the_bounds_hold_whatever_the_voices_say():
    alike = np.tile(voices(0, 1), (6, 1))

    assert cluster(alike, same=0.3, fewest=3).max() + 1 == 3
    assert cluster(np.eye(6, dtype=np.float32), same=0.3, most=2).max() + 1 == 2
