"""Sentences about figures: where what Lect was given helps, where it harms, and where nobody can tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks import recall, tables
from benchmarks.bench import Results
from benchmarks.measure import Comparison
from benchmarks.recall import RecallChange, TermResults
from benchmarks.wer import adaptation, phrases
from benchmarks.wer.phrases import PhraseCost, PhraseCosts
from lect.speech.scoring.intervals import Interval

Change = Comparison | RecallChange


def on_errors(results: Results) -> str:
    """What text did to Lect's word errors, a line per base and set."""
    return _lines(map(_remark, _own(results.comparisons)))


def on_training(changes: Iterable[Comparison]) -> str:
    """What training on recordings did, a line for each change."""
    return _lines(_remark(each, what="training") for each in changes)


def on_terms(results: TermResults) -> str:
    """What lists did to the terms that Lect finds, a line per base, set and way to give them."""
    return _lines(map(_remark, _own(results.changes)))


def on_longest_list(terms: TermResults, found: PhraseCosts) -> str:
    """What the longest list of phrases costs and makes up, a line per base."""
    size = max((cost.phrases for cost in found.costs), default=0)
    return _lines(_price(terms, cost) for cost in found.costs if cost.phrases == size)


def on_aim(results: TermResults, aim: float) -> str:
    """With which voices Lect finds the share of terms that it should, where it is told of them."""
    shares: dict[str, list[float]] = {}
    for each in results.recalls:
        if each.system.startswith(f"{adaptation.PLAIN} + "):
            voice = each.set.rpartition(", ")[2]
            shares.setdefault(voice, []).append(each.found / each.terms)
    reached = [_shares(voice, found) for voice, found in shares.items() if min(found) >= aim]
    missed = [_shares(voice, found) for voice, found in shares.items() if min(found) < aim]
    return " ".join(
        f"**The aim, {aim:.0%} of the terms, is {word}** with the {'voice' if len(voices) == 1 else 'voices'} of "
        f"{' and '.join(voices)}."
        for word, voices in (("reached", reached), ("missed", missed))
        if voices
    )


def _shares(voice: str, found: Sequence[float]) -> str:
    return f"{voice} ({', '.join(f'{share:.0%}' for share in found)})"


def without_gain(changes: Iterable[Change]) -> str:
    """A line for each change of Lect whose interval has no change in it or is on the wrong side; harm comes first."""
    known = [(each, interval) for each in _own(changes) if (interval := _in_errors(each))]
    if not known:
        return "* not measured."
    found = sorted((each for each in known if each[1].high >= 0), key=lambda each: each[1].low <= 0)
    return _lines(_remark(change) for change, _ in found) or "* nowhere."


def errors(results: TermResults, *, listed: bool) -> list[Comparison]:
    """Changes in word errors on the sets where listed terms are said, or on the others."""
    said = {each.set for each in results.recalls}
    return [each for each in results.errors.comparisons if (each.set in said) == listed]


def _own(changes: Iterable[Change]) -> Iterable[Change]:
    """Lect with something against Lect without it."""
    return (each for each in changes if each.a == adaptation.PLAIN and recall.adds(each))


def _remark(change: Change, *, what: str = "") -> str:
    what = what or ("the text" if change.b == adaptation.ADAPTED else "the list")
    return f"{_where(change)}: {_verdict(change, what)}"


def _where(change: Change) -> str:
    """The set, the base, and what was given, unless it is a text or the set's name says it."""
    base, given = change.base.removeprefix("whisper-"), _given(change)
    told = change.b == adaptation.ADAPTED or change.set.endswith(given)
    return f"{change.set}, {base}" if told else f"{change.set}, {base}, {given}"


def _verdict(change: Change, what: str) -> str:
    moved = f"{tables.difference(change.delta, change.interval)} points"
    if isinstance(change, RecallChange):
        moved += " of terms found"
    interval = _in_errors(change)
    if interval is None:
        return f"{moved}; too few recordings to tell chance from merit."
    if interval.high < 0:
        return f"{what} helps, {moved}."
    if interval.low > 0:
        return f"**{what} harms**, {moved}."
    return f"no detectable change, {moved}."


def _in_errors(change: Change) -> Interval | None:
    """The interval of a change, below zero where it is for the better."""
    if change.interval is None or isinstance(change, Comparison):
        return change.interval
    return Interval(low=-change.interval.high, high=-change.interval.low)


def _given(change: Change) -> str:
    return change.b.removeprefix(f"{change.a} + ")


def _price(terms: TermResults, cost: PhraseCost) -> str:
    made_up = {
        each.system: each
        for each in terms.insertions
        if (each.base, each.listed) == (cost.base, cost.phrases)
    }
    without = made_up.pop(adaptation.PLAIN)
    (listed,) = made_up.values()
    return (
        f"{cost.phrases:,} phrases, {cost.base.removeprefix('whisper-')}: {phrases.times(cost)} times the CPU seconds; "
        f"false insertions in {listed.utterances} utterances of other speech: {listed.insertions}, without the list "
        f"{without.insertions}."
    )


def _lines(sentences: Iterable[str]) -> str:
    return "\n".join(f"* {sentence}" for sentence in sentences)
