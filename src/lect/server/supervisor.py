"""The supervisor: starts the other processes, starts again what dies, and ends all when it is stopped.

    python -m lect.server.supervisor LEVEL FORMAT WORKERS HOST PORT CERT KEY

It lives as long as the server and does next to nothing, so it is a program of its own that imports next to nothing.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from types import FrameType

from lect.server.address import Address
from lect.telemetry import configure_logging, get_log

DRAIN_SECONDS = 20.0  # that processes have to end when the server is stopped
_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a process that died is started again
OPEN_FILES = 65_536  # of a process: a stream takes three, a loaded model one; systems allow 1,024 where nobody asks for more
_STEADY = 30.0  # seconds after which a process counts as well again

_log = get_log(__name__, action="serve")


class Supervisor:
    """Keeps processes alive until it is stopped."""

    def __init__(self, commands: Mapping[str, Sequence[str]]) -> None:
        """`commands`: what to run, by the name that the log gives it."""
        self._commands = commands
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._failures = dict.fromkeys(commands, 0)
        self._due = dict.fromkeys(commands, 0.0)
        self._is_stopped = False

    def run(self) -> None:
        """Start all, start again what dies, and end all when a signal says so."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        while not self._is_stopped:
            for name in self._commands:
                self._look_after(name)
            time.sleep(0.2)
        self._end_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopped = True

    def _look_after(self, name: str) -> None:
        process, now = self._processes.get(name), time.monotonic()
        if process is not None and process.poll() is None:
            if now - self._started[name] > _STEADY:
                self._failures[name] = 0
            return
        if process is not None:
            del self._processes[name]
            self._wait(name, now)
            _log.warning("A process died; it is started again.", process=name, status=process.returncode)
        if now >= self._due[name]:
            try:
                self._processes[name] = subprocess.Popen(self._commands[name], start_new_session=True)
            except OSError as error:  # memory or processes have run out: the others go on
                self._wait(name, now)
                _log.warning("A process cannot be started; trying again.", process=name, error=str(error))
            self._started[name] = now

    def _wait(self, name: str, now: float) -> None:
        """Start it no sooner than after a pause, which grows."""
        self._due[name] = now + _PAUSES[min(self._failures[name], len(_PAUSES) - 1)]
        self._failures[name] += 1

    def _end_all(self) -> None:
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + DRAIN_SECONDS
        for process in self._processes.values():
            try:
                process.wait(max(until - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def commands(address: Address, *, workers: int) -> dict[str, list[str]]:
    """The processes of a server, by name."""
    found = {"api": module("api", *address.arguments)}
    return found | {f"worker {number}": module("worker", address.url) for number in range(1, workers + 1)}


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a process of the server."""
    return [sys.executable, "-m", f"{__package__}.{name}", *arguments]


def allow_open_files() -> None:
    """Let this process and those that it starts open as many files as the system allows, within reason."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if most == resource.RLIM_INFINITY else min(OPEN_FILES, most)
    if resource.RLIM_INFINITY != allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def main(arguments: Sequence[str]) -> None:
    """What `lect serve` becomes."""
    level, format, workers, *address = arguments
    configure_logging(level=level, format="json" if format == "json" else "text")
    allow_open_files()
    os.umask(0o077)  # recordings, and the secret that links and tokens are signed with, are nobody else's
    Supervisor(commands(Address.from_arguments(address), workers=int(workers))).run()


if __name__ == "__main__":
    main(sys.argv[1:])
