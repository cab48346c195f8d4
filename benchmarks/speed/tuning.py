"""What a pass over recordings costs and teaches when a model is trained on them, next to transformers with PEFT.

    python -m benchmarks.speed.tuning --data DIR [--base NAME ...] [--sentences 24] [--json FILE]

Needs torch, transformers and peft, and Linux. Both train LoRA of the same rank beside the same matrices, from the same weights, on
the same recordings and features, on one thread; each pass is a process of its own. The usual way hears windows of 30 s,
computes in float32 and foretells every position. What both learned is heard by the same recogniser: Lect's, in 8-bit
integers, beam 5, windows of 30 s. Lect is also measured with one of its savings at a time.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import lect
from benchmarks import command, sets, subsets, tables
from benchmarks.bench import Bench, Results
from benchmarks.sets import Utterance
from benchmarks.speed import passes
from benchmarks.speed.passes import LECT, THEIRS, WAYS, Pass
from benchmarks.systems import System
from lect.engines.whisper import export
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning.batches import Example, example
from lect.engines.whisper.tuning.byte_pairs import BytePairs
from lect.engines.whisper.weights import read_weights
from lect.models import acoustic, bundles
from lect.models.manifest import Manifest, NormaliserVersion
from lect.speech.audio import SAMPLE_RATE
from lect.speech.text import normaliser

LOCALE = "en-US"
TRAINING = sets.part(sets.BARISTA, "training")
JUDGES = (sets.part(sets.BARISTA, "dev"), sets.BARISTA)
MINUTES = 10
SENTENCES = 24  # of those, for the savings one at a time
UNTRAINED = "nobody"
INSTALL = "pip install torch transformers peft"
NOT_MEASURED = f"Not measured: `{INSTALL}`, then `make bench`."


@dataclass(frozen=True, kw_only=True)
class Passes:
    """What the benchmark found."""

    passes: tuple[Pass, ...] = ()  # as each is trained
    savings: tuple[Pass, ...] = ()  # over fewer recordings
    results: Results = field(default_factory=Results)  # of what the passes taught
    bf16: bool = False  # whether the processor is quicker in it

    def __add__(self, other: Passes) -> Passes:
        return Passes(
            passes=self.passes + other.passes,
            savings=self.savings + other.savings,
            results=self.results + other.results,
            bf16=self.bf16 or other.bf16,
        )


def is_possible() -> bool:
    """Whether all is there that is trained with."""
    return all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))


def measure(bench: Bench) -> Passes:
    """A pass each way, and the word errors of both models."""
    base = bench.parts.pool.base(bench.base).folder.path
    examples = _examples(bench, base)
    few = examples[:SENTENCES]
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as name:
        folder = Path(name)
        exported, deltas = folder / "exported", [folder / "theirs", folder / "ours"]
        exported.mkdir()
        export.write(exported, read_weights(base), tokenizer=base / "tokenizer.json", to="huggingface")
        found = [
            _in_fresh_process(passes.theirs, base, exported, examples, deltas[0]),
            _in_fresh_process(passes.as_shipped, base, examples, deltas[1]),
        ]
        savings = [_in_fresh_process(passes.in_a_way, base, few, way) for way in WAYS]
        trained = [
            bench.adapted(_bundle(bench, path), name=each.way)
            for path, each in zip(deltas, found, strict=True)
        ]
        results = _judge(bench, trained)
    return Passes(
        passes=tuple(replace(each, base=bench.base) for each in found),
        savings=tuple(replace(each, base=bench.base) for each in savings),
        results=results,
        bf16=_in_fresh_process(_computes_in_bf16),
    )


def _computes_in_bf16() -> bool:
    from lect.engines.whisper.tuning.devices import computes_in_bf16

    return computes_in_bf16("cpu")


def _examples(bench: Bench, base: Path) -> list[Example]:
    tokens = Tokens(base / "tokenizer.json", read_weights(base).dimensions.vocabulary)
    encoding, decoder = BytePairs(tokens.pieces), bench.parts.decoder
    given = bench.read(TRAINING).utterances
    samples = {each.audio: decoder.decode(each.audio, name=each.audio.name) for each in given}
    lengths = {audio: len(heard) / SAMPLE_RATE for audio, heard in samples.items()}

    def as_example(each: Utterance) -> Example:
        return example(
            each.audio.name,
            samples[each.audio],
            encoding.encode(each.reference),
            words=len(each.reference.split()),
            language="en",
            tokens=tokens,
        )

    return list(map(as_example, subsets.draw(given, lengths, seconds=60 * MINUTES, seed=0)))


def _in_fresh_process(run: Callable[..., Any], *arguments: Any) -> Any:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, arguments)


def _bundle(bench: Bench, delta: Path) -> Path:
    """A custom model of what was learned, which hears windows of 30 s: some of these models know no others."""
    rules = normaliser(LOCALE)
    manifest = Manifest(
        base=bundles.Base(
            name=bench.base, weights_sha256=bench.parts.pool.base(bench.base).folder.weights_sha256
        ),
        locale=LOCALE,
        normaliser=NormaliserVersion(name=rules.name, version=rules.version),
        code=lect.__version__,
        recipe={"acoustic": {"shortest_window": 30}},
    )
    path = delta.with_suffix(".lect")
    bundles.write(path, manifest=manifest, members={acoustic.WEIGHTS: delta.read_bytes()})
    return path


def _judge(bench: Bench, trained: Sequence[System]) -> Results:
    systems = [bench.named(UNTRAINED), *trained]
    results = Results()
    for origin in JUDGES:
        results += bench.judge(systems, [bench.read(origin)], pairs=[(1, 2)])
    return results


_SECTION = """\
One pass over {minutes} minutes of coffee orders, LoRA of the same rank beside the same matrices, from the same weights, by the same
learning rates, on one thread, each in a process of its own. transformers with PEFT hears windows of 30 s, computes in float32
and foretells every position, as is usual. Lect does as `lect train --audio` does by default: it hears windows as long as the
speech, one batch in five in windows of 30 s, with noise added to some; it computes in bfloat16 where that is quicker, and
foretells the transcript alone.

