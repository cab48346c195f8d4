"""The page of results, from figures alone: every sentence with a number in it is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from benchmarks import tables
from benchmarks.bench import Results
from benchmarks.measure import Comparison
from benchmarks.memory import many_models
from benchmarks.memory.many_models import ManyModels
from benchmarks.speed import recognition as speed
from benchmarks.speed.recognition import Costs
from benchmarks.wer import adaptation, new_sentences, recognition


@dataclass(frozen=True, kw_only=True)
class Figures:
    """All that was measured."""

    recognition: Results
    adaptation: Results
    new_sentences: Results
    costs: Costs
    training: list[dict[str, Any]]
    many_models: ManyModels


def write(figures: Figures) -> str:
    """The page as Markdown."""
    return _PAGE.format(
        recognition=recognition.table(figures.recognition),
        adaptation=adaptation.table(figures.adaptation),
        adaptation_remarks=_remarks(figures.adaptation),
        slots=adaptation.slot_table(figures.adaptation),
        count=len(new_sentences.read("testing")),
        new_sentences=adaptation.table(figures.new_sentences),
        new_sentences_remarks=_remarks(figures.new_sentences),
        speed=speed.table(figures.costs),
        memory=speed.memory_table(figures.costs),
        training=_training_table(figures.training),
        many_models=many_models.memory_table(figures.many_models),
        many_models_times=many_models.time_table(figures.many_models),
    )


def _remarks(results: Results) -> str:
    """What the text did to Lect, a line per base and set."""
    return "\n".join(
        f"* {each.set}, {each.base.removeprefix('whisper-')}: {_remark(each)}"
        for each in results.comparisons
        if (each.a, each.b) == (adaptation.PLAIN, adaptation.ADAPTED)
    )


def _remark(change: Comparison) -> str:
    moved = f"{tables.points(change)} points"
    if change.interval is None:
        return f"{moved}; too few recordings to tell chance from merit."
    if change.interval.high < 0:
        return f"the text helps, {moved}."
    if change.interval.low > 0:
        return f"**the text harms**, {moved}."
    return f"no detectable change, {moved}."


def _training_table(rows: list[dict[str, Any]]) -> str:
    return tables.markdown(
        ["text, MB", "words", "CPU s", "peak memory, MB", "model, MB"],
        [
            [
                f"{row['text_mb']:.3g}",
                f"{row['words']:,}",
                f"{row['cpu_seconds']:.1f}",
                f"{row['peak_memory_mb']:.0f}",
                f"{row['lm_mb']:.1f}",
            ]
            for row in rows
        ],
    )


_PAGE = """\
# Results

`make bench` measures and writes this page; do not edit it by hand. Both recognisers use the same Whisper weights in
8-bit integers, beam 5 and one thread, and are told the language; all else is as it is by default, Lect's settings and
faster-whisper's. Nothing was tuned on these recordings.

Rates are in percent, differences in percentage points. In brackets: 95 % intervals, drawn by speaker, or by file or
sentence where speakers are not known (see [Honest numbers](honest-numbers.md)). A set with fewer than six of them has
no interval: it shows that nothing is broken, not who is better. The machine was a 2-core x86-64 with AVX-512 VNNI that
had other work as well, so trust ratios of CPU seconds more than the seconds.

## Without adaptation

CPU seconds are those of decoding the files and recognising, without loading the models. Chinese counts characters, in
the script of the locale; faster-whisper may write a recording in the other script, and each such character is wrong.

{recognition}

## With text

Each set comes with a text of its domain. The texts hold none of the test sentences, except that of azure en-US, which
holds them all: there the gain shows only that text acts. faster-whisper gets the same text its own ways: as `hotwords`
the 26 content words that are most frequent, as `prompt` the first lines, as many as fit. "Change" is against the same
recogniser without text. "Other speech" is all English sets but the barista's together, heard with the barista's text:
what a text costs where it does not fit.

{adaptation}

What the text did to Lect:

{adaptation_remarks}

All slots right is the share of coffee orders whose every labelled value (size, drink, milk and so on) is in the
recognised text. People labelled them, so this depends on no transcript.

{slots}

## New sentences

{count} sentences, written for this benchmark around Latin names from a text on biology that holds none of them. Synthetic
voices speak them, each engine all of them, and read Latin as if it were English. Those of espeak-ng are so unlike a
person that the base models miss ordinary words as well, which no text about names can mend. Real recordings would give
other rates than either.

{new_sentences}

{new_sentences_remarks}

## Speed and memory

Lect with the barista's text and faster-whisper without text heard the same files in turn, three times. The ratio is that
of the middle pair, in brackets those of the other two; the CPU seconds are the fewest.

{speed}

Peak memory of a fresh process and its children:

{memory}

## Training on text

On made text, each size in its own process.

{training}

## Many models in one process

Models that were each trained on 100 kB of made text share one loaded base. One process opened them one after the other
and heard two recordings with each; another did the same with a bound on what models may take (`LECT_MODEL_MEMORY`). The
first models also fill what all share. Pages of files, which the language models are, can be dropped at any time.

{many_models}

{many_models_times}

## Reproduce

`make bench DATA=DIR`, where DIR holds the sets (`benchmarks/sets.py` names the files). The figures are also written to
`build/benchmarks/` as JSON.
"""
