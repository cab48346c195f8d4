"""Phrase lists at run time: what they find, what they make up, and what they cost.

    python -m benchmarks.wer.phrases --data DIR [--base NAME ...] [--sentences N] [--json FILE]

The lists hold 10, 100, 1,000 and 20,000 phrases, each all of the smaller ones: first the names of the sentences in
`biology_sentences.tsv`, then items of the media lists, then long words, pairs of words that stand side by side and pairs
drawn at random, all of texts that belong to neither set of recordings. Measured are

* the names of the new sentences (part `testing`) that are on the list, found with and without it;
* on recordings that have little to do with the lists, phrases written though nobody said them, and word errors;
* CPU seconds with and without the list on the same recordings, in turn, several times over.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from random import Random
from statistics import median

from benchmarks import command, recall, tables, terms
from benchmarks import measure as measures
from benchmarks.bench import Bench
from benchmarks.recall import Insertions, TermResults
from benchmarks.sets import BARISTA, SPEECHOCEAN, EvaluationSet, pool
from benchmarks.systems import Lect
from benchmarks.wer import entities, new_sentences, voices
from lect.datasets.structured import read_structured
from lect.serving import phrases as serving
from lect.serving.pool import Model
from lect.speech.text import normaliser
from lect.speech.text.phrases import Phrase, PhraseList

LOCALE = "en-US"
SIZES = (10, 100, 1_000, 20_000)
REPEATS = 3
TIMED = 32  # recordings of each repeat
MEDIA = 500  # items of the media lists
LONG = 8  # letters: short words are said everywhere, nobody lists them
TEXTS = (
    "azure-custom-speech/en-US/display formatting/training/data_text.txt",
    "azure-custom-speech/en-US/biology/training/plain-text.txt",
    "asterisk-prompts/training/related-text.txt",
)
OTHER_SPEECH = "speechocean762 and barista"

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")


@dataclass(frozen=True, kw_only=True)
class PhraseCost:
    """What a list of phrases costs, in each repeat."""

    base: str
    phrases: int
    recordings: int
    preparation: float  # seconds, of a list that was not seen before
    without: tuple[float, ...]  # CPU seconds
    listed: tuple[float, ...]  # CPU seconds with the list

    @property
    def ratios(self) -> list[float]:
        """How many times the CPU seconds without the list, smallest first."""
        return sorted(b / a for a, b in zip(self.without, self.listed, strict=True))


@dataclass(frozen=True, kw_only=True)
class PhraseCosts:
    """What each size costs."""

    costs: tuple[PhraseCost, ...] = ()

    def __add__(self, other: PhraseCosts) -> PhraseCosts:
        return PhraseCosts(costs=self.costs + other.costs)


@dataclass(frozen=True, kw_only=True)
class PhraseResults:
    """What the benchmark found."""

    terms: TermResults
    costs: PhraseCosts

    def __add__(self, other: PhraseResults) -> PhraseResults:
        return PhraseResults(terms=self.terms + other.terms, costs=self.costs + other.costs)


def with_phrases(model: Model, phrases: Sequence[str]) -> Model:
    """The model with a list of phrases, as a request brings it."""
    listed = PhraseList(phrases=frozenset(Phrase(text=phrase) for phrase in phrases))
    return serving.with_phrases(model, listed, language="en")


def measure(bench: Bench) -> PhraseResults:
    """All there is."""
    return PhraseResults(terms=measure_terms(bench), costs=measure_costs(bench))


def measure_terms(bench: Bench) -> TermResults:
    """Recall and false insertions of each size."""
    lists = _lists(bench)
    systems = {size: _listening(bench, phrases) for size, phrases in lists.items()}
    return _new_sentences(bench, systems, lists) + _other_speech(bench, systems, lists)


def measure_costs(bench: Bench) -> PhraseCosts:
    """Each list next to none, one after the other, so that both meet the machine in the same state."""
    return PhraseCosts(costs=tuple(_cost(bench, size, phrases) for size, phrases in _lists(bench).items()))


def _lists(bench: Bench) -> dict[int, list[str]]:
    longest = listed_phrases(bench.data, SIZES[-1])
    return {size: longest[:size] for size in SIZES}


def _listening(bench: Bench, phrases: Sequence[str]) -> Lect:
    model = with_phrases(bench.parts.pool.open(bench.base), phrases)
    return Lect(model, name=f"Lect + {len(phrases):,} phrases")


def listed_phrases(data: Path, size: int) -> list[str]:
    """A list that begins as all longer ones do; of phrases that sound the same, it has one."""
    rules = normaliser(LOCALE)
    sentences = new_sentences.read("testing") + new_sentences.read("dev")
    text = read_structured([data / entities.TEXT], locale=LOCALE)
    media = Random(0).sample([item for items in text.lists.values() for item in items], MEDIA)
    phrases = chain((each.name for each in sentences), media, _fillers(data))
    seen: dict[str, str] = {}
    for phrase in phrases:
        if len(seen) == size:
            break
        if words := rules(phrase):
            seen.setdefault(words, phrase)
    return list(seen.values())


def _fillers(data: Path) -> Iterator[str]:
    """Long words, then pairs of words with a meaning: as they stand side by side, in the end drawn at random."""
    texts = [(data / text).read_text("utf-8-sig").lower() for text in TEXTS]
    lines = [_WORD.findall(line) for text in texts for line in text.splitlines()]
    words = sorted({word for line in lines for word in line if terms.has_meaning(word)})
    random = Random(0)
    random.shuffle(words)
    yield from (word for word in words if len(word) >= LONG)
    yield from (
        " ".join(pair) for line in lines for pair in pairwise(line) if all(map(terms.has_meaning, pair))
    )
    while True:
        yield " ".join(random.sample(words, 2))


def _new_sentences(bench: Bench, systems: dict[int, Lect], lists: dict[int, list[str]]) -> TermResults:
    """The names that are on each list, with it and without; of each engine's voices."""
    sentences = new_sentences.read("testing")[: bench.sentences]
    results = TermResults()
    for engine, found in voices.installed().items():
        spoken = voices.speak([each.sentence for each in sentences], found, folder=bench.folder / "biology")
        evaluation_set = EvaluationSet(name=f"biology, {engine}", locale=LOCALE, utterances=spoken)
        for size, phrases in lists.items():
            results += recall.judge(
                bench,
                [bench.lect, systems[size]],
                evaluation_set,
                [each.name if each.name in phrases else "" for each in sentences],
                pairs=[(0, 1)],
                name=f"{evaluation_set.name}, {size:,} phrases",
            )
    return results


