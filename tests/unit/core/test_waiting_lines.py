"""A bounded line of things to do."""

from threading import Event

import pytest

from lect.core.lines import Line

PATIENCE = 10.0  # seconds


@pytest.fixture
def errors():
    return []


@pytest.fixture
def line(errors):
    with Line("test", most=10, on_error=errors.append) as line:
        yield line


@pytest.fixture
def held(line):
    """Set it, and the line goes on; what waits takes the room of one."""
    began, may = Event(), Event()
    line.put(lambda: (began.set(), may.wait(PATIENCE)), 1)
    assert began.wait(PATIENCE)
    yield may
    may.set()


def test_things_are_done_in_turn(line):
    done = []
    for number in range(100):
        line.insist(lambda number=number: done.append(number))
    line.close(PATIENCE)

    assert done == list(range(100))


def test_what_there_is_no_room_for_is_refused_until_there_is(line, held):
    done = Event()

    assert line.put(lambda: None, 9)
    assert not line.put(lambda: None, 1)
    line.insist(done.set)
    held.set()
    assert done.wait(PATIENCE)
    assert line.put(lambda: None, 9)


def test_what_fails_is_told_and_the_next_is_done(line, errors):
    done = Event()

    line.put(lambda: 1 // 0, 1)
    line.put(done.set, 1)

    assert done.wait(PATIENCE)
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_a_closed_line_does_what_waits_and_takes_no_more(line, held):
    done = []
    line.put(lambda: done.append(1), 1)
    held.set()
    line.close(PATIENCE)

    assert done == [1]
    assert not line.put(lambda: done.append(2), 1)
    line.insist(lambda: done.append(3))
    line.close(PATIENCE)
    assert done == [1]
