"""Unadapted recognition: word errors and CPU seconds next to faster-whisper on the same weights.

    python -m benchmarks.wer.recognition --data DIR [--base NAME ...] [--json FILE]

faster-whisper runs with int8, beam 5 and one thread. Both are told the language. The CPU seconds are user and system
time of everything but loading the model.
"""

from __future__ import annotations

from benchmarks import command, sets, tables
from benchmarks.bench import Bench, Results
from benchmarks.systems import System

POOLED = "English together"
MULTILINGUAL = ("whisper-base",)


def measure(bench: Bench) -> Results:
    """Every set alone, then the English ones together."""
    systems: list[System] = [bench.faster_whisper, bench.lect]
    english = [bench.read(origin) for origin in sets.ENGLISH]
    others = [bench.read(origin) for origin in sets.OTHER_LANGUAGES if bench.base in MULTILINGUAL]
    alone = (bench.judge(systems, [one]) for one in [*english, *others])
    return sum(alone, Results()) + bench.judge(systems, english, name=POOLED)


def table(results: Results) -> str:
    """A row per base and set."""
    pairs = zip(results.scores[::2], results.scores[1::2], results.comparisons, strict=True)
    return tables.markdown(
        [
            "set",
            "base",
            "words",
            "faster-whisper",
            "Lect",
            "difference",
            "its CPU s",
            "Lect's CPU s",
            "times fewer",
        ],
        [
            [
                f"{theirs.set} ({theirs.unit})" if theirs.unit != "WER" else theirs.set,
                theirs.base.removeprefix("whisper-"),
                str(theirs.words),
                tables.rate(theirs),
                tables.rate(ours),
                tables.points(comparison),
                f"{theirs.cpu_seconds:.0f}",
                f"{ours.cpu_seconds:.0f}",
                f"{comparison.cpu_ratio:.1f}",
            ]
            for theirs, ours, comparison in pairs
        ],
    )


if __name__ == "__main__":
    command.run(__doc__ or "", measure, table)
