"""The supervisor with real processes."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from lect.core.errors import Conflict
from lect.server.starting import occupy

PATIENCE = 60  # seconds for something that takes one, on a machine with much else to do
PART = """
import os, sys, time
with open(sys.argv[1], "a") as told:
    print(os.getpid(), file=told)
while True:
    time.sleep(60)
"""
SUPERVISOR = f"""
import sys
from lect.server.supervisor import Supervisor
Supervisor({{"none": ["/no/such/program"], "part": [sys.executable, "-c", {PART!r}, sys.argv[1]]}}).run()
"""  # what cannot be started takes nothing else with it


@pytest.fixture
def told(tmp_path):
    path = tmp_path / "told"
    path.touch()
    return path


@pytest.fixture
def supervisor(told):
    with subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, str(told)], stderr=subprocess.DEVNULL
    ) as process:
        yield process
        process.kill()
    for pid in map(int, told.read_text().split()):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def started(told, number):
    """The processes that were started, once there are so many."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if len(pids := [int(line) for line in told.read_text().splitlines()]) >= number:
            return pids
        time.sleep(0.02)
    raise AssertionError(f"no {number} processes were started")


def is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_what_dies_is_started_again_and_all_end_with_it(supervisor, told):
    [first] = started(told, 1)
    os.kill(first, signal.SIGKILL)
    [_, second] = started(told, 2)

    assert is_alive(second)
    supervisor.send_signal(signal.SIGTERM)
    assert supervisor.wait(PATIENCE) == 0
    assert not is_alive(second)
    assert len(started(told, 2)) == 2


def test_what_it_starts_may_open_as_many_files_as_the_system_allows():
    script = (
        "import resource, subprocess, sys; from lect.server.supervisor import OPEN_FILES, allow_open_files; "
        "_, most = resource.getrlimit(resource.RLIMIT_NOFILE); "
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, most)); allow_open_files(); "
        "soft = int(subprocess.check_output(['sh', '-c', 'ulimit -Sn'])); "
        "sys.exit(soft != (OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_folder_is_one_server_s_until_it_ends_whatever_it_becomes(tmp_path):
    program = (
        "import os, sys; from pathlib import Path; from lect.server.starting import occupy;"
        f"occupy(Path({str(tmp_path)!r}));"
        "os.execv(sys.executable, [sys.executable, '-c', 'print(flush=True); input()'])"
    )
    first = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with first:
        first.stdout.readline()
        with pytest.raises(Conflict, match="another server works in this folder"):
            occupy(tmp_path)
        first.kill()
    occupy(tmp_path)