def _other_speech(bench: Bench, systems: dict[int, Lect], lists: dict[int, list[str]]) -> TermResults:
    """What is made up where hardly a phrase is said; without the list, what the recogniser mishears as one anyhow."""
    origins = [bench.read(SPEECHOCEAN), bench.read(BARISTA)]
    together = pool(OTHER_SPEECH, origins)
    every = [bench.lect, *systems.values()]
    insertions = [
        Insertions(
            base=bench.base,
            set=OTHER_SPEECH,
            system=system.name,
            listed=size,
            utterances=len(together.utterances),
            insertions=recall.inserted(together, bench.run(system, origins), phrases),
        )
        for size, phrases in lists.items()
        for system in (bench.lect, systems[size])
    ]
    return TermResults(errors=bench.judge(every, origins, name=OTHER_SPEECH), insertions=tuple(insertions))


def _cost(bench: Bench, size: int, phrases: Sequence[str]) -> PhraseCost:
    barista = bench.read(BARISTA)
    some = EvaluationSet(name=barista.name, locale=barista.locale, utterances=barista.utterances[:TIMED])
    began = time.perf_counter()
    listening = _listening(bench, phrases)
    preparation = time.perf_counter() - began
    seconds = [
        tuple(measures.run(one, some).cpu_seconds for one in (bench.lect, listening)) for _ in range(REPEATS)
    ]
    without, listed = zip(*seconds, strict=True)
    return PhraseCost(
        base=bench.base,
        phrases=size,
        recordings=len(some.utterances),
        preparation=preparation,
        without=without,
        listed=listed,
    )


def cost_table(found: PhraseCosts) -> str:
    """A row per base and size."""
    rows = [
        [
            cost.base.removeprefix("whisper-"),
            f"{cost.phrases:,}",
            f"{1000 * cost.preparation:.0f}",
            f"{min(cost.without):.1f}",
            f"{min(cost.listed):.1f}",
            times(cost),
        ]
        for cost in found.costs
    ]
    header = ["base", "phrases", "preparation, ms", "without, CPU s", "with, CPU s", "times"]
    return tables.markdown(header, rows)


def times(cost: PhraseCost) -> str:
    """The ratio of the middle pair, and of the extreme ones."""
    low, high = cost.ratios[0], cost.ratios[-1]
    return f"{median(cost.ratios):.2f} ({low:.2f} … {high:.2f})"


if __name__ == "__main__":
    command.run(
        __doc__ or "",
        measure,
        lambda results: f"{recall.all_tables(results.terms)}\n\n{cost_table(results.costs)}",
    )
