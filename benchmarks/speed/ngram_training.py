"""What training a language model costs: CPU seconds, peak memory and file size by the size of the text.

    python benchmarks/speed/ngram_training.py [--megabytes 0.025 1 10 100] [--text FILE] [--json FILE]

Text is made from a seed unless a file is given: Zipf's law for words, and pairs that repeat as in a language. Each size
runs in its own process, so that the peak memory is its own. A table goes to stderr, one JSON document to stdout or FILE.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from lect.adaptation import ngram
from lect.adaptation.lm import NGram

Integers = npt.NDArray[np.int64]

_VOCABULARY = 500_000
_SENTENCE = 14  # words
_SYLLABLES = [consonant + vowel for consonant in "bcdfghjklmnprstvwz" for vowel in "aeiou"]


def main() -> None:
    """Run the benchmark for every size asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=float, nargs="+", default=[0.025, 1, 10])
    parser.add_argument("--text", type=Path, help="measure this file instead of made text")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = []
        _print_row(
            ["MB", "words", "vocabulary", "CPU s", "peak MB", "lm.bin MB", "load ms", "first visit us"]
        )
        for megabytes in [0.0] if options.text else options.megabytes:
            text = options.text or _write_text(Path(folder) / "text.txt", int(megabytes * 1e6))
            result = _in_own_process(text, Path(folder) / "lm.bin")
            results.append(result)
            _print_row(
                [f"{value:.4g}" if isinstance(value, float) else str(value) for value in result.values()]
            )
    document = json.dumps({"benchmark": "ngram_training", "results": results}, indent=2)
    if options.json:
        options.json.write_text(document + "\n", encoding="utf-8")
    else:
        print(document)


def _print_row(cells: list[str]) -> None:
    print(" ".join(f"{cell:>14}" for cell in cells), file=sys.stderr)


def _in_own_process(text: Path, model: Path) -> dict[str, Any]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_measure, (text, model))


def _measure(text: Path, model: Path) -> dict[str, Any]:
    started = time.process_time()
    trained = ngram.train(text, language="en")
    trained.write(model)
    cpu_seconds = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    loaded = NGram.open(model)
    load = time.process_time() - started
    return {
        "text_mb": text.stat().st_size / 1e6,
        "words": trained.words,
        "vocabulary": trained.vocabulary,
        "cpu_seconds": cpu_seconds,
        "peak_memory_mb": peak,
        "lm_mb": model.stat().st_size / 1e6,
        "load_ms": load * 1e3,
        "first_visit_us": _first_visit(loaded) * 1e6,
    }


def _first_visit(model: NGram, visits: int = 2000) -> float:
    """Seconds to enter a new history and ask for the probability of a prefix, on average."""
    choice = np.random.default_rng(0).integers(0, len(model.vocabulary), visits).tolist()
    started = time.process_time()
    history = model.start()
    for word in choice:
        history = model.advance(history, word)
        model.prefix_probability(history, word // 2, word)
    return (time.process_time() - started) / visits


def _write_text(path: Path, size: int, *, seed: int = 1) -> Path:
    """Write about `size` bytes of made sentences, one a line."""
    random = np.random.default_rng(seed)
    words = [_spell(rank) for rank in range(_VOCABULARY)]
    with path.open("w", encoding="ascii") as file:
        while file.tell() < size:
            sentences = _sentences(random, min(10_000, size // 110 + 1))
            file.writelines(
                " ".join([words[rank] for rank in ranks]).capitalize() + ".\n" for ranks in sentences
            )
    return path


def _sentences(random: np.random.Generator, count: int) -> list[list[int]]:
    """Word ranks, shape = (count, _SENTENCE). Half of the words are drawn freely, half from the few that suit the last."""
    ranks = _zipf(random, count, _VOCABULARY)
    columns = [ranks]
    for _ in range(_SENTENCE - 1):
        suited = (columns[-1] * 7919 + 31 * _zipf(random, count, 200)) % _zipf(
            random, count, _VOCABULARY
        ).clip(1)
        columns.append(np.where(random.random(count) < 0.5, suited, _zipf(random, count, _VOCABULARY)))
    return [[int(rank) for rank in row] for row in np.stack(columns, axis=1)]


def _zipf(random: np.random.Generator, count: int, size: int) -> Integers:
    """Ranks from 0 to `size` - 1 with probability proportional to 1 / (rank + 1), nearly."""
    ranks: Integers = np.exp(random.random(count) * np.log(size)).astype(np.int64)
    return ranks.clip(1, size) - 1


def _spell(rank: int) -> str:
    """A pronounceable word for each rank, short for frequent ones."""
    rest, last = divmod(rank, len(_SYLLABLES))
    return (_spell(rest - 1) if rest else "") + _SYLLABLES[last]


if __name__ == "__main__":
    main()
