"""What `lect train --dry-run` foretells of trainings, next to what they took.

    python -m benchmarks.speed.estimate --data DIR [--base NAME ...] [--part NAME ...] [--folder DIR]
        [--json benchmarks/figures/estimates.json]

The trainings are those that `benchmarks.wer.training` kept; only the dry runs are done here, on the same data, each in a process of
its own. Refused trainings ended early and are left out. A machine with much other work takes more CPU seconds for the same, so both
sides need a like one. Needs torch.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks import command, tables, trainings
from benchmarks.trainings import Row, Training
from benchmarks.wer.train_command import foretell
from benchmarks.wer.training import FOLDER, Workshop
from benchmarks.wer.training_plan import PARTS
from lect.bootstrap import parts

ALLOWED = 0.3  # that a figure may be off


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """A training, foretold and done."""

    training: Training
    cpu_foretold: float
    cpu_taken: float
    mb_foretold: float
    mb_taken: float

    @property
    def errors(self) -> tuple[float, float]:
        """How far off time and memory are: 0.1 foretells a tenth too much."""
        return self.cpu_foretold / self.cpu_taken - 1, self.mb_foretold / self.mb_taken - 1


def read(file: Path) -> tuple[Foretold, ...]:
    """What was kept; nothing if nothing was."""
    return TypeAdapter(tuple[Foretold, ...]).validate_json(file.read_bytes()) if file.is_file() else ()


def measure(workshop: Workshop, row: Row) -> Foretold:
    """Do the dry run of a training that was done."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        options = workshop.options(row.training, Path(folder))
        found = foretell(row.training.base, options, Path(folder))
    return Foretold(
        training=row.training,
        cpu_foretold=found["cpu_seconds"],
        cpu_taken=row.outcome.cpu_seconds,
        mb_foretold=found["peak_memory_mb"],
        mb_taken=row.outcome.peak_mb,
    )


def table(found: Sequence[Foretold]) -> str:
    """A row per training."""
    header = ["base", "domain", "training", "CPU s foretold", "taken", "off", "MB foretold", "taken", "off"]
    return tables.markdown(header, map(_cells, found))


def _cells(each: Foretold) -> list[str]:
    (seconds, memory), part = each.errors, PARTS[each.training.part]
    minutes = f"{each.training.minutes} minutes" if each.training.minutes else "all"
    return [
        each.training.base.removeprefix("whisper-"),
        part.domain.name,
        f"{part.label}, {minutes}",
        f"{each.cpu_foretold:.0f}",
        f"{each.cpu_taken:.0f}",
        f"{seconds:+.0%}",
        f"{each.mb_foretold:.0f}",
        f"{each.mb_taken:.0f}",
        f"{memory:+.0%}",
    ]


def remark(found: Sequence[Foretold]) -> str:
    """How many are near enough."""
    near = sum(all(abs(error) <= ALLOWED for error in each.errors) for each in found)
    return f"{near} of {len(found)} are foretold within {ALLOWED:.0%} in time and memory."


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS), help="which trainings")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the trainings' figures are kept")


def _kept(options: argparse.Namespace) -> Iterator[Row]:
    for row in trainings.read_all(options.folder):
        asked = row.training.base in options.base and row.training.part in options.part
        if asked and row.training.seed == 0 and row.outcome.exit_code == 0:
            yield row


def main() -> None:
    """Do the dry runs, and print."""
    options = command.parse(__doc__ or "", _more)
    found = list[Foretold]()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        benches = {each.base: each for each in command.benches(options, Path(folder), shared)}
        for row in _kept(options):
            workshop = Workshop(bench=benches[row.training.base], kept=options.folder, models=Path(folder))
            found.append(measure(workshop, row))
            print(_cells(found[-1]), file=sys.stderr)
    print(f"{table(found)}\n\n{remark(found)}", file=sys.stderr)
    command.write_json([asdict(each) for each in found], options.json)


if __name__ == "__main__":
    main()
