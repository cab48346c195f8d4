"""How far a job is and how long it may take."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.jobs.contract import Step
from lect.jobs.progress import Remaining, overall


def step(name, weight=1.0):
    return Step(name=name, run=lambda work: {}, weight=weight)


STEPS = (step("fetch"), step("train", weight=8.0), step("publish"))


def test_steps_count_by_their_weights():
    assert overall(STEPS, {}) == 0.0
    assert overall(STEPS, {"fetch": {}}) == pytest.approx(0.1)
    assert overall(STEPS, {"fetch": {}}, 0.5) == pytest.approx(0.5)
    assert overall(STEPS, {"fetch": {}, "train": {}, "publish": {}}) == 1.0


@given(st.floats(allow_nan=False))
def test_what_a_step_says_of_itself_stays_within_its_share(done):
    assert 0.1 <= overall(STEPS, {"fetch": {}}, done) <= 0.9


def test_nothing_is_foretold_from_too_little():
    remaining = Remaining()
    assert remaining.seconds(0.0) is None
    remaining.add(0.0, 0.0)
    remaining.add(1.0, 0.5)

    assert remaining.seconds(1.0) is None  # seconds have to pass
    remaining.add(2.5, 0.5)
    assert remaining.seconds(2.5) == pytest.approx(2.5)


def test_a_steady_pace_goes_on():
    remaining = Remaining()
    for second in range(51):
        remaining.add(float(second), second / 200)

    assert remaining.seconds(50.0) == pytest.approx(150.0)


def test_while_nothing_comes_the_end_moves_away():
    remaining = Remaining()
    remaining.add(0.0, 0.0)
    remaining.add(10.0, 0.5)

    assert remaining.seconds(20.0) == pytest.approx(20.0)


def test_only_the_last_minutes_tell():
    """An hour of quick steps does not promise that the slow ones that came after it are quick."""
    remaining = Remaining()
    remaining.add(0.0, 0.0)
    for second in range(1, 301):
        remaining.add(float(second), 0.5 + second / 10_000)

    assert remaining.seconds(300.0) == pytest.approx(0.47 * 10_000, rel=0.01)


def test_an_attempt_that_began_again_is_foretold_anew():
    remaining = Remaining()
    remaining.add(0.0, 0.0)
    remaining.add(10.0, 0.8)
    remaining.add(11.0, 0.1)

    assert remaining.seconds(11.0) is None
