"""What recognition costs with a text: CPU seconds and peak memory next to faster-whisper without one.

    python -m benchmarks.speed.recognition --data DIR [--base NAME ...] [--json FILE]

Both hear the same files, one after the other and three times over, on one thread; what counts is the ratio of each pair,
because the machine's speed changes from minute to minute. Memory is the peak of a fresh process with its children
(needs Linux).
"""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import command, measure, tables
from benchmarks.bench import Bench
from benchmarks.sets import AZURE, BARISTA, EvaluationSet
from benchmarks.systems import FasterWhisper, System, load_faster_whisper
from lect.bootstrap import parts
from lect.settings import Settings

REPEATS = 3
MEMORY_FILES = 16  # of the short ones; beside them all the long ones


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What one set cost, in each repeat."""

    base: str
    set: str
    faster_whisper: tuple[float, ...]  # CPU seconds
    lect: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """How many times fewer CPU seconds Lect takes, smallest first."""
        return sorted(theirs / ours for theirs, ours in zip(self.faster_whisper, self.lect, strict=True))


@dataclass(frozen=True, kw_only=True)
class Memory:
    """The most memory that a process and its children held, MB."""

    base: str
    faster_whisper: float
    lect: float


@dataclass(frozen=True, kw_only=True)
class Costs:
    """What the benchmark found."""

    cpu: tuple[Cost, ...] = ()
    memory: tuple[Memory, ...] = ()

    def __add__(self, other: Costs) -> Costs:
        return Costs(cpu=self.cpu + other.cpu, memory=self.memory + other.memory)


def measure_costs(bench: Bench) -> Costs:
    """CPU seconds on short commands and on long recordings, then memory on some of both."""
    bundle = bench.train(bench.data / BARISTA.text)
    short, long = bench.read(BARISTA), bench.read(AZURE)
    pair: tuple[System, System] = (bench.faster_whisper, bench.adapted(bundle))
    files = [each.audio for each in short.utterances[:MEMORY_FILES] + long.utterances]
    memory = Memory(
        base=bench.base,
        faster_whisper=_in_fresh_process(
            _faster_whisper, bench.parts.pool.base(bench.base).folder.path, files
        ),
        lect=_in_fresh_process(_lect, bundle, files),
    )
    return Costs(cpu=tuple(_cost(bench, pair, one) for one in (short, long)), memory=(memory,))


def _cost(bench: Bench, pair: tuple[System, System], one: EvaluationSet) -> Cost:
    seconds = [tuple(measure.run(system, one).cpu_seconds for system in pair) for _ in range(REPEATS)]
    theirs, ours = zip(*seconds, strict=True)
    return Cost(base=bench.base, set=one.name, faster_whisper=theirs, lect=ours)


def _in_fresh_process(
    transcribe: Callable[[Path, Sequence[Path]], float], model: Path, files: Sequence[Path]
) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(transcribe, (model, files))


def _faster_whisper(folder: Path, files: Sequence[Path]) -> float:
    FasterWhisper(load_faster_whisper(folder), name="faster-whisper").transcribe(files, "en-US")
    return _peak_mb()


def _lect(bundle: Path, files: Sequence[Path]) -> float:
    with parts(Settings(threads=1)) as shared:
        for _ in shared.transcribe(shared.pool.open(str(bundle)), shared.recordings(files)):
            pass
        return _peak_mb()  # as long as the decoder's process lives


def _peak_mb() -> float:
    """The most memory that this process and its living children have held. (`getrusage` would count the parent's.)"""
    children = " ".join(path.read_text() for path in Path("/proc/self/task").glob("*/children")).split()
    statuses = (Path("/proc", process, "status").read_text() for process in ["self", *children])
    return sum(int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) for status in statuses) / 1024


def table(costs: Costs) -> str:
    """A row per base and set; the ratio of the middle pair, and of the extreme ones."""
    rows = []
    for cost in costs.cpu:
        low, *middle, high = cost.ratios
        seconds = [f"{min(each):.1f}" for each in (cost.faster_whisper, cost.lect)]
        ratio = f"{middle[len(middle) // 2]:.1f} ({low:.1f} … {high:.1f})"
        rows.append([cost.set, cost.base.removeprefix("whisper-"), *seconds, ratio])
    header = ["set", "base", "faster-whisper, CPU s", "Lect + text, CPU s", "times fewer"]
    return tables.markdown(header, rows)


def memory_table(costs: Costs) -> str:
    """A row per base."""
    rows = [
        [each.base.removeprefix("whisper-"), f"{each.faster_whisper:.0f}", f"{each.lect:.0f}"]
        for each in costs.memory
    ]
    return tables.markdown(["base", "faster-whisper, MB", "Lect + text, MB"], rows)


if __name__ == "__main__":
    command.run(__doc__ or "", measure_costs, lambda costs: f"{table(costs)}\n\n{memory_table(costs)}")
