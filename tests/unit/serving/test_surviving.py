"""One recording that ends the process that hears it fails alone; what ends it whatever it hears is told."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lect.core.errors import JobCancelled, JobError
from lect.serving.surviving import MOST_AT_FIRST, MOST_IN_A_ROW, transcribe_each


class Child:
    """A task over so many recordings that ends without an answer at some of them, or always at its very end."""

    def __init__(self, output, recordings, *, deadly=(), ends=False):
        self._output, self._recordings, self._deadly, self._ends = output, recordings, set(deadly), ends
        self.runs = 0
        self.failed = {}

    def __call__(self, function, arguments):
        self.runs += 1
        self.failed = arguments["failed"]
        for number in range(self._recordings):
            place = self._output / f"{number}.json"
            if str(number) in self.failed:
                place.touch()
            elif arguments["only"] in (None, number) and not place.exists():
                if number in self._deadly:
                    raise JobError("the process was ended by SIGKILL")
                place.touch()
        if self._ends and arguments["only"] is None:
            raise JobError("it ended behind the last")
        return {"files": self._recordings}


def hear(child, output):
    return transcribe_each(SimpleNamespace(child=child), {}, output)


def test_each_that_ends_the_process_fails_alone(tmp_path):
    child = Child(tmp_path, 9, deadly=[0, 1, 4, 8])
    assert hear(child, tmp_path) == 9
    assert child.failed.keys() == {"0", "1", "4", "8"}


def test_when_the_first_ones_all_end_it_the_fault_is_none_of_theirs(tmp_path):
    child = Child(tmp_path, 50, deadly=range(50))
    with pytest.raises(JobError, match="SIGKILL"):
        hear(child, tmp_path)
    assert child.runs == 2 * MOST_AT_FIRST


def test_nor_when_very_many_do_one_after_the_other(tmp_path):
    child = Child(tmp_path, 500, deadly=range(5, 500))
    with pytest.raises(JobError, match="SIGKILL"):
        hear(child, tmp_path)
    assert child.runs == 2 * MOST_IN_A_ROW


def test_a_process_that_ends_when_all_is_heard_is_not_begun_for_ever(tmp_path):
    child = Child(tmp_path, 3, ends=True)
    with pytest.raises(JobError, match="behind the last"):
        hear(child, tmp_path)
    assert child.runs == 2


def test_who_is_told_to_end_ends(tmp_path):
    def stop(function, arguments):
        raise JobCancelled("cancelled")

    with pytest.raises(JobCancelled):
        hear(stop, tmp_path)
