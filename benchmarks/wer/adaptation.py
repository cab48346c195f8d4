"""Text adaptation: word errors in the text's domain and outside of it, next to faster-whisper's prompts.

    python -m benchmarks.wer.adaptation --data DIR [--base NAME ...] [--json FILE]

Lect learns a text by default settings. faster-whisper is given the same text as `hotwords` (the 26 content words that it
uses most) or as `initial_prompt` (the first lines that fit 200 tokens).
"""

from __future__ import annotations

from functools import reduce
from operator import add
from pathlib import Path

from benchmarks import command, sets, slots, tables, terms
from benchmarks.bench import Bench, Results
from benchmarks.sets import ASTERISK, BARISTA, SPEECHOCEAN
from benchmarks.systems import System

PLAIN, ADAPTED = "Lect", "Lect + text"  # as `Bench` names them
RELATED = (SPEECHOCEAN, ASTERISK)  # the text of azure en-US holds its test sentences
TOGETHER = "speechocean762 and asterisk-prompts, each with its text"
OUTSIDE = "other speech, barista text"
LABELS = "barista/testing/utterances.tsv"


def measure(bench: Bench) -> Results:
    """The barista's orders, what its model does to other speech, and the other sets with their own texts."""
    barista = bench.read(BARISTA)
    others = [bench.read(origin) for origin in sets.GENERAL]
    systems = with_text(bench, bench.data / BARISTA.text)
    results = bench.judge(systems, [barista], pairs=pairs(systems))
    results += bench.judge(systems, others, name=OUTSIDE, pairs=pairs(systems))
    return (
        results
        + own_texts(bench)
        + Results(
            slots=tuple(
                slots.score(
                    bench.data / LABELS,
                    barista,
                    bench.run(system, [barista]),
                    base=bench.base,
                    system=system.name,
                )
                for system in systems
            )
        )
    )


def own_texts(bench: Bench) -> Results:
    """The other sets, each with its own text; then those together whose texts hold none of the test sentences."""
    results, related = Results(), []
    for origin in sets.GENERAL:
        other = bench.read(origin)
        systems = with_text(bench, bench.data / origin.text)
        results += bench.judge(systems, [other], pairs=pairs(systems))
        if origin in RELATED:
            related.append((other, systems, [bench.run(system, [other]) for system in systems]))
    read, systems_of, heard = zip(*related, strict=True)
    return results + bench.judge_runs(
        sets.pool(TOGETHER, read),
        [reduce(add, runs) for runs in zip(*heard, strict=True)],
        names=[system.name for system in systems_of[0]],
        pairs=pairs(systems_of[0]),
    )


def with_text(bench: Bench, text: Path) -> list[System]:
    """Both recognisers without the text, then with all that they can make of it; Lect with text is the last."""
    prompt = terms.first_lines(text, bench.loaded.hf_tokenizer)
    return [
        bench.lect,
        bench.faster_whisper,
        bench.prompted("hotwords", hotwords=terms.frequent_words(text)),
        bench.prompted("prompt", prompt=prompt),
        bench.adapted(bench.train(text)),
    ]


def pairs(systems: list[System]) -> list[tuple[int, int]]:
    """Each system with text next to its own base, then Lect with text next to faster-whisper with text."""
    last = len(systems) - 1
    prompted = range(2, last)
    return [(0, last), *((1, other) for other in prompted), *((other, last) for other in prompted)]


def table(results: Results) -> str:
    """A row per base, set and system."""
    changes = {
        (each.base, each.set, each.b): each
        for each in results.comparisons
        if each.a in {"Lect", "faster-whisper"}
    }
    rows = []
    for score in results.scores:
        change = changes.get((score.base, score.set, score.system))
        cells = [tables.points(change), tables.relative(change)] if change else ["", ""]
        base = score.base.removeprefix("whisper-")
        rows.append([score.set, base, score.system, str(score.words), tables.rate(score), *cells])
    return tables.markdown(["set", "base", "system", "words", "WER", "change", "relative"], rows)


def slot_table(results: Results) -> str:
    """A row per base and system."""
    rows = [
        [each.base.removeprefix("whisper-"), each.system, tables.share_right(each)] for each in results.slots
    ]
    return tables.markdown(["base", "system", "all slots right"], rows)


if __name__ == "__main__":
    command.run(__doc__ or "", measure, lambda results: f"{table(results)}\n\n{slot_table(results)}")
