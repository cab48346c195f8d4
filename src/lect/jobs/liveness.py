"""Which workers live: nobody's clock is compared with another's."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PROC = Path("/proc")


def this_process() -> str:
    """What names this process among all machines and boots; empty where the system does not tell."""
    return _identity(os.getpid())


def is_gone(process: str) -> bool:
    """Whether a process of this machine is known to have ended; False where that cannot be seen from here."""
    here, _, birth = process.rpartition(" ")
    pid, _, _ = birth.partition("@")
    return bool(process) and here == _here() and _identity(int(pid)) != process


def end_with_parent(parent: int, *, signal_number: int = signal.SIGTERM) -> None:
    """Let this process get a signal when the one that started it ends, where the system can (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal_number)
    if os.getppid() != parent:  # it ended before we asked
        os.kill(os.getpid(), signal_number)


def _identity(pid: int) -> str:
    here = _here()
    try:
        stat = (_PROC / str(pid) / "stat").read_text("utf-8", "replace")
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return f"{here} {pid}@{fields[18]}" if here and state not in "ZX" else ""  # 22nd field: when it began


def _here() -> str:
    """The boot and the namespace that process numbers are unique in."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text("ascii").strip()
        return f"{boot} {(_PROC / 'self/ns/pid').readlink()}"
    except OSError:
        return ""


class Watchers:
    """Finds the dead among the other workers: those that are gone from this machine, or whose beat stands still."""

    def __init__(self, *, silence: float, is_gone: Callable[[str], bool] = is_gone) -> None:
        """`silence`: seconds without a beat, by our own clock, after which one is dead."""
        self._silence = silence
        self._is_gone = is_gone
        self._seen: dict[str, tuple[int, float]] = {}  # beat, and when it was new

    def dead(self, others: Iterable[tuple[str, str, int]], now: float) -> list[tuple[str, int]]:
        """`(id, last beat)` of the dead among `(id, process, beat)`; `now` in seconds of a clock that never goes back."""
        before, self._seen = self._seen, {}
        found = []
        for worker, process, beat in others:
            last, since = before.get(worker, (beat, now))
            self._seen[worker] = (beat, since if beat == last else now)
            if self._is_gone(process) or now - self._seen[worker][1] > self._silence:
                found.append((worker, beat))
        return found
