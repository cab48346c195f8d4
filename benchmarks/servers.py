"""Real servers on this machine, to measure: `lect serve` with all its processes, on a free port (needs Linux)."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx

PATIENCE = 120.0  # seconds until it is ready, on a machine with much else to do
_LOOK = 0.05  # seconds between two looks
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, kw_only=True)
class Server:
    """One that is ready."""

    address: str
    pid: int  # of its supervisor
    seconds: float  # from the command to ready
    cpu_seconds: float  # that all its processes took for that

    @property
    def processes(self) -> dict[int, str]:
        """What each of its processes is, by number."""
        return {pid: _name(pid) for pid in _tree(self.pid)}


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Server]:
    """A server of its own, on one thread.

    Args:
        settings: environment variables that it has besides
    """
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "lect", "serve", "--port", str(port), "--data", str(data)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment | {"LECT_THREADS": "1", **settings})
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        seconds = time.perf_counter() - began
        cpu_seconds = sum(map(_cpu_seconds, _tree(process.pid)))
        yield Server(address=address, pid=process.pid, seconds=seconds, cpu_seconds=cpu_seconds)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def told(loads: Mapping[str, float], niceness: int) -> str:
    """What else the machine did meanwhile, as a sentence.

    Args:
        loads: processes that wanted to run, mean of a minute, by when that was
        niceness: of the benchmark and its server
    """
    when = ", ".join(f"{load:.1f} {name}" for name, load in loads.items()) or "not measured"
    first = f"; the server and its client came before all else (niceness {niceness})" if niceness < 0 else ""
    return f"Load of the machine: {when}{first}."


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(_LOOK)
    raise RuntimeError("the server did not get ready")


def _tree(pid: int) -> Iterator[int]:
    """A process and all that it started."""
    yield pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        yield from _tree(int(child))


def _name(pid: int) -> str:
    """The module that a process runs, without where it is."""
    arguments = Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
    modules = [after for before, after in pairwise(arguments) if before == "-m"]
    return modules[0].rpartition(".")[2] if modules else Path(arguments[0]).name


def _cpu_seconds(pid: int) -> float:
    """What a process and its children that are over took."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS
