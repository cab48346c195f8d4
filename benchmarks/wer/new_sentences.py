"""Text adaptation outside closed grammars: new sentences with names from a text that holds none of the sentences.

    python -m benchmarks.wer.new_sentences --data DIR [--base NAME ...] [--json FILE]

The sentences are in `biology_sentences.tsv`, half of them for development; only the part `testing` is measured here.
Synthetic voices speak them, of flite and of espeak-ng where these are installed; they say Latin names as an English
reader might.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from benchmarks import command
from benchmarks.bench import Bench, Results
from benchmarks.sets import EvaluationSet
from benchmarks.wer import voices
from benchmarks.wer.adaptation import pairs, table, with_text

SENTENCES = Path(__file__).with_name("biology_sentences.tsv")
TEXT = "azure-custom-speech/en-US/biology/training/plain-text.txt"


@dataclass(frozen=True, kw_only=True)
class NewSentence:
    """A sentence and a name in it, both as they are written."""

    name: str
    sentence: str


def measure(bench: Bench) -> Results:
    """Both recognisers without and with the text, on each engine's voices; nothing where none is installed."""
    sentences = [each.sentence for each in read("testing")][: bench.sentences]
    systems = with_text(bench, bench.data / TEXT)
    results = Results()
    for engine, found in voices.installed().items():
        spoken = voices.speak(sentences, found, folder=bench.folder / "biology")
        evaluation_set = EvaluationSet(name=f"biology, {engine}", locale="en-US", utterances=spoken)
        results += bench.judge(systems, [evaluation_set], pairs=pairs(systems))
    return results


def read(part: str, path: Path = SENTENCES) -> list[NewSentence]:
    """The sentences of a part, `dev` or `testing`."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines, delimiter="\t") if row["part"] == part]
    return [NewSentence(name=row["name"], sentence=row["sentence"]) for row in rows]


if __name__ == "__main__":
    command.run(__doc__ or "", measure, table)
