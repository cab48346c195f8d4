"""What `lect train --dry-run` foretells of a training on recordings, next to what the training then takes.

    python -m benchmarks.speed.estimate --data DIR [--base NAME ...] [--minutes 5 20] [--json FILE]

Each dry run and each training is a process of its own. Any harm is allowed on the guard: a training that is refused ends early.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks import command, tables
from benchmarks.sets import ARCHIVE

TRAINING = Path("barista/training")


@dataclass(frozen=True, kw_only=True)
class Row:
    """A training, foretold and done."""

    base: str
    minutes: float
    cpu_foretold: float
    cpu_taken: float
    mb_foretold: float
    mb_taken: float
    stages: dict[str, float]  # CPU seconds taken
    peaks: dict[str, float]  # MB, after each task

    @property
    def errors(self) -> tuple[float, float]:
        """How far off both figures are: 0.1 foretells a tenth too much."""
        return self.cpu_foretold / self.cpu_taken - 1, self.mb_foretold / self.mb_taken - 1


def measure(data: Path, base: str, minutes: float) -> Row:
    """Foretell a training, then do it."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        subset = Path(folder) / "subset.zip"
        pack(data / TRAINING, subset, minutes=minutes)
        foretold = _in_fresh_process(_foretell, subset, base)
        taken = _in_fresh_process(_train, subset, base)
    return Row(
        base=base,
        minutes=minutes,
        cpu_foretold=foretold["cpu_seconds"],
        cpu_taken=taken["cpu_seconds"],
        mb_foretold=foretold["peak_memory_mb"],
        mb_taken=taken["peak_memory_mb"],
        stages=taken["stages"],
        peaks=taken["peaks"],
    )


def pack(source: Path, target: Path, *, minutes: float) -> None:
    """A dataset of so many minutes, drawn from one whose speakers are told in `utterances.tsv`."""
    from lect.speech.audio import AudioDecoder

    with (source / "utterances.tsv").open(encoding="utf-8", newline="") as table:
        speakers = {row["file"]: row["speaker_cluster"] for row in csv.DictReader(table, delimiter="\t")}
    with (
        zipfile.ZipFile(source / ARCHIVE) as theirs,
        zipfile.ZipFile(target, "w") as ours,
        AudioDecoder() as decoder,
    ):
        lines = theirs.read("trans.txt").decode("utf-8-sig").splitlines()
        random.Random(0).shuffle(lines)
        taken, seconds = list[str](), 0.0
        for line in lines:
            file = line.split("\t")[0]
            audio = theirs.read(file)
            ours.writestr(file, audio)
            taken.append(line)
            seconds += decoder.probe(audio, name=file).duration or 0.0
            if seconds >= 60 * minutes:
                break
        ours.writestr("trans.txt", "\ufeff" + "".join(f"{line}\n" for line in taken))
        files = [line.split("\t")[0] for line in taken]
        ours.writestr("speakers.tsv", "".join(f"{file}\t{speakers[file]}\n" for file in files))


def _in_fresh_process(run: Callable[..., dict[str, Any]], *arguments: Any) -> dict[str, Any]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, arguments)


def _foretell(subset: Path, base: str) -> dict[str, Any]:
    from lect.bootstrap import parts

    with parts() as lect:
        planned = lect.plan(subset.with_name("out.lect"), _options(subset), base=base)
    return planned.estimate or {}


def _train(subset: Path, base: str) -> dict[str, Any]:
    from lect.bootstrap import parts
    from lect.models.workplace import peak_memory

    peaks = dict[str, float]()

    def watch(what: str, _: float) -> None:
        peaks[what.partition(" · ")[0]] = round(peak_memory())

    with parts() as lect:
        trained = lect.train(subset.with_name("out.lect"), _options(subset), base=base, progress=watch)
    return {
        "cpu_seconds": trained.cpu_seconds,
        "peak_memory_mb": trained.peak_memory_mb,
        "stages": dict(trained.stages),
        "peaks": peaks,
    }


def _options(subset: Path) -> Any:
    from lect.models.methods import AudioOptions
    from lect.models.plan import TrainOptions

    return TrainOptions(audio=(subset,), tuning=AudioOptions(allow_harm=100))


def table(rows: Sequence[Row]) -> str:
    """A row per training."""
    header = ["base", "minutes", "CPU s foretold", "taken", "off", "MB foretold", "taken", "off"]
    return tables.markdown(header, _cells(rows))


def _cells(rows: Sequence[Row]) -> Iterator[list[str]]:
    for row in rows:
        seconds, memory = row.errors
        yield [
            row.base.removeprefix("whisper-"),
            f"{row.minutes:g}",
            f"{row.cpu_foretold:.0f}",
            f"{row.cpu_taken:.0f}",
            f"{seconds:+.0%}",
            f"{row.mb_foretold:.0f}",
            f"{row.mb_taken:.0f}",
            f"{memory:+.0%}",
        ]


def _more(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", nargs="+", type=float, default=[5.0, 20.0], help="of recordings")


def main() -> None:
    """Measure, and print."""
    import sys

    options = command.parse(__doc__ or "", _more)
    rows = [measure(options.data, base, minutes) for base in options.base for minutes in options.minutes]
    print(table(rows), file=sys.stderr)
    command.write_json([asdict(row) for row in rows], options.json)


if __name__ == "__main__":
    main()
