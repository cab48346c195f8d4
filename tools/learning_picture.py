"""Draw the learning curves of training on recordings as `docs/images/learning.svg`.

python -m tools.learning_picture [--folder DIR]

From what `benchmarks.wer.training` kept: WER on coffee orders of new speakers, by the minutes that were learned from.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil, log
from pathlib import Path

from benchmarks import recordings, trainings
from benchmarks.sets import BARISTA
from benchmarks.trainings import Row
from benchmarks.wer.training import FOLDER

from lect.speech.scoring.intervals import Interval

PICTURE = Path(__file__).parents[1] / "docs" / "images" / recordings.PICTURE
LINES = {"weights": "weights alone", "text": "weights and text"}  # by part of the benchmark

# Pixels.
HEIGHT, MARGIN = 340, 24
TOP, BOTTOM = 96, 280  # of the plots
PLOT, GAP, LEFT = 300, 60, 64
STEP = 10  # percent between two lines

STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24313d }
.card { fill: #fbfcfd; stroke: #d5dde4 } .rule { stroke: #d5dde4 }
.name { font-weight: 700 } .small { font-size: 12px; fill: #5b6b79 }
.before { fill: none; stroke: #8a99a6; stroke-width: 1.5; stroke-dasharray: 5 4 }
.weights { stroke: #3d7fc4 } .text { stroke: #0f8a6d } .line { fill: none; stroke-width: 2 }
.dot.weights { fill: #3d7fc4 } .dot.text { fill: #0f8a6d }
@media (prefers-color-scheme: dark) {
  text { fill: #dce5ec } .card { fill: #141b22; stroke: #2f3b46 } .rule { stroke: #2f3b46 }
  .small { fill: #97a7b4 } .before { stroke: #65747f }
  .weights { stroke: #6fb0f2 } .text { stroke: #2fc09c } .dot.weights { fill: #6fb0f2 } .dot.text { fill: #2fc09c }
}
"""


@dataclass(frozen=True, kw_only=True)
class Point:
    """An amount of recordings, and the WER after learning from it, over all seeds. Rates are ratios."""

    minutes: float
    wer: float
    interval: Interval | None


@dataclass(frozen=True, kw_only=True)
class Curve:
    """One way to train a base."""

    base: str
    part: str
    before: float  # WER of the base
    points: tuple[Point, ...]


def curves(rows: Sequence[Row]) -> list[Curve]:
    """Those of each base."""
    found = dict[tuple[str, str], list[Point]]()
    before = dict[str, float]()
    for group in recordings.groups(rows, *LINES):
        if errors := trainings.pool(group.on(BARISTA.name)):
            before[group.base] = errors.rates[0]
            point = Point(minutes=group.minutes, wer=errors.rates[1], interval=errors.intervals[1])
            found.setdefault((group.base, group.part), []).append(point)
    return [
        Curve(base=base, part=part, before=before[base], points=tuple(points))
        for (base, part), points in found.items()
    ]


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Where minutes and rates lie in a plot."""

    left: float
    shortest: float  # minutes
    longest: float
    highest: float  # rate

    def x(self, minutes: float) -> float:
        """Equal steps are equal factors."""
        if self.longest == self.shortest:
            return self.left + PLOT / 2
        return self.left + 20 + (PLOT - 40) * log(minutes / self.shortest) / log(self.longest / self.shortest)

    def y(self, rate: float) -> float:
        """Zero is at the bottom."""
        return BOTTOM - (BOTTOM - TOP) * rate / self.highest


def draw(every: Sequence[Curve]) -> str:
    """The picture: a plot for each base, on the same scales."""
    bases = list(dict.fromkeys(curve.base for curve in every))
    minutes = [point.minutes for curve in every for point in curve.points]
    ends = [point.interval.high for curve in every for point in curve.points if point.interval]
    highest = max(curve.before for curve in every)
    highest = ceil(100 * max([highest, *ends]) / STEP) * STEP / 100
    width = LEFT + len(bases) * (PLOT + GAP) - GAP + MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" width="{width}" height="{HEIGHT}" role="img">',
        f"<title>Word error rate by minutes of recordings</title><style>{STYLE}</style>",
        f'<rect class="card" x=".5" y=".5" width="{width - 1}" height="{HEIGHT - 1}" rx="10"/>',
        *_legend(),
    ]
    for number, base in enumerate(bases):
        scale = Scale(
            left=LEFT + number * (PLOT + GAP),
            shortest=min(minutes),
            longest=max(minutes),
            highest=highest,
        )
        parts += _plot(base, [curve for curve in every if curve.base == base], scale)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _legend() -> Iterator[str]:
    yield _text(MARGIN, 34, "WER on coffee orders of new speakers, percent", "name")
    entries = [("before", "base model"), *((f"line {part}", words) for part, words in LINES.items())]
    for number, (kind, words) in enumerate(entries):
        x = MARGIN + 150 * number
        yield f'<path class="{kind}" d="M{x} 54h22"/>'
        yield _text(x + 30, 58, words, "small")


def _plot(base: str, every: Sequence[Curve], scale: Scale) -> Iterator[str]:
    yield _text(scale.left, TOP - 14, base.removeprefix("whisper-"), "name")
    for percent in range(0, round(100 * scale.highest) + 1, STEP):
        y = scale.y(percent / 100)
        yield f'<path class="rule" d="M{scale.left:g} {y:.1f}h{PLOT}"/>'
        yield _text(scale.left - 8, y + 4, str(percent), "small", anchor="end")
    for minutes in sorted({round(point.minutes) for curve in every for point in curve.points}):
        yield _text(scale.x(minutes), BOTTOM + 20, str(minutes), "small", anchor="middle")
    yield _text(scale.left + PLOT / 2, BOTTOM + 40, "minutes of recordings", "small", anchor="middle")
    yield f'<path class="before" d="M{scale.left:g} {scale.y(every[0].before):.1f}h{PLOT}"/>'
    for number, curve in enumerate(every):
        yield from _line(curve, scale, aside=6 * number)


def _line(curve: Curve, scale: Scale, *, aside: float) -> Iterator[str]:
    """A curve with its intervals, moved aside so that those of two curves do not cover each other."""
    places = [(scale.x(point.minutes) + aside, point) for point in curve.points]
    steps = "L".join(f"{x:.1f} {scale.y(point.wer):.1f}" for x, point in places)
    yield f'<path class="line {curve.part}" d="M{steps}"/>'
    for x, point in places:
        yield f'<circle class="dot {curve.part}" cx="{x:.1f}" cy="{scale.y(point.wer):.1f}" r="4"/>'
        if point.interval:
            low, high = scale.y(point.interval.low), scale.y(point.interval.high)
            yield f'<path class="line {curve.part}" d="M{x:.1f} {low:.1f}V{high:.1f}"/>'


def _text(x: float, y: float, words: str, kind: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def write(rows: Sequence[Row], path: Path = PICTURE) -> None:
    """Draw what was measured; without figures, nothing is written."""
    if every := curves(rows):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(draw(every), "utf-8")


def main() -> None:
    """Read and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where figures are kept")
    write(trainings.read_all(parser.parse_args().folder))


if __name__ == "__main__":
    main()
