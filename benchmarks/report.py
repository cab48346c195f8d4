"""Every benchmark, and the page of results.

    python -m benchmarks.report --data DIR [--base NAME ...] [--keep] [--only NAME ...]

Figures go to `benchmarks/figures/*.json`, the page to `docs/explanation/results.md`. With `--keep`, figures that are there
already are not measured again: delete those that are to be. With `--only`, no others than these are measured;
the page tells what is kept of the others. All of it takes about 2 hours. What `benchmarks.wer.training` kept, which takes
hours, `benchmarks.speed.estimate` and `benchmarks.wer.precision`, which are about those trainings, and `benchmarks.speed.live`, which wants
another server, are never measured here; the page tells what is there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter
from tools import learning_picture

from benchmarks import command, page, trainings
from benchmarks.bench import Bench, Results
from benchmarks.memory import many_endpoints, many_models, serve_idle
from benchmarks.memory.many_endpoints import ManyEndpoints
from benchmarks.memory.many_models import ManyModels
from benchmarks.memory.serve_idle import ServeIdle
from benchmarks.page import Figures
from benchmarks.recall import TermResults
from benchmarks.speed import batch, deployments, estimate, live, paint, server, structured_training, tuning
from benchmarks.speed import recognition as speed
from benchmarks.speed.batch import Throughput
from benchmarks.speed.deployments import Deployments
from benchmarks.speed.paint import Paint
from benchmarks.speed.recognition import Costs
from benchmarks.speed.server import Pace
from benchmarks.speed.structured_training import ListTraining
from benchmarks.speed.tuning import Passes
from benchmarks.wer import adaptation, entities, new_sentences, phrases, recognition, spoken_forms, training
from benchmarks.wer.phrases import PhraseCosts
from lect.bootstrap import parts

FIGURES = Path("benchmarks/figures")
PAGE = Path("docs/explanation/results.md")
MEGABYTES = ("0.025", "1", "10", "100")

Found = TypeVar("Found")


def main() -> None:
    """Measure, then write the page."""
    options = command.parse(__doc__ or "", _more_options)
    FIGURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        benches = command.benches(options, Path(folder), shared)

        def wanted(name: str) -> bool:
            return not options.only or name in options.only

        def once(name: str, kind: type[Found], measure: Callable[[], Found]) -> Found | None:
            path, keep = FIGURES / f"{name}.json", options.keep or not wanted(name)
            return _kept(path, kind, measure, keep=keep) if wanted(name) or path.is_file() else None

        def figures(name: str, kind: type[Found], measure: Callable[[Bench], Found]) -> Found | None:
            return once(name, kind, lambda: reduce(add, map(measure, benches)))

        found = Figures(
            costs=figures("costs", Costs, speed.measure_costs),
            recognition=figures("recognition", Results, recognition.measure),
            adaptation=figures("adaptation", Results, adaptation.measure),
            new_sentences=figures("new_sentences", Results, new_sentences.measure),
            entities=figures("entities", TermResults, entities.measure),
            phrases=figures("phrases", TermResults, phrases.measure_terms),
            phrase_costs=figures("phrase_costs", PhraseCosts, phrases.measure_costs),
            spoken_forms=figures("spoken_forms", TermResults, spoken_forms.measure),
            batch=once("batch", Throughput, lambda: batch.measure(options.data, options.base)),
            many_models=figures("many_models", ManyModels, lambda bench: many_models.measure(bench.base)),
            many_endpoints=once("many_endpoints", ManyEndpoints, many_endpoints.measure),
            deployments=once("deployments", Deployments, deployments.measure),
            serve_idle=once("serve_idle", ServeIdle, serve_idle.measure),
            server=once("server", Pace, lambda: server.measure(options.data)),
            paint=once("paint", Paint, paint.measure) if paint.is_possible() else _if_kept("paint", Paint),
            live=live.read_all(live.FOLDER),
            estimates=estimate.read(FIGURES / "estimates.json"),
            precision=_if_kept("precision", Results),
            training=_training(FIGURES / "ngram_training.json", keep=options.keep)
            if wanted("training")
            else None,
            lists=once("lists", ListTraining, structured_training.measure),
            recordings=trainings.read_all(training.FOLDER),
            tuning=_tuning(FIGURES / "tuning.json", benches, keep=options.keep) if wanted("tuning") else None,
        )
    if found.recordings:
        learning_picture.write(found.recordings)
    PAGE.write_text(page.write(found, PAGE.read_text("utf-8")), encoding="utf-8")
    print(f"{PAGE} is written", file=sys.stderr)


def _more_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--keep", action="store_true", help="do not measure again what is measured already")
    names = [field.name for field in fields(Figures)]
    parser.add_argument("--only", nargs="+", choices=names, help="what to measure; by default everything")


def _kept(path: Path, kind: type[Found], measure: Callable[[], Found], *, keep: bool) -> Found:
    """The figures of a file, measured first unless they may be kept."""
    adapter = TypeAdapter(kind)
    if not (keep and path.is_file()):
        path.write_bytes(adapter.dump_json(measure(), indent=2) + b"\n")
    return adapter.validate_json(path.read_bytes())


def _if_kept(name: str, kind: type[Found]) -> Found | None:
    """The figures that are there; where they cannot be measured, these stay."""
    path = FIGURES / f"{name}.json"
    return TypeAdapter(kind).validate_json(path.read_bytes()) if path.is_file() else None


def _tuning(path: Path, benches: Sequence[Bench], *, keep: bool) -> Passes | None:
    """What passes over recordings cost; where the other way is not installed, what was measured before, if it was."""
    is_possible = tuning.is_possible()
    if not (is_possible or path.is_file()):
        return None
    return _kept(
        path, Passes, lambda: reduce(add, map(tuning.measure, benches)), keep=keep or not is_possible
    )


def _training(path: Path, *, keep: bool) -> list[dict[str, Any]]:
    """What `ngram_training` measured, a row per size of text."""
    if not (keep and path.is_file()):
        measure = [sys.executable, "-m", "benchmarks.speed.ngram_training", "--megabytes", *MEGABYTES]
        subprocess.run([*measure, "--json", str(path)], check=True)
    results: list[dict[str, Any]] = TypeAdapter(dict[str, Any]).validate_json(path.read_bytes())["results"]
    return results


if __name__ == "__main__":
    main()
