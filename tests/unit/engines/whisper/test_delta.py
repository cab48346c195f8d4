"""What training changed is small, adds up, and fits one checkpoint alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import whisper_makers
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from lect.core.errors import InvalidInput, ModelLoadFailed
from lect.engines.whisper.delta import Delta, Difference, Factors, difference, parse

SIZE = replace(whisper_makers.SIZE, vocabulary=300)
QKV, NORM = "encoder.layers.0.self_qkv.weight", "encoder.norm.bias"
FLOATS = arrays(np.float32, 4, elements=st.floats(-100, 100, width=32))


@pytest.fixture(scope="module")
def weights():
    return whisper_makers.weights(size=SIZE)


def factors(seed, rank=4, parts=3, width=SIZE.width):
    rng = np.random.default_rng(seed)
    up, down = rng.normal(0, 0.1, (parts, width, rank)), rng.normal(0, 0.1, (parts, rank, width))
    return Factors(up.astype(np.float32), down.astype(np.float32))


def both(seed=0):
    half = np.linspace(-1, 1, SIZE.width, dtype=np.float16)
    return Delta({QKV: factors(seed), NORM: Difference(half)})


def values(delta, weights):
    return {name: delta.applied(weights).arrays[name] for name in (QKV, NORM)}


def test_it_adds_to_what_it_changes_and_leaves_the_rest_alone(weights):
    tuned = both().applied(weights).arrays
    assert np.allclose(tuned[QKV] - weights.arrays[QKV], both().changes[QKV].dense(), atol=1e-6)
    assert np.allclose(tuned[NORM] - weights.arrays[NORM], np.linspace(-1, 1, SIZE.width), atol=1e-3)
    same = [name for name in tuned if np.array_equal(tuned[name], weights.arrays[name])]
    assert {*tuned} - {*same} == {QKV, NORM}


def test_each_of_the_stacked_matrices_has_its_own_factors():
    change = factors(1)
    middle = change.up[1] @ change.down[1]
    assert np.allclose(change.dense()[SIZE.width : 2 * SIZE.width], middle, atol=1e-6)


@given(base=FLOATS, tuned=FLOATS, alpha=st.floats(0, 1))
def test_a_part_of_the_way_lies_between(base, tuned, alpha):
    change = difference({"a": base}, {"a": tuned}).scaled(alpha).changes.get("a")
    mixed = base if change is None else base + change.dense()
    assert np.allclose(mixed, (1 - alpha) * base + alpha * tuned, atol=0.2)  # half precision, up to 200


def test_none_of_the_way_is_the_base(weights):
    assert all(
        np.array_equal(each, weights.arrays[name]) for name, each in values(both().scaled(0), weights).items()
    )


@pytest.mark.parametrize("alpha", [-0.1, 1.1, float("nan")])
def test_alpha_outside_is_refused(alpha):
    with pytest.raises(InvalidInput, match="alpha"):
        both().scaled(alpha)


@pytest.mark.parametrize("second", [both(5), Delta({QKV: Difference(np.ones((192, 64), np.float16))})])
def test_one_change_after_another_is_both(weights, second):
    stacked = values(both().stacked(second), weights)
    one_by_one = values(second, both().applied(weights))
    assert all(np.allclose(stacked[name], one_by_one[name], atol=2e-3) for name in stacked)


def test_the_ranks_of_two_changes_add_up():
    assert both().stacked(both(5)).changes[QKV].up.shape == (3, SIZE.width, 8)


def test_it_comes_back_from_its_bytes_which_are_the_same_each_time(weights):
    data = both().to_bytes()
    again = parse(data, weights, where="x")
    assert data == both().to_bytes() == again.to_bytes()
    assert {*again.changes} == {QKV, NORM}


def test_arrays_that_did_not_change_are_left_out(weights):
    assert difference(weights.arrays, {**weights.arrays, NORM: weights.arrays[NORM] + 1}).changes.keys() == {
        NORM
    }


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"encoder.nothing": Difference(np.ones(3, np.float16))}, "no such array"),
        ({NORM: Difference(np.ones(3, np.float16))}, r"is \(3,\)"),
        ({NORM: Difference(np.full(64, np.nan, np.float16))}, "not finite"),
        ({NORM: Difference(np.ones(64, np.float32))}, "float32"),
        ({QKV: factors(1, parts=2)}, r"is \(128, 64\)"),
        ({QKV: replace(factors(1), down=factors(1, rank=5).down)}, "do not fit"),
    ],
)
def test_what_does_not_fit_the_checkpoint_is_refused_by_name(weights, change, says):
    with pytest.raises(ModelLoadFailed, match=rf"^mine\.lect: .*{says}"):
        parse(Delta(change).to_bytes(), weights, where="mine.lect")


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:-1], lambda data: b"\xff" * 100])
def test_damaged_bytes_are_refused(weights, damage):
    with pytest.raises(ModelLoadFailed, match=r"^mine\.lect: "):
        parse(damage(both().to_bytes()), weights, where="mine.lect")


def test_a_factor_without_its_partner_is_refused(weights):
    from safetensors.numpy import save

    with pytest.raises(ModelLoadFailed, match=r"self_qkv\.weight\.down"):
        parse(save({f"{QKV}.up": factors(1).up}), weights, where="mine.lect")
