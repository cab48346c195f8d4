"""What a pass over recordings costs when a model is trained on them, next to transformers with PEFT.

    python -m benchmarks.speed.tuning --data DIR [--base NAME ...] [--sentences 24] [--json FILE]

Needs torch, transformers and peft. Both train LoRA of the same rank beside the same matrices, from the same weights, on the same
utterances and features, on one thread; each way is a process of its own. The usual way hears windows of 30 s, computes in float32
and foretells every position; ours is also measured with one of its three savings at a time (needs Linux).
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import command, sets, tables
from benchmarks.bench import Bench
from benchmarks.systems import cpu_seconds
from lect.engines.whisper import export
from lect.engines.whisper.tokens import Tokens
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.batches import Batch, Collator, Example, example
from lect.engines.whisper.tuning.byte_pairs import BytePairs
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions, Planned, plan
from lect.engines.whisper.weights import read_weights

TRAINING = sets.part(sets.BARISTA, "training")
SENTENCES = 24
THEIRS = "transformers + PEFT"
USUAL = BatchOptions(frames=12_000, utterances=4, padded=1)
RANK, RATE = TuneOptions.rank, 3e-4
NOT_MEASURED = "Not measured: `pip install torch transformers peft`, then `make bench`."
NOTHING = -100  # a label that nobody learns, in torch and in transformers


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to train."""

    name: str
    true_length: bool = False  # else 30 s
    bf16: bool = False  # else float32
    labels_alone: bool = False  # else every position is foretold
    augmented: bool = False


WAYS = (
    Way(name="Lect, the usual way"),
    Way(name="true length", true_length=True),
    Way(name="bf16", bf16=True),
    Way(name="labels alone", labels_alone=True),
    Way(name="true length, labels alone", true_length=True, labels_alone=True),
    Way(name="Lect", true_length=True, bf16=True, labels_alone=True),
    Way(name="Lect, with noise", true_length=True, bf16=True, labels_alone=True, augmented=True),
)


@dataclass(frozen=True, kw_only=True)
class Pass:
    """What a pass cost."""

    base: str
    way: str
    cpu_seconds: float  # features included, loading not
    audio_seconds: float
    peak_mb: float
    loss: float  # mean over the labels


@dataclass(frozen=True, kw_only=True)
class Passes:
    """What the benchmark found."""

    passes: tuple[Pass, ...] = ()

    def __add__(self, other: Passes) -> Passes:
        return Passes(passes=self.passes + other.passes)


def is_possible() -> bool:
    """Whether all is there that is trained with."""
    return all(importlib.util.find_spec(name) for name in ("torch", "transformers", "peft"))


def measure(bench: Bench) -> Passes:
    """One pass each way."""
    bench = replace(bench, sentences=bench.sentences or SENTENCES)
    base = bench.parts.pool.base(bench.base).folder.path
    examples = _examples(bench, base)
    found = [_in_fresh_process(_ours, base, examples, way) for way in WAYS]
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        weights = read_weights(base)
        export.write(Path(folder), weights, tokenizer=base / "tokenizer.json", to="huggingface")
        found.insert(0, _in_fresh_process(_theirs, Path(folder), examples, weights.dimensions.mels))
    return Passes(passes=tuple(replace(each, base=bench.base) for each in found))


def _examples(bench: Bench, base: Path) -> list[Example]:
    tokens = Tokens(base / "tokenizer.json", read_weights(base).dimensions.vocabulary)
    encoding, decoder = BytePairs(tokens.pieces), bench.parts.decoder
    return [
        example(
            each.audio.name,
            decoder.decode(each.audio, name=each.audio.name),
            encoding.encode(each.reference),
            words=len(each.reference.split()),
            language="en",
            tokens=tokens,
        )
        for each in bench.read(TRAINING).utterances
    ]


def _in_fresh_process(run: Callable[..., Pass], *arguments: Any) -> Pass:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(run, arguments)


