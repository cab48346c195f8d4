"""Written forms of what is said otherwise: robots, part numbers, initials, versions, room codes, product names.

    python -m benchmarks.wer.spoken_forms --data DIR [--base NAME ...] [--part dev] [--sentences N] [--json FILE]

Terms and how they are said are in `spoken_forms.tsv`, two sentences for each in `spoken_forms_sentences.tsv`. Half of the
terms are for development, the sentences of the others (part `testing`) are measured unless `--part dev` asks for the
former; the model knows all of them.
Synthetic voices speak the sentences with the spoken forms. A term is found if the text that is displayed has it exactly as
it is written. The model also hears recordings in which none of the terms is said.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from benchmarks import command, recall, terms
from benchmarks.bench import Bench
from benchmarks.recall import Insertions, TermResults
from benchmarks.sets import SPEECHOCEAN, EvaluationSet
from benchmarks.systems import Lect
from benchmarks.wer import new_sentences, voices
from lect.datasets.pronunciation import read_pronunciations
from lect.models.plan import TrainOptions

LOCALE = "en-US"
PRONUNCIATIONS = Path(__file__).with_name("spoken_forms.tsv")
SENTENCES = Path(__file__).with_name("spoken_forms_sentences.tsv")


def measure(bench: Bench) -> TermResults:
    """Both recognisers without and with the terms, on each engine's voices."""
    forms = spoken_forms()
    said = new_sentences.read(bench.part, SENTENCES)[: bench.sentences]
    hotwords = terms.fitting(forms, bench.loaded.hf_tokenizer)
    theirs = [
        bench.faster_whisper,
        bench.prompted(f"{len(hotwords)} of {len(forms)} terms", hotwords=", ".join(hotwords)),
    ]
    ours = [bench.lect, *_adapted(bench)]
    results = TermResults()
    for engine, found in voices.installed().items():
        sentences = [each.sentence for each in said]
        aloud = [read_aloud(each.sentence, each.name, forms[each.name]) for each in said]
        spoken = voices.speak(sentences, found, folder=bench.folder / "spoken forms", aloud=aloud)
        results += recall.judge(
            bench,
            [*ours, *theirs],
            EvaluationSet(name=f"spoken forms, {engine}", locale=LOCALE, utterances=spoken),
            [each.name for each in said],
            pairs=[*((0, other) for other in range(1, len(ours))), (len(ours), len(ours) + 1)],
            holds=recall.writes,
        )
    return results + _other_speech(bench, ours, forms)


def spoken_forms() -> dict[str, str]:
    """How each term is said."""
    return {entry.display: entry.spoken for entry in read_pronunciations([PRONUNCIATIONS], locale=LOCALE)}


def read_aloud(sentence: str, term: str, spoken: str) -> str:
    """What a voice is to read: the term as it is said; it would take the letter "a" for the article."""
    return sentence.replace(term, re.sub(r"\ba\b", "ay", spoken))


def _adapted(bench: Bench) -> list[Lect]:
    if "pronunciation" not in {field.name for field in fields(TrainOptions)}:
        print("Lect cannot train on pronunciations: only the base is measured", file=sys.stderr)
        return []
    bundle = bench.train(PRONUNCIATIONS, kind="pronunciation")
    return [bench.adapted(bundle, name="Lect + pronunciations")]


def _other_speech(bench: Bench, systems: list[Lect], forms: Mapping[str, str]) -> TermResults:
    """Terms that are written although nobody said them, and word errors."""
    other = bench.read(SPEECHOCEAN)
    insertions = [
        Insertions(
            base=bench.base,
            set=other.name,
            system=system.name,
            listed=len(forms),
            utterances=len(other.utterances),
            insertions=recall.inserted(other, bench.run(system, [other]), forms),
        )
        for system in systems
    ]
    return TermResults(errors=bench.judge(systems, [other]), insertions=tuple(insertions))


if __name__ == "__main__":
    command.run(__doc__ or "", measure, recall.all_tables, in_parts=True)
