"""Text adaptation outside closed grammars: new sentences with names from a text that holds none of the sentences.

    python -m benchmarks.wer.new_sentences --data DIR [--base NAME ...] [--json FILE]

The sentences are in `biology_sentences.tsv`, half of them for development; only the part `testing` is measured here.
Synthetic voices speak them, of flite and of espeak-ng where these are installed; they say Latin names as an English
reader might.
"""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks import command
from benchmarks.bench import Bench, Results
from benchmarks.sets import EvaluationSet
from benchmarks.wer import voices
from benchmarks.wer.adaptation import pairs, table, with_text

SENTENCES = Path(__file__).with_name("biology_sentences.tsv")
TEXT = "azure-custom-speech/en-US/biology/training/plain-text.txt"


def measure(bench: Bench) -> Results:
    """Both recognisers without and with the text, on each engine's voices; nothing where none is installed."""
    sentences = read("testing")
    systems = with_text(bench, bench.data / TEXT)
    results = Results()
    for engine, found in voices.installed().items():
        spoken = voices.speak(sentences, found, folder=bench.folder / "biology")
        evaluation_set = EvaluationSet(name=f"biology, {engine}", locale="en-US", utterances=spoken)
        results += bench.judge(systems, [evaluation_set], pairs=pairs(systems))
    return results


def read(part: str) -> list[str]:
    """The sentences of a part, `dev` or `testing`."""
    with SENTENCES.open(encoding="utf-8", newline="") as lines:
        return [row["sentence"] for row in csv.DictReader(lines, delimiter="\t") if row["part"] == part]


if __name__ == "__main__":
    command.run(__doc__ or "", measure, table)
