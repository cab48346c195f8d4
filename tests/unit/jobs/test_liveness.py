"""Which of the other workers are dead."""

import subprocess
import sys

import pytest

from lect.jobs.liveness import Watchers, is_gone, this_process

SILENCE = 10.0


@pytest.fixture
def watchers():
    return Watchers(silence=SILENCE, is_gone=lambda process: process == "gone")


def test_whoever_beats_lives(watchers):
    for now in range(100):
        assert watchers.dead([("a", "far away", now)], float(now)) == []


def test_whoever_is_silent_for_long_is_dead(watchers):
    assert watchers.dead([("a", "far away", 7)], 0.0) == []
    assert watchers.dead([("a", "far away", 7)], SILENCE) == []
    assert watchers.dead([("a", "far away", 7)], SILENCE + 0.1) == [("a", 7)]


def test_one_beat_begins_a_new_silence(watchers):
    watchers.dead([("a", "far away", 7)], 0.0)
    watchers.dead([("a", "far away", 8)], 9.0)

    assert watchers.dead([("a", "far away", 8)], 11.0) == []
    assert watchers.dead([("a", "far away", 8)], 19.1) == [("a", 8)]


def test_whose_process_is_gone_is_dead_at_once(watchers):
    assert watchers.dead([("a", "gone", 7), ("b", "far away", 7)], 0.0) == [("a", 7)]


def test_whoever_comes_back_under_its_old_name_is_new(watchers):
    watchers.dead([("a", "far away", 7)], 0.0)
    watchers.dead([], 5.0)

    assert watchers.dead([("a", "far away", 7)], 11.0) == []


linux = pytest.mark.skipif(not this_process(), reason="this system does not tell processes apart")


@linux
def test_a_process_is_gone_when_it_has_ended():
    child = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from lect.jobs.liveness import this_process; print(this_process(), flush=True); input()",
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    process = child.stdout.readline().strip()
    assert process and process != this_process()
    assert not is_gone(process)
    child.kill()
    child.communicate()
    assert is_gone(process)


@linux
def test_a_process_is_gone_when_another_has_its_number():
    here, _, birth = this_process().rpartition(" ")
    pid, _, began = birth.partition("@")

    assert is_gone(f"{here} {pid}@{int(began) - 1}")
    assert not is_gone(this_process())


def test_nothing_is_known_of_processes_of_other_machines():
    assert not is_gone("another-boot pid:[1] 17@123")
    assert not is_gone("")