{costs}

What each pass taught, all heard by Lect's recogniser, in 8-bit integers with beam 5; the trained models in windows of 30 s:

{errors}

{remarks}

Each saving alone, without noise, over {sentences} of these orders. Where the encoder is frozen, the decoder alone learns, and the
pass is one that need not hear the recordings again:

{savings}"""


def section(found: Passes) -> str:
    """All there is to say of it, as Markdown."""
    return _SECTION.format(
        minutes=MINUTES,
        sentences=SENTENCES,
        costs=cost_table(found),
        errors=error_table(found),
        remarks=remarks(found),
        savings=saving_table(found),
    )


def cost_table(found: Passes) -> str:
    """A row per base and trainer."""
    theirs = {each.base: each.cpu_seconds for each in found.passes if each.way == THEIRS}
    return _cost_table("trained by", found.passes, theirs)


def saving_table(found: Passes) -> str:
    """A row per base and what saves time."""
    plain = {each.base: each.cpu_seconds for each in found.savings if each.way == WAYS[0].name}
    return _cost_table("savings", found.savings, plain)


def _cost_table(what: str, rows: Sequence[Pass], slowest: dict[str, float]) -> str:
    header = ["base", what, "CPU s", "CPU s per audio minute", "times fewer", "peak memory, MB", "mean loss"]
    return tables.markdown(header, (_cells(each, slowest[each.base]) for each in rows))


def _cells(each: Pass, slowest: float) -> list[str]:
    return [
        each.base.removeprefix("whisper-"),
        each.way,
        f"{each.cpu_seconds:.1f}",
        f"{60 * each.cpu_seconds / each.audio_seconds:.1f}",
        f"{slowest / each.cpu_seconds:.1f}",
        f"{each.peak_mb:.0f}",
        f"{each.loss:.2f}",
    ]


def error_table(found: Passes) -> str:
    """A row per base, set and trainer."""
    rows = [
        [score.set, score.base.removeprefix("whisper-"), score.system, str(score.words), tables.rate(score)]
        for score in found.results.scores
    ]
    return tables.markdown(["set", "base", "trained by", "words", "WER"], rows)


def remarks(found: Passes) -> str:
    """What Lect saves and whether it errs more often, a line for each base and set."""
    return "\n".join(_remarks(found))


def _remarks(found: Passes) -> Iterator[str]:
    cost = {(each.base, each.way): each.cpu_seconds for each in found.passes}
    for each in found.results.comparisons:
        fewer = cost[each.base, THEIRS] / cost[each.base, LECT]
        yield (
            f"* {each.base.removeprefix('whisper-')}: Lect takes {fewer:.1f} times fewer CPU seconds for a pass; its WER on "
            f"{each.set} is {tables.points(each)} points from that of {THEIRS}."
        )
    yield (
        "* This processor is quicker in bfloat16 than in float32, so Lect computed in it."
        if found.bf16
        else "* This processor is not quicker in bfloat16 than in float32, so all was done in float32."
    )


def main() -> None:
    """Measure, if everything is there."""
    if not is_possible():
        sys.exit(f"torch, transformers and peft are trained with, and one of them is missing: {INSTALL}")
    command.run(__doc__ or "", measure, section)


if __name__ == "__main__":
    main()
