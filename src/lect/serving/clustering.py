"""Voices put together by likeness: average-linkage clustering of vectors, for as many clusters as they themselves tell."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Labels = npt.NDArray[np.intp]


def cluster(voices: Array, *, same: float, fewest: int = 1, most: int | None = None) -> Labels:
    """Which cluster each voice is of, numbered from 0.

    The two clusters that are most alike become one, again and again. How alike two are is the mean cosine over all pairs of
    their voices, which is the product of their means.

    Args:
        voices: of length 1, shape = (n_voices, size)
        same: go on while two clusters are as alike as this, and
        fewest: there are more than so many, or
        most: more than so many, however unlike they are

    Returns:
        shape = (n_voices,)
    """
    count = len(voices)
    labels, sizes = np.arange(count), np.ones(count, np.float32)
    means = voices.copy()
    alike = voices @ voices.T
    np.fill_diagonal(alike, -np.inf)
    best = alike.argmax(axis=1) if count else labels
    for left in range(count, max(fewest, 1), -1):
        first = int(alike[np.arange(count), best].argmax())
        second = int(best[first])
        if alike[first, second] < same and (most is None or left <= most):
            break
        means[first] = np.average(means[[first, second]], axis=0, weights=sizes[[first, second]])
        sizes[first] += sizes[second]
        labels[labels == labels[second]] = labels[first]
        _forget(alike, second)
        _compare(alike, first, means)
        _look_again(alike, best, first, second)
    return np.unique(labels, return_inverse=True)[1]


def _forget(alike: Array, gone: int) -> None:
    alike[gone], alike[:, gone] = -np.inf, -np.inf


def _compare(alike: Array, changed: int, means: Array) -> None:
    """Compare a cluster anew with those that are still there."""
    is_there = np.isfinite(alike[changed])
    alike[changed] = np.where(is_there, means @ means[changed], -np.inf)
    alike[:, changed] = alike[changed]


def _look_again(alike: Array, best: Labels, changed: int, gone: int) -> None:
    """The most alike of each cluster, where that may have changed."""
    stale = np.flatnonzero((best == changed) | (best == gone))
    best[stale] = alike[stale].argmax(axis=1)
    closer = np.flatnonzero(alike[:, changed] > alike[np.arange(len(best)), best])
    best[closer] = changed
    best[changed] = alike[changed].argmax()
