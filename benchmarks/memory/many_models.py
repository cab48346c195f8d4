"""Many custom models over one loaded base in one process: memory, and the time to open one.

    python -m benchmarks.memory.many_models [--base NAME ...] [--models 500] [--json FILE]

The models are trained on made text, 100 kB each and different for each. A fresh process opens all, one after the other,
and hears two recordings of the built-in sample with each, first without a bound on memory and then in another process with
a small one; then it opens all once more. All on one thread (needs Linux).
"""

from __future__ import annotations

import argparse
import multiprocessing
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from benchmarks import command, tables
from lect import sample
from lect.bootstrap import Parts, parts
from lect.models.plan import TrainOptions
from lect.serving.pool import Model
from lect.settings import Settings

MODELS = 500
STEPS = (1, 10, 50, 100, 250, 500)  # models after which memory is measured
TEXT = 100_000  # characters to train on
UTTERANCES = 2  # heard with each model
UNBOUNDED, SMALL = 1 << 40, 16 << 20  # bytes that models may take

_SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
_WORDS, _SENTENCE = 2_000, 12


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What the process holds after some models, MB. Pages of files count in `resident` and can be dropped any time."""

    models: int  # opened so far, and used
    held: int  # of these, in memory
    resident: float
    private: float  # without pages of files
    estimate: float  # what the pool counts for the models


@dataclass(frozen=True, kw_only=True)
class Spread:
    """The middle and the longest of some times but one in a hundred, milliseconds."""

    p50: float
    p99: float


@dataclass(frozen=True, kw_only=True)
class Run:
    """One process."""

    base: str
    budget: int  # bytes
    memory: tuple[Memory, ...]
    new: Spread  # time to open a bundle that was not met before: every byte is checked
    held: Spread | None  # one that is in memory
    let_go: Spread | None  # one that was in memory before
    recognition: Spread  # CPU time of an utterance


@dataclass(frozen=True, kw_only=True)
class ManyModels:
    """What the benchmark found."""

    runs: tuple[Run, ...] = ()

    def __add__(self, other: ManyModels) -> ManyModels:
        return ManyModels(runs=self.runs + other.runs)


def main() -> None:
    """Measure each base; the table goes to stderr, one JSON document to stdout or a file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--base", nargs="+", default=list(command.BASES), help="base models")
    parser.add_argument("--models", type=int, default=MODELS, help="how many")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    found = reduce(add, (measure(base, options.models) for base in options.base))
    print(table(found), file=sys.stderr)
    command.write_json(asdict(found), options.json)


