"""Text adaptation outside closed grammars: new sentences with names from a text that holds none of the sentences.

    python -m benchmarks.wer.new_sentences --data DIR [--base NAME ...] [--json FILE]

The sentences are in `biology_sentences.tsv`, half of them for development; only the part `testing` is measured here.
Synthetic voices speak them (espeak-ng, and flite if it is installed): they say Latin names as an English reader might.
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
NAME = "biology, new sentences"


def measure(bench: Bench) -> Results:
    """Both recognisers without and with the text; nothing where no voice is installed."""
    found = voices.installed()
    if not found:
        return Results()
    spoken = voices.speak(read("testing"), found, folder=bench.folder / "biology")
    evaluation_set = EvaluationSet(name=NAME, locale="en-US", utterances=tuple(spoken))
    systems = with_text(bench, bench.data / TEXT)
    return bench.judge(systems, [evaluation_set], pairs=pairs(systems))


def read(part: str) -> list[str]:
    """The sentences of a part, `dev` or `testing`."""
    with SENTENCES.open(encoding="utf-8", newline="") as lines:
        return [row["sentence"] for row in csv.DictReader(lines, delimiter="\t") if row["part"] == part]


if __name__ == "__main__":
    command.run(__doc__ or "", measure, table)
