"""Rounding to int8 and its bounds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.engines.whisper.quantise import BLOCK, HOT_UNITS, STEPS, hot_units, per_block, per_channel

SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 200), st.integers(0, 999))


def matrix(n_out, n_in, seed):
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n_out, n_in)) * rng.uniform(1e-3, 30, (n_out, 1))).astype(np.float32)


@given(SHAPES)
def test_a_channel_is_off_by_half_a_step_at_most(shape):
    weight = matrix(*shape)
    q, scale = per_channel(weight)
    assert (q.dtype, scale.shape) == (np.int8, weight.shape[:1])
    assert np.abs(q).max() <= STEPS
    assert np.all(np.abs(q * scale[:, None] - weight) <= 0.501 * scale[:, None])


@given(SHAPES)
def test_a_block_is_off_by_half_a_step_at_most(shape):
    weight = matrix(*shape)
    q, scale = per_block(weight)
    assert q.shape == (len(weight), -(-weight.shape[1] // BLOCK), BLOCK)
    back = ((q.astype(np.float32) - 128) * scale[..., None]).reshape(len(weight), -1)
    error = np.abs(back[:, : weight.shape[1]] - weight)
    assert np.all(error <= 0.501 * np.repeat(scale, BLOCK, axis=1)[:, : weight.shape[1]])
    assert not back[:, weight.shape[1] :].any()


@pytest.mark.parametrize("quantise", [per_channel, per_block])
def test_zeros_stay_zeros(quantise):
    q, scale = quantise(np.zeros((3, 70), np.float32))
    assert np.all(q == (128 if q.dtype == np.uint8 else 0))
    assert np.all(np.isfinite(scale))


def test_the_loudest_units_of_a_hot_layer_are_kept_and_even_layers_are_left_alone():
    even = np.linspace(1, 2, 100, dtype=np.float32)
    hot = even.copy()
    hot[[7, 55]] = 90, 60
    found = hot_units([even, hot])
    assert list(found) == [1]
    assert len(found[1]) == HOT_UNITS
    assert {7, 55} <= set(found[1].tolist())
    assert found[1].tolist() == sorted(set(found[1].tolist()))
