"""What display rules cost: CPU milliseconds for each utterance, with none and with thousands of rules.

    python benchmarks/speed/display_rules.py [--rules 0 100 10000] [--words 10000] [--json FILE]

Rules and text are made from a seed: four rules of ten are patterns, four rewrite phrases, two name phrases to mask, and in half of
the utterances there is something for them to find. A table goes to stderr, one JSON document to stdout or FILE.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from lect.speech.text.display import DisplayForms, DisplayRules, Formatter

_SYLLABLES = [consonant + vowel for consonant in "bcdfglmnprst" for vowel in "aeiou"]
_UTTERANCE = 18  # words


def main() -> None:
    """Run the benchmark for every number of rules asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rules", type=int, nargs="+", default=[0, 100, 1_000, 10_000])
    parser.add_argument("--words", type=int, default=10_000, help="of the transcript")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    options = parser.parse_args()
    results = [measure(count, options.words) for count in options.rules]
    for result in results:
        print(" ".join(f"{name} {value:g}" for name, value in result.items()), file=sys.stderr)
    document = json.dumps({"benchmark": "display_rules", "results": results}, indent=2)
    if options.json:
        options.json.write_text(document + "\n", encoding="utf-8")
    else:
        print(document)


def measure(count: int, words: int) -> dict[str, Any]:
    """What so many rules cost on a transcript of so many words, the second time that they see it."""
    dice = random.Random(count)
    vocabulary = ["".join(dice.choices(_SYLLABLES, k=dice.randint(1, 3))) for _ in range(20_000)]
    rules = _rules(count, vocabulary, dice)
    began = time.process_time()
    forms = DisplayForms("en-US", rules=Formatter(rules))
    compiled = time.process_time() - began
    utterances = [_utterance(rules, vocabulary, dice) for _ in range(max(words // _UTTERANCE, 1))]
    took: list[float] = []
    for _ in range(2):
        took = []
        for utterance in utterances:
            began = time.process_time()
            forms.forms(utterance, spoken="")
            took.append((time.process_time() - began) * 1_000)
    took.sort()
    return {
        "rules": count,
        "compile_seconds": round(compiled, 3),
        "utterances": len(took),
        "milliseconds_p50": round(took[len(took) // 2], 3),
        "milliseconds_p99": round(took[len(took) * 99 // 100], 3),
        "seconds": round(sum(took) / 1_000, 3),
    }


def _rules(count: int, vocabulary: list[str], dice: random.Random) -> DisplayRules:
    def words(number: int) -> str:
        return " ".join(dice.choices(vocabulary, k=number))

    return DisplayRules(
        itn=tuple(rf"{words(1)}-\d\d{dice.choice('XYZ')}" for _ in range(count * 4 // 10)),
        rewrites=tuple((words(3), words(1).upper()) for _ in range(count * 4 // 10)),
        profanity=tuple(words(2) for _ in range(count * 2 // 10)),
    )


def _utterance(rules: DisplayRules, vocabulary: list[str], dice: random.Random) -> str:
    words = dice.choices(vocabulary, k=_UTTERANCE)
    if rules.itn and dice.random() < 0.5:
        words[3:7] = [dice.choice(rules.itn).split("-")[0], "twenty", "five", "x"]
        words[9:12] = dice.choice(rules.rewrites)[0].split()
    return f"{' '.join(words).capitalize()}."


if __name__ == "__main__":
    main()
