"""What training was to bring, and whether it did: a line for each aim and base that was measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from benchmarks import tables, trainings
from benchmarks.bench import Results
from benchmarks.measure import Score
from benchmarks.recordings import ACCENT, ELSEWHERE, Group, groups
from benchmarks.sets import BARISTA, SPEECHOCEAN
from benchmarks.trainings import Row
from benchmarks.wer import adaptation
from benchmarks.wer.training_plan import IN_NOISE, NOISY

CUT = 0.5  # of the domain's WER, at least, without a text model
ACCENT_CUT = 0.15
DEEP_CUT = 0.3  # without the mixture
HARM = 0.005  # of WER on other speech, at the most
QUICK_CPU = 480.0  # seconds for tiny.en and 20 minutes
MEMORY_MB = 2500.0


def lines(rows: Sequence[Row], texts: Results | None = None) -> str:
    """All that can be told.

    Args:
        texts: what text alone did, without training
    """
    tellers = (_domain, _noise, _accent, _deep, _elsewhere, _costs)
    found = [line for tell in tellers for line in tell(rows)]
    return "\n".join([*found, *_mixed(rows, texts.scores if texts else ())]) or "* not measured."


def _domain(rows: Sequence[Row]) -> Iterator[str]:
    for group in _of_all(groups(rows, "weights")):
        yield from _cut(group, BARISTA.name, CUT)


def _accent(rows: Sequence[Row]) -> Iterator[str]:
    """Help beyond chance is asked for, and so much is hoped for."""
    for group in groups(rows, *ACCENT):
        if change := group.change(SPEECHOCEAN.name):
            aim = f"{tables.points(change)} points; an improvement beyond chance was the aim"
            is_beyond_chance = change.interval is not None and change.interval.high < 0
            yield _line(group, SPEECHOCEAN.name, aim, reached=is_beyond_chance)
        yield from _cut(group, SPEECHOCEAN.name, ACCENT_CUT)


def _deep(rows: Sequence[Row]) -> Iterator[str]:
    for group in groups(rows, "deep-text-alone"):
        yield from _cut(group, BARISTA.name, DEEP_CUT)


def _mixed(rows: Sequence[Row], scores: Iterable[Score]) -> Iterator[str]:
    """Deep text is to help where the n-gram of the same text is there, too."""
    alone = {
        score.base: score
        for score in scores
        if (score.set, score.system) == (BARISTA.name, adaptation.ADAPTED)
    }
    for group in groups(rows, "deep-text"):
        errors = trainings.pool(group.on(BARISTA.name))
        if errors and (score := alone.get(group.base)):
            aim = f"WER {100 * errors.rates[1]:.1f} %; less than with the n-gram alone, {tables.rate(score)}, was the aim"
            yield _line(group, BARISTA.name, aim, reached=errors.rates[1] < score.rate)


def _cut(group: Group, name: str, least: float) -> Iterator[str]:
    if change := group.change(name):
        aim = f"{tables.relative(change)}; -{100 * least:.0f} % or lower was the aim"
        yield _line(group, name, aim, reached=change.relative <= -least)


def _noise(rows: Sequence[Row]) -> Iterator[str]:
    """In noise the cut is to be as large as without: in points, since there is more to cut; what it is of all is told beside it."""
    for group in groups(rows, "weights", "text"):
        noisy, clean = group.change(NOISY), group.change(BARISTA.name)
        if noisy and clean and group.rows[0].training.minutes == IN_NOISE:
            aim = (
                f"{tables.points(noisy)} points ({100 * noisy.relative:+.0f} %); as much as without noise, "
                f"{tables.points(clean)} points ({100 * clean.relative:+.0f} %), was the aim"
            )
            yield _line(
                group, NOISY, aim, reached=noisy.delta <= clean.delta, also=noisy.relative <= clean.relative
            )


def _elsewhere(rows: Sequence[Row]) -> Iterator[str]:
    """Other speech is not to be heard worse, by more than so much."""
    for group in groups(rows, "weights", "text", "guard"):
        if change := group.change(ELSEWHERE):
            aim = f"{tables.points(change)} points; at most {100 * HARM:+.1f} was the aim"
            yield _line(group, ELSEWHERE, aim, reached=change.delta <= HARM)


def _costs(rows: Sequence[Row]) -> Iterator[str]:
    for group in groups(rows, "weights"):
        seconds = max(row.outcome.cpu_seconds for row in group.rows)
        memory = max(row.outcome.peak_mb for row in group.rows)
        if group.base.endswith("tiny.en") and group.rows[0].training.minutes == IN_NOISE:
            aim = f"{seconds:.0f} CPU s at the most; fewer than {QUICK_CPU:.0f} was the aim"
            yield _line(group, "whole command", aim, reached=seconds < QUICK_CPU)
        if group.rows[0].training.minutes is None:
            aim = f"{memory:.0f} MB at the most; less than {MEMORY_MB:.0f} was the aim"
            yield _line(group, "memory", aim, reached=memory < MEMORY_MB)


def _of_all(every: Iterable[Group]) -> list[Group]:
    return [group for group in every if group.rows[0].training.minutes is None]


def _line(group: Group, what: str, aim: str, *, reached: bool, also: bool = True) -> str:
    """A line.

    Args:
        also: whether what was reached in points is reached in percent, too
    """
    count = len(group.rows)
    seeds = f", {count} seeds" if count > 1 else ""
    if refused := count - group.passed:
        seeds += f", {refused} refused"
    return (
        f"* {what}, {group.base.removeprefix('whisper-')}, {group.given}{seeds}: {aim}, and is "
        f"{'reached' if reached else '**missed**'}{' in points, and **missed** in percent' if reached and not also else ''}."
    )
