"""All slots right: the share of orders whose every labelled value is in the recognised text.

The labels are human, so this depends on no reference transcript.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Run
from benchmarks.sets import EvaluationSet
from lect.speech.scoring.intervals import Interval, block_bootstrap
from lect.speech.text import normaliser


@dataclass(frozen=True, kw_only=True)
class SlotScore:
    """How many orders can be carried out as they were meant."""

    base: str
    system: str
    utterances: int
    wrong: int  # a value is missing in the text
    interval: Interval | None  # of the share that is wrong


def score(labels: Path, evaluation_set: EvaluationSet, heard: Run, *, base: str, system: str) -> SlotScore:
    """Look for the values of the table `labels` (columns `file`, `slots_json`) in what was heard."""
    rules = normaliser(evaluation_set.locale)
    values = _read(labels)
    wrong = [
        int(not all(f" {rules(value)} " in f" {rules(text)} " for value in values[utterance.audio.name]))
        for utterance, text in zip(evaluation_set.utterances, heard.texts, strict=True)
    ]
    speakers = [utterance.speaker for utterance in evaluation_set.utterances]
    return SlotScore(
        base=base,
        system=system,
        utterances=len(wrong),
        wrong=sum(wrong),
        interval=block_bootstrap(wrong, [1] * len(wrong), speakers),
    )


def _read(labels: Path) -> dict[str, list[str]]:
    with labels.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {row["file"]: list(json.loads(row["slots_json"]).values()) for row in rows}
