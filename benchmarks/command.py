"""What the benchmarks' command lines have in common."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from functools import reduce
from operator import add
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.bench import Bench
from lect.bootstrap import Parts, parts

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

BASES = ("whisper-tiny.en", "whisper-base")
SENTINEL = "barista"  # a folder of evaluation sets has this one


Found = TypeVar("Found", bound="DataclassInstance")  # of one base; adds up


def run(
    description: str,
    measure: Callable[[Bench], Found],
    table: Callable[[Found], str],
    *,
    in_parts: bool = False,
) -> None:
    """Measure every base asked for; the table goes to stderr, one JSON document to stdout or a file.

    Args:
        in_parts: what is measured has a part for development, which can be asked for
    """
    options = parse(description, _quick_or_part if in_parts else _quick)
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as shared:
        found = reduce(add, map(measure, benches(options, Path(folder), shared)))
    print(table(found), file=sys.stderr)
    write_json(asdict(found), options.json)


def benches(options: argparse.Namespace, folder: Path, shared: Parts) -> list[Bench]:
    """One for each base asked for.

    Args:
        folder: for unpacked audio and trained bundles
    """
    return [
        Bench(
            base=base,
            data=options.data,
            folder=folder,
            parts=shared,
            sentences=getattr(options, "sentences", None),
            part=getattr(options, "part", "testing"),
        )
        for base in options.base
    ]


def parse(
    description: str, more: Callable[[argparse.ArgumentParser], None] = lambda parser: None
) -> argparse.Namespace:
    """The options; ends the program where there is nothing to measure on.

    Args:
        description: what `--help` says
        more: adds options to the common ones
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--base", nargs="+", default=list(BASES), help="base models")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    more(parser)
    options = parser.parse_args()
    if not (options.data / SENTINEL).is_dir():
        print(f"{options.data}: no evaluation sets here, nothing is measured", file=sys.stderr)
        sys.exit(0)
    return options


def _quick(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sentences", type=int, help="the most of each set, for a quick look")


def _quick_or_part(parser: argparse.ArgumentParser) -> None:
    _quick(parser)
    parser.add_argument(
        "--part", choices=("dev", "testing"), default="testing", help="dev is what Lect was developed on"
    )


def write_json(document: Any, path: Path | None) -> None:
    """One JSON document, to a file or to stdout."""
    text = json.dumps(document, indent=2, ensure_ascii=False)
    if path is None:
        print(text)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
