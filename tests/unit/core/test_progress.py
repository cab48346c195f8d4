"""What is told of work that is done once."""

from __future__ import annotations

import pytest

from lect.core.progress import once


@pytest.fixture
def told():
    return []


def test_the_rest_is_foretold_once_a_tenth_was_seen(told):
    clock = iter([0.0, 1.0, 2.0, 5.0, 20.0])
    tell = once(lambda what, done: told.append((what, done)), "Learning", clock=lambda: next(clock))
    for done in (0.002, 0.1, 0.25, 1.0):
        tell(done)
    assert told == [
        ("Learning · kept for the next time", 0.002),
        ("Learning · about 18 s left, kept for the next time", 0.1),
        ("Learning · about 15 s left, kept for the next time", 0.25),
        ("Learning · about 0 s left, kept for the next time", 1.0),
    ]


def test_what_takes_no_time_is_not_worth_a_word(told):
    clock = iter([0.0, 0.4, 0.9])
    tell = once(lambda what, done: told.append(what), "Learning", clock=lambda: next(clock))
    tell(0.5)
    tell(1.0)
    assert told == []