def _ours(base: Path, examples: Sequence[Example], way: Way) -> Pass:
    import torch

    from lect.engines.whisper.tuning.trainer import Trainer

    torch.set_num_threads(1)
    options = TuneOptions(
        learning_rate=RATE,
        epochs=1,
        batches=BatchOptions(padded=0) if way.true_length else USUAL,
        augmentation=AugmentOptions() if way.augmented else None,
        precision="bf16" if way.bf16 else "fp32",
    )
    weights = read_weights(base)
    steps, collator = _plan(examples, weights.dimensions.mels, options)
    trainer = Trainer(weights, options, len(steps))
    began = cpu_seconds()
    for planned in steps:
        batch = collator.batch(planned)
        members = [examples[i] for i in planned.members]
        trainer.learn([batch if way.labels_alone else _everywhere(batch)], members)
    return _passed(way.name, began, examples, trainer.losses, steps)


def _theirs(folder: Path, examples: Sequence[Example], mels: int) -> Pass:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import WhisperForConditionalGeneration

    torch.set_num_threads(1)
    options = TuneOptions(learning_rate=RATE, epochs=1, batches=USUAL, augmentation=None)
    steps, collator = _plan(examples, mels, options)
    matrices = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
    model = get_peft_model(
        WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float32),
        LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules=matrices),
    ).train()
    trained = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=RATE, betas=(0.9, 0.98), weight_decay=0, fused=True)
    losses = []
    began = cpu_seconds()
    for planned in steps:
        batch = _everywhere(collator.batch(planned))
        assert batch.mel
        loss = model(
            input_features=torch.from_numpy(batch.mel()).transpose(1, 2),
            decoder_input_ids=torch.from_numpy(batch.tokens),
            labels=torch.from_numpy(batch.labels.reshape(batch.tokens.shape)),
        ).loss
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        losses.append(loss.item())
    return _passed(THEIRS, began, examples, losses, steps)


def _plan(examples: Sequence[Example], mels: int, options: TuneOptions) -> tuple[list[Planned], Collator]:
    steps = plan([each.length for each in examples], epochs=1, options=options.batches, seed=options.seed)
    collator = Collator(
        examples=examples, mels=mels, options=options.batches, augmentation=options.augmentation
    )
    return [planned for (planned,) in steps], collator


def _everywhere(batch: Batch) -> Batch:
    """All positions are foretold; only at those with labels anything is learned."""
    labels = np.full(batch.tokens.size, NOTHING)
    labels[batch.rows] = batch.labels
    return replace(batch, rows=np.arange(batch.tokens.size), labels=labels)


def _passed(
    way: str, began: float, examples: Sequence[Example], losses: Sequence[float], steps: Sequence[Planned]
) -> Pass:
    seconds = cpu_seconds() - began
    labels = [sum(len(examples[i].answer) for i in planned.members) for planned in steps]
    peak = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]
    return Pass(
        base="",
        way=way,
        cpu_seconds=seconds,
        audio_seconds=sum(each.length.frames for each in examples) / 100,
        peak_mb=int(peak) / 1024,
        loss=float(np.average(losses, weights=labels)),
    )


def table(found: Passes) -> str:
    """A row per base and way."""
    header = ["base", "way", "CPU s", "CPU s per audio minute", "times fewer", "peak memory, MB", "mean loss"]
    return tables.markdown(header, _rows(found))


def _rows(found: Passes) -> Iterator[list[str]]:
    theirs = {each.base: each.cpu_seconds for each in found.passes if each.way == THEIRS}
    for each in found.passes:
        yield [
            each.base.removeprefix("whisper-"),
            each.way,
            f"{each.cpu_seconds:.1f}",
            f"{60 * each.cpu_seconds / each.audio_seconds:.1f}",
            f"{theirs[each.base] / each.cpu_seconds:.1f}",
            f"{each.peak_mb:.0f}",
            f"{each.loss:.2f}",
        ]


if __name__ == "__main__":
    command.run(__doc__ or "", measure, table)
