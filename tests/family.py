"""The processes of a server, found by a mark in their environment, and their violent deaths (Linux: /proc)."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MARK = "LECT_TEST_FAMILY"  # variable that a server, and all that it starts, is found by
PATIENCE = 900  # seconds until what does not come about is a failure; machines may be very busy

_JOB = re.compile(rb"\0TMPDIR=[^\0]*/jobs/([^/\0]+)/")
_ROLES = {  # what a process does, as its command line tells
    "api": re.compile(rb"lect\.server[.\0]api\0"),
    "worker": re.compile(rb"lect\.server[.\0]worker\0"),
    "child": re.compile(rb"lect\.jobs\.child\0"),
    "decoder": re.compile(rb"decoder_child\.py\0"),
}


@dataclass(frozen=True, kw_only=True)
class Process:
    """One of them."""

    pid: int
    parent: int
    role: str
    job: str = ""  # that a child works for, which the folder of its temporary files tells


class Family:
    """All processes with one mark."""

    def __init__(self, mark: str) -> None:
        self.mark = mark

    def processes(self, *roles: str) -> list[Process]:
        """Those that live, of some roles or of any."""
        found = [self._process(path) for path in Path("/proc").glob("[0-9]*")]
        return [each for each in found if each and (each.role in roles or not roles)]

    def orphans(self) -> list[Process]:
        """What works for a worker that is dead."""
        living = {each.pid: each for each in self.processes()}
        return [
            each
            for each in living.values()
            if (each.role == "child" and getattr(living.get(each.parent), "role", "") != "worker")
            or (each.role == "decoder" and each.parent not in living)
        ]

    def _process(self, path: Path) -> Process | None:
        try:
            environment = (path / "environ").read_bytes()
            if f"{MARK}={self.mark}\0".encode() not in environment:
                return None
            command = (path / "cmdline").read_bytes()
            fields = (path / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            return None  # it ended meanwhile, or is another user's
        role = next((role for role, words in _ROLES.items() if words.search(command)), "other")
        job = _JOB.search(environment) if role == "child" else None
        return Process(
            pid=int(path.name), parent=int(fields[1]), role=role, job=job[1].decode() if job else ""
        )


class Killer:
    """Kills one of a family at a time. The same seed makes the same choices, as far as the same processes are there."""

    def __init__(self, family: Family, seed: int) -> None:
        self.chance = random.Random(seed)
        self.kills = Counter[str]()
        self._family = family

    def kill_somebody(self, may_die: Callable[[Process], bool]) -> str | None:
        """Kill the API, a worker or a child that may die; the role of who died, or None if nobody may."""
        there = list(filter(may_die, self._family.processes("api", "worker", "child")))
        roles = sorted({each.role for each in there})
        if not roles:
            return None
        role = self.chance.choice(roles)
        _kill(self.chance.choice([each.pid for each in there if each.role == role]))
        self.kills[role] += 1
        return role


def _kill(pid: int) -> None:
    """End a process at once."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def until(holds: Callable[[], object], what: str | Callable[[], str]) -> None:
    """Wait until something holds; `what` it is, or is found to be when it is too late."""
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() >= end:
            raise AssertionError(f"it never came about: {what if isinstance(what, str) else what()}")
        time.sleep(0.1)
