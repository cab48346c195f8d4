"""What training on recordings brought and cost, as tables and as a section of the page of results."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from benchmarks import remarks, tables, trainings
from benchmarks.command import BASES
from benchmarks.measure import Comparison
from benchmarks.sets import BARISTA, GENERAL, SPEECHOCEAN
from benchmarks.trainings import Errors, Row
from benchmarks.wer.training_plan import NOISY, PARTS

ELSEWHERE = "other speech"
PLANTED = "exchanged"  # the part that must be refused
ACCENT = ("accent", "accent-guard")
DEEP = ("deep-text-alone", "deep-text")
PICTURE = "learning.svg"
COMMAND = "python -m benchmarks.wer.training --data DIR"
NOT_MEASURED = f"Not measured: `{COMMAND}` does (it takes hours and needs torch).\n"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Trainings that differ in their seed alone."""

    rows: tuple[Row, ...]  # at least one

    @property
    def base(self) -> str:
        return self.rows[0].training.base

    @property
    def part(self) -> str:
        return self.rows[0].training.part

    @property
    def minutes(self) -> float:
        """Of recordings, on average."""
        return sum(row.outcome.audio_seconds for row in self.rows) / 60 / len(self.rows)

    @property
    def given(self) -> str:
        """What was learned from."""
        label = PARTS[self.part].label
        return f"{self.minutes:.0f} minutes of {label}" if self.minutes else label

    @property
    def passed(self) -> int:
        """How many of them were not refused."""
        return sum(row.outcome.exit_code == 0 for row in self.rows)

    def on(self, name: str) -> list[Errors]:
        """The errors in a set after each training that was measured there."""
        found = [_on(row, name) for row in self.rows]
        return [errors for errors in found if errors]

    def change(self, name: str) -> Comparison | None:
        """What the trainings did to a set, on average."""
        errors = trainings.pool(self.on(name))
        return errors.change(self.base, self.given) if errors else None


def groups(rows: Iterable[Row], *parts: str) -> list[Group]:
    """Trainings of these parts in the order of the plan: base by base, part by part, from the least to the most."""
    found = defaultdict[tuple[str, int, float], list[Row]](list)
    order = list(PARTS)
    for row in rows:
        training = row.training
        if training.part in (parts or order):
            least_first = float("inf") if training.minutes is None else training.minutes
            found[training.base, order.index(training.part), least_first].append(row)
    keys = sorted(found, key=lambda key: (BASES.index(key[0]) if key[0] in BASES else len(BASES), *key))
    return [Group(rows=tuple(sorted(found[key], key=lambda row: row.training.seed))) for key in keys]


def _on(row: Row, name: str) -> Errors | None:
    if name == ELSEWHERE:
        return row.on_all(name, [each.name for each in GENERAL])
    return row.on(name)


def change_table(every: Sequence[Group], names: Sequence[str]) -> str:
    """A row per set and group: rates and changes over all seeds, and the extreme seeds."""
    rows = [row for name in names for group in every for row in _change_rows(group, name)]
    header = ["set", "base", "learned from", "passed", "WER before", "WER after", "change", "relative"]
    return tables.markdown([*header, "seeds, relative"], rows) if rows else "Not measured."


def _change_rows(group: Group, name: str) -> Iterator[list[str]]:
    every = group.on(name)
    errors = trainings.pool(every)
    if errors is None:
        return
    change = errors.change(group.base, group.given)
    relative = [each.change(group.base, group.given).relative for each in every]
    yield [
        name,
        group.base.removeprefix("whisper-"),
        group.given,
        f"{group.passed} of {len(group.rows)}",
        *(tables.share(rate, ends) for rate, ends in zip(errors.rates, errors.intervals, strict=True)),
        tables.points(change),
        tables.relative(change),
        f"{100 * min(relative):+.0f} … {100 * max(relative):+.0f} %" if len(every) > 1 else "",
    ]


def cost_table(every: Sequence[Group]) -> str:
    """A row per training: what it cost and what came of it."""
    return tables.markdown(
        ["domain", "base", "learned from", "speakers", "seed", "alpha", "windows", "WER after", "all slots right",
         "CPU s", "peak memory, MB", "bundle, MB"],
        [_cost_row(group, row) for group in every for row in group.rows],
    )  # fmt: skip


def _cost_row(group: Group, row: Row) -> list[str]:
    outcome, domain = row.outcome, PARTS[group.part].domain.name
    errors = row.on(domain)
    return [
        domain,
        group.base.removeprefix("whisper-"),
        replace(group, rows=(row,)).given,
        str(outcome.speakers or ""),
        str(row.training.seed),
        "refused" if outcome.exit_code else f"{outcome.alpha or 0:g}",
        "" if outcome.exit_code else outcome.windows,
        tables.share(errors.rates[1], errors.intervals[1]) if errors else "",
        tables.share_right(row.slots) if row.slots else "",
        f"{outcome.cpu_seconds:.0f}",
        f"{outcome.peak_mb:.0f}",
        "" if outcome.bundle_mb is None else f"{outcome.bundle_mb:.1f}",
    ]


