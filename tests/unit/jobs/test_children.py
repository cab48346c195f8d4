"""Functions in processes of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from lect.core.errors import InvalidAudio, JobCancelled, JobError, TooManyRequests
from lect.core.progress import silent
from lect.jobs.children import Child, error_from_json

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def functions_are_found(monkeypatch):
    path = os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", path.rstrip(os.pathsep))


def run(name, arguments=None, progress=silent, **options):
    return Child(f"child_functions:{name}", arguments or {}, **options).wait(progress)


def ended(pid):
    """Whether a process is gone, or a zombie that nobody has asked for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def eventually(holds):
    until = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_arguments_go_in_and_a_result_comes_out_whatever_is_printed():
    told = []

    assert run("add", {"numbers": [1, 2]}, lambda *said: told.append(said)) == {"sum": 3}
    assert told == [("adding", 0.5)]


def test_an_error_of_ours_comes_back_as_itself():
    with pytest.raises(InvalidAudio) as caught:
        run("refuse")

    assert (caught.value.message, caught.value.hint) == ("no sound", "Record some.")


def test_any_other_error_ends_the_process_and_its_last_words_are_kept():
    with pytest.raises(JobError, match="status 1: ValueError: what is this?") as caught:
        run("stumble")

    assert "in stumble" in caught.value.details["stderr"]


@pytest.mark.parametrize(("name", "how"), [("die", "SIGSEGV"), ("leave", "status 7")])
def test_a_process_that_ends_without_an_answer_is_an_error(name, how):
    with pytest.raises(JobError, match=how):
        run(name)


def test_a_function_that_is_not_there_is_an_error():
    with pytest.raises(JobError, match="AttributeError"):
        run("nothing")


def test_variables_and_niceness_are_the_childs():
    names = ["OMP_NUM_THREADS", "PATH"]
    found = run("environment", {"names": names}, environment={"OMP_NUM_THREADS": "3"}, niceness=4)

    assert found == {
        "OMP_NUM_THREADS": "3",
        "PATH": os.environ["PATH"],
        "niceness": min(os.nice(0) + 4, 19),
    }


def test_the_last_of_many_steps_at_once_is_told_before_a_long_one():
    told = []
    run("burst", progress=lambda *said: told.append((time.monotonic(), said)))
    ended = time.monotonic()

    assert [said for _, said in told] == [("bursting", 0.0), ("bursting", 0.5)]
    assert ended - told[-1][0] > 0.5


def test_a_flood_of_words_stops_nobody():
    told = []
    result = run("chatter", progress=lambda *said: told.append(said))

    assert len(result["text"]) == 1_000_000
    assert len(told) < 1000


def test_a_killed_child_takes_with_it_what_it_started(tmp_path):
    child = Child("child_functions:sleep", {"path": str(tmp_path / "pids")})
    threading.Thread(target=lambda: (eventually((tmp_path / "pids").exists), child.kill())).start()
    with pytest.raises(JobCancelled):
        child.wait(silent)

    eventually(lambda: all(map(ended, (tmp_path / "pids").read_text().split())))
    child.kill()  # does no harm


def test_whoever_listens_may_end_it(tmp_path):
    def enough(what, done):
        raise JobCancelled

    with pytest.raises(JobCancelled):
        run("sleep", {"path": str(tmp_path / "pids")}, enough)
    eventually(lambda: all(map(ended, (tmp_path / "pids").read_text().split())))


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
def test_a_child_dies_with_its_parent(tmp_path):
    script = "from child_functions import nest; import sys; nest({'path': sys.argv[1]}, None)"
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path / "pids")])
    eventually((tmp_path / "pids").exists)
    child, _other = (tmp_path / "pids").read_text().split()
    parent.send_signal(signal.SIGKILL)
    parent.wait()

    eventually(lambda: ended(child))


def test_an_unknown_error_is_one_of_the_job():
    assert type(error_from_json({"code": "of_a_later_version", "message": "?"})) is JobError


def test_facts_beside_an_error_come_with_it():
    error = error_from_json({"code": "too_many_requests", "message": "later", "details": {"retry_after": 7}})

    assert (type(error), error.details) == (TooManyRequests, {"retry_after": 7})
