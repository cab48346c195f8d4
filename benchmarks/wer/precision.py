"""What the recogniser's 8-bit graphs cost in word errors: the same models in 32 bits on the same recordings.

    python -m benchmarks.wer.precision --data DIR [--base NAME ...] [--models DIR] [--json benchmarks/figures/precision.json]

The base models, and the bundles that `benchmarks.wer.training` left in a folder, hear all English sets. Both graphs are made by the
same builder, from the same weights.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path

from benchmarks import command, tables
from benchmarks.bench import Bench, Results
from benchmarks.sets import ENGLISH
from benchmarks.systems import Lect
from benchmarks.trainings import Training
from benchmarks.wer.training import MODELS
from benchmarks.wer.training_plan import PARTS
from lect.bootstrap import parts
from lect.serving.pool import Pool

AIM = 0.001  # that the rate may be higher
_BITS = ("in 32 bits", "in 8 bits")


def main() -> None:
    """Measure and print."""
    options = command.parse(__doc__ or "", _more_options)
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        benches = command.benches(options, Path(folder), shared)
        found = reduce(add, (measure(bench, options.models) for bench in benches))
    print(table(found), file=sys.stderr)
    command.write_json(asdict(found), options.json)


def _more_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=MODELS, help="the folder of bundles")


def measure(bench: Bench, models: Path) -> Results:
    """A base model and its bundles, each in both."""
    pools = {"fp32": _pool(bench, "fp32"), "int8": _pool(bench, "int8")}
    english = [bench.read(origin) for origin in ENGLISH]
    found = Results()
    for name, model in _models(bench.base, models):
        systems = [
            Lect(pool.open(model), name=f"{name} {bits}")
            for pool, bits in zip(pools.values(), _BITS, strict=True)
        ]
        found += bench.judge(systems, english, name="all English sets")
    return found


def _pool(bench: Bench, precision: str) -> Pool:
    return Pool(bench.parts.settings.model_copy(update={"precision": precision}))


def _models(base: str, folder: Path) -> Iterator[tuple[str, str]]:
    """What each is called, and the pool's name of it."""
    yield "as it is", base
    for part in PARTS:
        for minutes in (5, 20, None):
            training = Training(base=base, part=part, minutes=minutes, seed=0)
            if (bundle := folder / f"{training.name}.lect").exists():
                yield f"{PARTS[part].label}, {f'{minutes} minutes' if minutes else 'all'}", str(bundle)


def table(found: Results) -> str:
    """A row for each model."""
    rates = {(score.base, score.system): score for score in found.scores}
    rows = [
        [
            each.base.removeprefix("whisper-"),
            each.a.removesuffix(_BITS[0]).strip(),
            *(tables.rate(rates[each.base, system]) for system in (each.a, each.b)),
            tables.points(each),
            f"{each.cpu_ratio:.1f}",
        ]
        for each in found.comparisons
    ]
    header = ["base", "learned from", "WER in 32 bits", "in 8 bits", "change", "times fewer CPU s"]
    return tables.markdown(header, rows)


def remark(found: Results) -> str:
    """What 8 bits lose at the most, and on how many words."""
    words = max(score.words for score in found.scores)
    worst = max(found.comparisons, key=lambda each: each.delta)
    verdict = "reached" if worst.delta <= AIM else "**missed**"
    return (
        f"At the most 8 bits cost {tables.points(worst)} points, of {words:,} words; no more than {100 * AIM:+.1f} was the aim, and is "
        f"{verdict}."
    )


if __name__ == "__main__":
    main()
