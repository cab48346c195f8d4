"""What it does to a model that learned from recordings to hear windows as long as the audio, or the base's own.

    python -m benchmarks.wer.windows --data DIR [--base NAME ...] [--models DIR] [--json FILE]

The bundles are those that `benchmarks.wer.training` left in a folder; of each, both are heard on development data: the dev parts of
the domain and of another one, and the training part of the telephone prompts, which have no other. No model learned from them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import command, sets, tables
from benchmarks.bench import Bench
from benchmarks.sets import ASTERISK, BARISTA, SPEECHOCEAN
from benchmarks.trainings import Errors, compare_models, pool
from benchmarks.wer.training import MODELS, count_errors
from lect.bootstrap import parts
from lect.models import bundles
from lect.models.acoustic import WEIGHTS

OWN, CUT = "the base's own", "cut"
_LEARNED = "*-weights-*.lect"  # recordings of the domain, without its text


@dataclass(frozen=True, kw_only=True)
class Found:
    """The errors of a model in a set."""

    base: str
    bundle: str
    windows: str
    errors: Errors


def main() -> None:
    """Measure and print."""
    options = command.parse(__doc__ or "", _more_options)
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        benches = command.benches(options, Path(folder), shared)
        found = [each for bench in benches for each in measure(bench, options.models)]
    print(table(found), file=sys.stderr)
    command.write_json([asdict(each) for each in found], options.json)


def _more_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--models", type=Path, default=MODELS, help="the folder of bundles")


def measure(bench: Bench, models: Path) -> Iterator[Found]:
    """Hear all sets with every model of the base, in both ways."""
    heard = [
        bench.read(sets.part(BARISTA, "dev")),
        bench.read(sets.part(SPEECHOCEAN, "dev")),
        bench.read(sets.part(ASTERISK, "training")),
    ]
    for bundle in sorted(models.glob(f"{bench.base}{_LEARNED}")):
        for windows, seconds in ((OWN, None), (CUT, 0.0)):
            copy = _with_windows(bundle, seconds, bench.folder / f"{bundle.stem}-{windows}.lect")
            model = bench.adapted(copy, name=f"{bundle.stem}, {windows}")
            for one in heard:
                errors = count_errors(one, bench.run(bench.lect, [one]), bench.run(model, [one]))
                yield Found(base=bench.base, bundle=bundle.stem, windows=windows, errors=errors)


def _with_windows(bundle: Path, seconds: float | None, copy: Path) -> Path:
    """The same model with another shortest window."""
    opened = bundles.open_bundle(bundle)
    recipe: dict[str, Any] = opened.manifest.recipe
    changed = {**recipe, "acoustic": {**recipe["acoustic"], "shortest_window": seconds}}
    bundles.write(
        copy,
        manifest=replace(opened.manifest, recipe=changed),
        members={WEIGHTS: opened.read(WEIGHTS)},
    )
    return copy


def table(found: Sequence[Found]) -> str:
    """A row for each base and set; its models count as one."""
    header = ["base", "set", "models", "base's WER", OWN, CUT, "cut against own, points", "times fewer CPU s"]
    keys = dict.fromkeys((each.base, each.errors.set) for each in found)
    return tables.markdown(header, [_row(found, *key) for key in keys])


def _row(found: Sequence[Found], base: str, name: str) -> list[str]:
    of = {
        windows: [
            each.errors
            for each in found
            if (each.base, each.errors.set, each.windows) == (base, name, windows)
        ]
        for windows in (OWN, CUT)
    }
    own, cut = pool(of[OWN]), pool(of[CUT])
    if own is None or cut is None:
        raise ValueError(f"{name} was not heard in both ways")
    compared = compare_models(own, cut, base=base, names=(OWN, CUT))
    return [
        base.removeprefix("whisper-"),
        name,
        str(len(of[OWN])),
        *(f"{rate:.1%}" for rate in (own.rates[0], own.rates[1], cut.rates[1])),
        tables.points(compared),
        f"{compared.cpu_ratio:.1f}",
    ]


if __name__ == "__main__":
    main()
