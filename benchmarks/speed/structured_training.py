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
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from benchmarks.command import write_json
from benchmarks.wer.train_command import train

_SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]
_FIRST_NAMES = 2_000
_UNTOLD = "provenance.json"  # the member of a bundle that holds times


def main() -> None:
    """Write the lists, train on them and tell what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lists", type=int, default=20)
    parser.add_argument("--items", type=int, default=35_000, help="of each list")
    parser.add_argument("--base", default="whisper-tiny.en")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        lists, bundle = Path(folder) / "lists.md", Path(folder) / "lists.lect"
        lists.write_text("\n".join(structured_text(options.lists, options.items)) + "\n", encoding="utf-8")
        size = lists.stat().st_size
        outcome = train(bundle, options.base, ["--structured", str(lists)], audio_seconds=0, speakers=0)
        found = {"lists": options.lists, "items": options.items, "text_mb": round(size / 1e6, 1)}
        write_json(found | {"model_sha256": model_hash(bundle)} | asdict(outcome), options.json)


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
