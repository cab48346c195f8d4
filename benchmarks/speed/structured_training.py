"""What training on lists costs: CPU seconds and peak memory of `lect train --structured` in a process of its own.

    python -m benchmarks.speed.structured_training [--lists 20] [--items 35000] [--base whisper-tiny.en] [--json FILE]

Each list holds names of two words, as a staff directory does; none stands twice. The same options give the same file, so
the hash of the bundle tells whether a change of the code changed the model. One JSON document goes to stdout or FILE.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

from benchmarks import tables
from benchmarks.command import write_json
from benchmarks.wer.train_command import train

LISTS, ITEMS, BASE = 20, 35_000, "whisper-tiny.en"

_SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
_FIRST_NAMES = 2_000
_UNTOLD = "provenance.json"  # the member of a bundle that holds times


@dataclass(frozen=True, kw_only=True)
class ListTraining:
    """What training on some lists took."""

    lists: int
    items: int  # of each
    base: str
    text_mb: float
    seconds: float  # on the clock, in the process that trains
    cpu_seconds: float
    peak_mb: float  # of memory
    bundle_mb: float
    model_sha256: str


def main() -> None:
    """Write the lists, train on them and tell what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lists", type=int, default=LISTS)
    parser.add_argument("--items", type=int, default=ITEMS, help="of each list")
    parser.add_argument("--base", default=BASE)
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    write_json(asdict(measure(options.lists, options.items, options.base)), options.json)


def measure(lists: int = LISTS, items: int = ITEMS, base: str = BASE) -> ListTraining:
    """Train once on made lists."""
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        text, bundle = Path(folder) / "lists.md", Path(folder) / "lists.lect"
        text.write_text("\n".join(structured_text(lists, items)) + "\n", encoding="utf-8")
        outcome = train(bundle, base, ["--structured", str(text)], audio_seconds=0, speakers=0)
        return ListTraining(
            lists=lists,
            items=items,
            base=base,
            text_mb=round(text.stat().st_size / 1e6, 1),
            seconds=round(outcome.document["seconds"], 1),
            cpu_seconds=outcome.cpu_seconds,
            peak_mb=outcome.peak_mb,
            bundle_mb=round(bundle.stat().st_size / 1e6, 1),
            model_sha256=model_hash(bundle),
        )


def table(found: ListTraining) -> str:
    """One row."""
    return tables.markdown(
        ["lists", "items of each", "text, MB", "seconds", "CPU s", "peak memory, MB", "bundle, MB"],
        [
            [
                str(found.lists),
                f"{found.items:,}",
                f"{found.text_mb:.1f}",
                f"{found.seconds:.0f}",
                f"{found.cpu_seconds:.0f}",
                f"{found.peak_mb:.0f}",
                f"{found.bundle_mb:.1f}",
            ]
        ],
    )


def structured_text(lists: int, items: int) -> Iterator[str]:
    """The lines of a file of lists, each with a sentence that refers to it."""
    for number in range(lists):
        yield f"@ list names{number} ="
        yield from (f"- {_name(number * items + item)}" for item in range(items))
    yield "# Sentences"
    yield from (f"- {_word(number)} calls {{@names{number}}} today" for number in range(lists))


def model_hash(bundle: Path) -> str:
    """Of what a bundle holds, times left out."""
    with zipfile.ZipFile(bundle) as members:
        names = sorted(name for name in members.namelist() if name != _UNTOLD)
        hashes = {name: sha256(members.read(name)).hexdigest() for name in names}
    return sha256(json.dumps(hashes).encode()).hexdigest()


def _name(number: int) -> str:
    last, first = divmod(number, _FIRST_NAMES)
    return f"{_word(7 * first + last % 7).capitalize()} {_word(_FIRST_NAMES * 8 + 31 * last + first).capitalize()}"


def _word(rank: int) -> str:
    """A word of some syllables for each rank."""
    rest, last = divmod(rank, len(_SYLLABLES))
    return (_word(rest - 1) if rest else "") + _SYLLABLES[last]


if __name__ == "__main__":
    main()