def measure(base: str, models: int = MODELS) -> ManyModels:
    """Train the models, then use them in a process for each budget."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        bundles = [train(shared, base, Path(folder), number) for number in range(models)]
        return ManyModels(runs=tuple(_in_fresh_process(base, bundles, each) for each in (UNBOUNDED, SMALL)))


def train(shared: Parts, base: str, folder: Path, number: int) -> Path:
    """The bundle of one model, made in the folder."""
    text = folder / f"{number}.txt"
    text.write_text(made_text(number), encoding="ascii")
    bundle = folder / f"{number}.lect"
    shared.train(bundle, TrainOptions(text=(text,)), base=base)
    return bundle


def made_text(seed: int) -> str:
    """The text of the sample, then sentences of its words and of made ones, which are others for each seed."""
    known = (sample.folder() / "training/related-text.txt").read_text(encoding="ascii")
    random = np.random.default_rng(seed)
    made = ["".join(random.choice(_SYLLABLES, size)) for size in random.integers(2, 5, _WORDS)]
    words = [*re.findall(r"[a-z]+", known.lower()), *made]
    drawn = random.choice(words, (TEXT // 80, _SENTENCE))
    return known + "".join(f"{' '.join(sentence).capitalize()}.\n" for sentence in drawn)


def _in_fresh_process(base: str, bundles: Sequence[Path], budget: int) -> Run:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_use, (base, bundles, budget))


def _use(base: str, bundles: Sequence[Path], budget: int) -> Run:
    files = sorted((sample.folder() / "testing/audio-and-trans").glob("*.flac"))
    opening: dict[str, list[float]] = {"new": [], "held": [], "let_go": []}
    recognition: list[float] = []
    with parts(Settings(threads=1, model_memory=budget)) as shared:
        recordings = shared.recordings(files)
        pairs = [recordings[at : at + UTTERANCES] for at in range(0, len(files), UTTERANCES)]
        plain = shared.pool.open(base)
        plain.base.general("en")
        for pair in pairs:
            list(shared.transcribe(plain, pair))  # now the engine has the memory that it works in
        memory = [_memory(shared, 0)]
        for number, bundle in enumerate(bundles, start=1):
            model, seconds = _open(shared, bundle)
            opening["new"].append(seconds)
            heard = shared.transcribe(model, pairs[number % len(pairs)])
            recognition += [transcript.cpu_seconds for transcript in heard]
            if number in {*STEPS, len(bundles)}:
                memory.append(_memory(shared, number))
        for bundle in bundles:
            is_held = str(bundle) in shared.pool.held
            opening["held" if is_held else "let_go"].append(_open(shared, bundle)[1])
    return Run(
        base=base,
        budget=budget,
        memory=tuple(memory),
        new=spread(opening["new"]),
        held=spread(opening["held"]) if opening["held"] else None,
        let_go=spread(opening["let_go"]) if opening["let_go"] else None,
        recognition=spread(recognition),
    )


def _open(shared: Parts, bundle: Path) -> tuple[Model, float]:
    began = time.perf_counter()
    model = shared.pool.open(str(bundle))
    return model, time.perf_counter() - began


def _memory(shared: Parts, models: int) -> Memory:
    status = Path("/proc/self/status").read_text()
    resident, private = (
        int(re.findall(rf"{name}:\s+(\d+) kB", status)[0]) / 1024 for name in ("VmRSS", "RssAnon")
    )
    return Memory(
        models=models,
        held=len(shared.pool.held),
        resident=resident,
        private=private,
        estimate=shared.pool.memory / (1 << 20),
    )


def spread(seconds: Sequence[float]) -> Spread:
    """Of times in seconds."""
    p50, p99 = np.percentile(np.array(seconds) * 1e3, [50, 99])
    return Spread(p50=float(p50), p99=float(p99))


def table(found: ManyModels) -> str:
    """Memory by the number of models, then times."""
    return f"{memory_table(found)}\n\n{time_table(found)}"


def memory_table(found: ManyModels) -> str:
    """A row for each number of models."""
    rows = [
        [
            _short(run),
            f"{each.models}",
            f"{each.held}",
            f"{each.resident:.0f}",
            f"{each.private:.0f}",
            f"{(each.private - before.private) * 1024 / (each.models - before.models):.0f}" if before else "",
            f"{each.estimate:.1f}",
        ]
        for run in found.runs
        for before, each in zip([None, *run.memory], run.memory, strict=False)
    ]
    header = [
        "base, bound",
        "models used",
        "held",
        "resident, MB",
        "without files, MB",
        "of it for each more, kB",
        "counted, MB",
    ]
    return tables.markdown(header, rows)


def time_table(found: ManyModels) -> str:
    """A row for each kind of request."""
    rows = [
        [f"{_short(run)}: {what}", f"{spread.p50:.3g}", f"{spread.p99:.3g}"]
        for run in found.runs
        for what, spread in (
            ("open one never met, ms", run.new),
            ("open one that is held, ms", run.held),
            ("open one that was let go, ms", run.let_go),
            ("hear an utterance, CPU ms", run.recognition),
        )
        if spread
    ]
    return tables.markdown(["request", "p50", "p99"], rows)


def _short(run: Run) -> str:
    bound = "no bound" if run.budget == UNBOUNDED else f"{run.budget >> 20} MB"
    return f"{run.base.removeprefix('whisper-')}, {bound}"


if __name__ == "__main__":
    main()
