"""Terms: how many of those that were said are in the recognised texts, and how many are that nobody said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks import tables
from benchmarks.bench import Bench, Results
from benchmarks.measure import Comparison, Run
from benchmarks.sets import EvaluationSet
from benchmarks.systems import System
from lect.speech.scoring.intervals import Interval, block_bootstrap, paired_block_bootstrap
from lect.speech.text import Normaliser, normaliser

Holds = Callable[[str, str], bool]  # text, term -> whether the text has the term


@dataclass(frozen=True, kw_only=True)
class Recall:
    """How many terms a system found, each said in one sentence."""

    base: str
    set: str
    system: str
    terms: int
    found: int
    interval: Interval | None  # of the share that was found


@dataclass(frozen=True, kw_only=True)
class RecallChange:
    """The share that system `b` found less that of `a`, on the same sentences; positive where `b` finds more."""

    base: str
    set: str
    a: str
    b: str
    delta: float
    interval: Interval | None
    p: float | None


@dataclass(frozen=True, kw_only=True)
class Insertions:
    """Terms of a list that a system wrote and nobody said, of all utterances together."""

    base: str
    set: str
    system: str
    listed: int  # terms of the list
    utterances: int
    insertions: int


@dataclass(frozen=True, kw_only=True)
class TermResults:
    """What a benchmark of terms found."""

    errors: Results = field(default_factory=Results)
    recalls: tuple[Recall, ...] = ()
    changes: tuple[RecallChange, ...] = ()
    insertions: tuple[Insertions, ...] = ()

    def __add__(self, other: TermResults) -> TermResults:
        return TermResults(
            errors=self.errors + other.errors,
            recalls=self.recalls + other.recalls,
            changes=self.changes + other.changes,
            insertions=self.insertions + other.insertions,
        )


def says(rules: Normaliser) -> Holds:
    """Whether the words of a term stand in a text one after the other, both normalised."""
    return lambda text, term: f" {rules(term)} " in f" {rules(text)} "


def writes(text: str, term: str) -> bool:
    """Whether a text has a term exactly as it is written, capitals and signs included, and not inside a longer word."""
    return re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text) is not None


def judge(
    bench: Bench,
    systems: Sequence[System],
    evaluation_set: EvaluationSet,
    terms: Sequence[str],
    *,
    pairs: Sequence[tuple[int, int]],
    holds: Holds | None = None,
    name: str | None = None,
) -> TermResults:
    """Score systems on sentences with one term each.

    Args:
        terms: what to look for in each sentence; empty: nothing
        pairs: which systems to compare, by index
        holds: when a term is found; by default as `says`, in the set's locale
        name: of the set in the results, if not its own
    """
    name = name or evaluation_set.name
    holds = holds or says(normaliser(evaluation_set.locale))
    looked_for = [int(bool(term)) for term in terms]
    speakers = [utterance.speaker for utterance in evaluation_set.utterances]
    names = [system.name for system in systems]
    found = [
        [
            int(bool(term) and holds(text, term))
            for text, term in zip(bench.run(system, [evaluation_set]).texts, terms, strict=True)
        ]
        for system in systems
    ]
    recalls = tuple(
        Recall(
            base=bench.base,
            set=name,
            system=system,
            terms=sum(looked_for),
            found=sum(each),
            interval=block_bootstrap(each, looked_for, speakers),
        )
        for system, each in zip(names, found, strict=True)
    )
    changes = []
    for a, b in pairs:
        change = paired_block_bootstrap(found[a], found[b], looked_for, speakers)
        changes.append(
            RecallChange(
                base=bench.base,
                set=name,
                a=names[a],
                b=names[b],
                delta=change.delta,
                interval=change.interval,
                p=change.p,
            )
        )
    return TermResults(
        errors=bench.judge(systems, [evaluation_set], name=name, pairs=pairs),
        recalls=recalls,
        changes=tuple(changes),
    )


def inserted(evaluation_set: EvaluationSet, heard: Run, terms: Iterable[str]) -> int:
    """How often a text has a term that its reference does not have, or more often than that has it."""
    rules = normaliser(evaluation_set.locale)
    listed = {tuple(rules.words(term)) for term in terms} - {()}
    lengths = sorted({len(term) for term in listed})
    return sum(
        (
            _occurrences(rules.words(text), listed, lengths)
            - _occurrences(rules.words(utterance.reference), listed, lengths)
        ).total()
        for utterance, text in zip(evaluation_set.utterances, heard.texts, strict=True)
    )


def _occurrences(
    words: Sequence[str], listed: set[tuple[str, ...]], lengths: Iterable[int]
) -> Counter[tuple[str, ...]]:
    windows = (
        tuple(words[start : start + length]) for length in lengths for start in range(len(words) - length + 1)
    )
    return Counter(window for window in windows if window in listed)


def all_tables(results: TermResults) -> str:
    """Those that have rows."""
    every = (
        (results.recalls, table),
        (results.changes, change_table),
        (results.insertions, insertion_table),
        (results.insertions, error_table),
    )
    return "\n\n".join(write(results) for rows, write in every if rows)


def table(results: TermResults) -> str:
    """A row per base, set and system; changes are against the same recogniser without terms."""
    scores = {(each.base, each.set, each.system): each for each in results.errors.scores}
    found = {(each.base, each.set, each.b): each for each in results.changes if adds(each)}
    errors = {(each.base, each.set, each.b): each for each in results.errors.comparisons if adds(each)}
    rows = []
    for each in results.recalls:
        key = (each.base, each.set, each.system)
        rows.append(
            [
                each.set,
                each.base.removeprefix("whisper-"),
                each.system,
                f"{each.found} of {each.terms}",
                tables.share(each.found / max(each.terms, 1), each.interval),
                change(found[key]) if key in found else "",
                tables.rate(scores[key]),
                tables.points(errors[key]) if key in errors else "",
            ]
        )
    header = ["set", "base", "system", "terms", "found, %", "change", "WER", "change"]
    return tables.markdown(header, rows)


def change_table(results: TermResults) -> str:
    """A row per comparison."""
    rows = [
        [each.set, each.base.removeprefix("whisper-"), each.a, each.b, change(each), _p(each.p)]
        for each in results.changes
    ]
    return tables.markdown(["set", "base", "from", "to", "terms found, points", "p"], rows)


def insertion_table(results: TermResults) -> str:
    """A row per system."""
    rows = [
        [
            each.set,
            each.base.removeprefix("whisper-"),
            each.system,
            f"{each.listed:,}",
            str(each.utterances),
            str(each.insertions),
        ]
        for each in results.insertions
    ]
    return tables.markdown(["set", "base", "system", "terms listed", "utterances", "false insertions"], rows)


def error_table(results: TermResults) -> str:
    """Word errors on the sets where no term is looked for, a row per system."""
    looked_for = {each.set for each in results.recalls}
    changes = {(each.base, each.set, each.b): each for each in results.errors.comparisons if adds(each)}
    rows = []
    for score in results.errors.scores:
        if score.set not in looked_for:
            moved = changes.get((score.base, score.set, score.system))
            base = score.base.removeprefix("whisper-")
            rows.append(
                [score.set, base, score.system, tables.rate(score), tables.points(moved) if moved else ""]
            )
    return tables.markdown(["set", "base", "system", "WER", "change"], rows)


def change(found: RecallChange) -> str:
    """A difference in percentage points, with its interval."""
    return tables.difference(found.delta, found.interval)


def adds(change: RecallChange | Comparison) -> bool:
    """Whether `b` is the same recogniser as `a`, with something that it was given."""
    return change.b.startswith(f"{change.a} +")


def _p(p: float | None) -> str:
    return "" if p is None else f"{p:.4f}"
