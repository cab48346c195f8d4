"""Losses of many steps are kept as a curve of few points."""

from lect.models.tuned import curve


def test_a_short_curve_is_kept_as_it_is():
    assert curve([3.0, 2.0, 1.00004], most=5) == [3.0, 2.0, 1.0]


def test_a_long_one_is_means_of_equally_many_steps():
    assert curve([float(step) for step in range(10)], most=4) == [1.0, 4.0, 7.0, 9.0]


def test_no_steps_are_no_curve():
    assert curve([]) == []
