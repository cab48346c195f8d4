"""A server at rest: what its processes take before anybody asked for a recognition, and how soon it is ready.

    python -m benchmarks.memory.serve_idle [--json FILE]

A server is started on an empty folder, and once more on the same folder. Memory is the proportional set size, in which pages
that several processes share count once (needs Linux).
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks import command, servers, tables
from benchmarks.servers import Server

REST = 3.0  # seconds that a server has to come to rest
_LIBRARY = re.compile(r"/site-packages/([A-Za-z0-9_]+)[^\n]*\.so")
HEAVY = ("av", "numpy", "onnx", "onnxruntime", "torch")  # loaded by children, for as long as they work


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process at rest, MB."""

    name: str
    pss: float  # its own memory, and its share of what it has in common with others
    private: float  # its own
    heavy: tuple[str, ...]  # libraries that it should not have loaded


@dataclass(frozen=True, kw_only=True)
class Start:
    """How long a start took, until the server said that it is ready."""

    name: str
    seconds: float
    cpu_seconds: float  # of all its processes
    load: float  # of the machine meanwhile: processes that want to run, mean of a minute


@dataclass(frozen=True, kw_only=True)
class ServeIdle:
    """What the benchmark found."""

    starts: tuple[Start, ...] = ()
    processes: tuple[Process, ...] = ()
    niceness: int = 0  # of the benchmark, and so of the server


def main() -> None:
    """Measure; the tables go to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    found = measure()
    print(f"{start_table(found)}\n\n{memory_table(found)}", file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure() -> ServeIdle:
    """Start a server twice, and look at the second."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        with servers.serving(Path(folder)) as first:
            starts = [_start("on an empty folder", first)]
        with servers.serving(Path(folder)) as server:
            starts.append(_start("again", server))
            time.sleep(REST)
            processes = tuple(process(pid, name) for pid, name in server.processes.items())
    return ServeIdle(starts=tuple(starts), processes=processes, niceness=os.nice(0))


def _start(name: str, server: Server) -> Start:
    return Start(
        name=name, seconds=server.seconds, cpu_seconds=server.cpu_seconds, load=round(os.getloadavg()[0], 2)
    )


def process(pid: int, name: str) -> Process:
    """One at this moment."""
    folder = Path(f"/proc/{pid}")
    sizes = {
        key: int(size) / 1024
        for key, size in re.findall(r"^(\w+): +(\d+) kB", (folder / "smaps_rollup").read_text(), re.M)
    }
    libraries = set(_LIBRARY.findall((folder / "maps").read_text()))
    return Process(
        name=name,
        pss=sizes["Pss"],
        private=sizes["Private_Clean"] + sizes["Private_Dirty"],
        heavy=tuple(sorted(libraries & set(HEAVY))),
    )


def memory_table(found: ServeIdle) -> str:
    """A row for each process, and their sum."""
    rows = [
        [each.name, f"{each.pss:.0f}", f"{each.private:.0f}", ", ".join(each.heavy) or "none"]
        for each in found.processes
    ]
    sums = (sum(getattr(each, name) for each in found.processes) for name in ("pss", "private"))
    rows.append(["together", *(f"{size:.0f}" for size in sums), ""])
    return tables.markdown(
        ["process", "memory, MB", "of it its own, MB", f"of {', '.join(HEAVY)} loaded"], rows
    )


def start_table(found: ServeIdle) -> str:
    """A row for each start."""
    return tables.markdown(
        ["start", "ready after, s", "CPU s of all processes"],
        [[each.name, f"{each.seconds:.1f}", f"{each.cpu_seconds:.1f}"] for each in found.starts],
    )


def loads(found: ServeIdle) -> str:
    """What else the machine did."""
    return servers.told({each.name: each.load for each in found.starts}, found.niceness)


if __name__ == "__main__":
    main()
