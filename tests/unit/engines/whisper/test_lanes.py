"""Lanes are filled and freed, and each keeps what was admitted to it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from lect.engines.whisper.lanes import Lanes
from lect.engines.whisper.sessions import Encoded

HEADS, DEPTH, LAYERS, PROMPT = 2, 3, 2, 4


def encoded(value, frames):
    keys = [np.full((1, HEADS, frames, DEPTH), value + layer, np.float32) for layer in range(LAYERS)]
    values = [np.full((1, HEADS, DEPTH, frames), -value - layer, np.float32) for layer in range(LAYERS)]
    return Encoded(keys=keys, values=values)


@pytest.fixture
def lanes():
    dimensions = SimpleNamespace(decoder_heads=HEADS, head_width=DEPTH, decoder_layers=LAYERS)
    return Lanes(SimpleNamespace(dimensions=dimensions), lanes=3, frames=10, rows=2)


def admit(lanes, value, frames):
    prompt = np.zeros((LAYERS, 1, HEADS, PROMPT, DEPTH), np.float32)
    return lanes.admit(encoded(value, frames), prompt, prompt)


def is_same(one, other):
    return all(
        np.array_equal(a, b)
        for a, b in zip([*one.keys, *one.values], [*other.keys, *other.values], strict=True)
    )


def test_a_lane_gives_back_what_was_admitted_at_its_own_length(lanes):
    for value, frames in ((1, 10), (5, 4), (9, 7)):
        lane = admit(lanes, value, frames)
        assert is_same(lanes.encoded(lane), encoded(value, frames))


def test_the_last_lane_takes_the_number_of_one_that_is_released(lanes):
    for value, frames in ((1, 10), (5, 4), (9, 7)):
        admit(lanes, value, frames)
    lanes.release(0)
    assert lanes.used == 2
    assert is_same(lanes.encoded(0), encoded(9, 7))
    assert is_same(lanes.encoded(1), encoded(5, 4))


def test_a_shorter_utterance_in_a_used_lane_sees_nothing_of_the_one_before(lanes):
    admit(lanes, 1, 10)
    lanes.release(0)
    assert admit(lanes, 5, 4) == 0
    assert is_same(lanes.encoded(0), encoded(5, 4))