def refusals(every: Sequence[Group]) -> str:
    """A line for each training that was refused, and why."""
    lines = [
        f"* {group.base.removeprefix('whisper-')}, {replace(group, rows=(row,)).given}, seed {row.training.seed}: exit code "
        f"{row.outcome.exit_code}, {row.outcome.reason}"
        for group in every
        for row in group.rows
        if row.outcome.exit_code
    ]
    return "\n".join(lines) or "* none."


def planted(every: Sequence[Group]) -> str:
    """What became of the wrong transcripts: a refusal, or the bold fact that there was none."""
    taken = [
        f"* {group.base.removeprefix('whisper-')}, {group.given}: **not refused**."
        for group in every
        if group.passed
    ]
    refused = refusals(every) if len(taken) < len(every) else ""
    return "\n".join(filter(None, [*taken, refused])) or "* not measured."


def with_remarks(every: Sequence[Group], names: Sequence[str]) -> str:
    """The table of changes, and below it what they mean in the first of the sets."""
    changes = [change for group in every if (change := group.change(names[0]))]
    return "\n\n".join(filter(None, [change_table(every, names), remarks.on_training(changes)]))


def section(rows: Sequence[Row]) -> str:
    """The section of the page, below its title."""
    domain = groups(rows, "weights", "text")
    accent, deep, wrong = groups(rows, *ACCENT), groups(rows, *DEEP), groups(rows, PLANTED)
    every = groups(rows, *(part for part in PARTS if part != PLANTED))
    return _SECTION.format(
        picture=picture(rows),
        domain=with_remarks(domain, [BARISTA.name]),
        accent=with_remarks(accent, [SPEECHOCEAN.name]),
        noisy=with_remarks(domain, [NOISY]),
        elsewhere=with_remarks(domain, [ELSEWHERE, *(each.name for each in GENERAL)]),
        guard=change_table(_guarded(rows), [BARISTA.name, ELSEWHERE]),
        planted=planted(wrong),
        deep=change_table(deep, [BARISTA.name, ELSEWHERE]),
        costs=cost_table(every),
        refusals=refusals(every),
        command=COMMAND,
        hours=sum(row.outcome.cpu_seconds for row in rows) / 3600,
    )


def _guarded(rows: Sequence[Row]) -> list[Group]:
    """Those with a guard of real speech, and beside them the same ones without."""
    measured = {(row.training.base, row.training.minutes) for row in rows if row.training.part == "guard"}
    return [
        group
        for group in groups(rows, "weights", "guard")
        if (group.base, group.rows[0].training.minutes) in measured
    ]


def picture(rows: Sequence[Row]) -> str:
    """The learning curve with its figures in words; nothing without figures."""
    points = [
        f"{group.base.removeprefix('whisper-')} from {100 * errors.rates[0]:.1f} to {100 * errors.rates[1]:.1f} "
        f"with {group.given}"
        for group in groups(rows, "weights", "text")
        if (errors := trainings.pool(group.on(BARISTA.name)))
    ]
    return f"![WER on barista, percent: {'; '.join(points)}](../images/{PICTURE})\n\n" if points else ""


_SECTION = """\
`lect train --audio` with its settings as they are by default, told only what the table says; dev data are the set's own. Less
than all recordings are drawn from every speaker alike, other ones for each seed; what was trained several times stands as one
row, in which every training counts. "Passed" is how many of them were not refused: a refused one leaves the base as it is,
and counts so. The intervals are drawn by speaker; the last column has the seeds that did best and worst. None of the testing
speakers was trained or chosen on.

{picture}{domain}

With an accent, the weights alone, and the same with real speech as the guard, the barista's dev part:

{accent}

In noise that was added to the testing recordings, white, pink and babble in turn. In training such noise is added to some of what is
heard, at 5 to 20 dB, drawn anew each time. Text knows no noise: where weights give way to it
([decision 21](../decisions/0021-weights-give-way-to-text.md)), less of the noise is known:

{noisy}

On other speech, all English sets but the barista's, together and each alone. The guard is the synthetic voices that come with Lect:

{elsewhere}

The same recordings with real speech as the guard, the dev part of speechocean762 (286 words of other speakers than those measured
on), beside those with the guard that comes with Lect, of as many seeds as there are:

{guard}

Transcripts of one recording given to another, which must be refused:

{planted}

The decoder taught by text alone (`--deep-text`), with hardly any n-gram (weight 1 %), and with the one that is chosen on dev
data:

{deep}

Every training, on one thread. CPU seconds are of the whole command, with decoding, hearing the recordings for doubtful
transcripts and choosing; memory is that of its largest process. Windows are cut to the audio's own length only where a guard of
real speech allows it ([decision 20](../decisions/0020-windows-are-cut-for-proof.md)).

{costs}

Those that were refused:

{refusals}

Measured by `{command}`, whose figures stand in `benchmarks/figures/training/`, a
file for each training, and which goes on where it was broken off. All of them took {hours:.1f} CPU hours.
"""
