"""Averaged weights lie between base and tuned ones, and end exactly there."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lect.core.errors import InvalidInput
from lect.engines.whisper.tuning.averaging import interpolate

ARRAYS = arrays(np.float32, 4, elements=st.floats(-100, 100, width=32))


@given(base=ARRAYS, tuned=ARRAYS, alpha=st.floats(0, 1))
def test_it_lies_between_and_the_ends_are_exact(base, tuned, alpha):
    def mix(share):
        return interpolate({"a": base}, {"a": tuned}, share)["a"]

    assert np.array_equal(mix(0), base)
    assert np.array_equal(mix(1), tuned)
    assert mix(alpha).dtype == np.float32
    assert np.allclose(mix(alpha), (1 - alpha) * base + alpha * tuned, atol=1e-4)
    assert np.array_equal(interpolate({"a": base}, {"a": base}, alpha)["a"], base)


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_is_refused(alpha):
    with pytest.raises(InvalidInput, match="alpha"):
        interpolate({}, {}, alpha)


def test_another_model_is_refused():
    with pytest.raises(InvalidInput, match="not those of this base"):
        interpolate({"a": np.zeros(1)}, {"b": np.zeros(1)}, 0.5)
