"""A pass over recordings: as Lect trains, with some of what saves time left out, and as transformers with PEFT do.

Each function is to run in a process of its own, so that its memory is its own. Needs torch, and theirs transformers and PEFT.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.systems import cpu_seconds
from lect.engines.whisper.delta import difference
from lect.engines.whisper.tuning.batches import Batch, Collator, Example
from lect.engines.whisper.tuning.options import Precision, TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions, plan
from lect.engines.whisper.weights import Weights, read_weights
from lect.models.curriculum import tune_options
from lect.models.methods import Recipe

LECT, THEIRS = "Lect", "transformers + PEFT"
SHIPPED = tune_options(Recipe(method="lora", epochs=1, why=""), seed=0, threads=1)
USUAL = replace(
    SHIPPED,
    batches=BatchOptions(frames=12_000, utterances=4, padded=1),
    augmentation=None,
    precision="fp32",
)
TOGETHER = "true length, labels alone, the quicker precision"
KEPT = "encoder frozen, its output kept"
_NOTHING = -100  # a label that nobody learns, in torch and in transformers


@dataclass(frozen=True, kw_only=True)
class Way:
    """How to train."""

    name: str
    true_length: bool = False  # else 30 s
    precision: Precision = "fp32"  # auto: bfloat16 where that is quicker
    labels_alone: bool = False  # else every position is foretold
    kept: bool = (
        False  # the decoder learns alone, from what the encoder made of the recordings in a pass before
    )

    @property
    def options(self) -> TuneOptions:
        """The engine's."""
        return replace(
            USUAL,
            batches=BatchOptions(padded=0) if self.true_length else USUAL.batches,
            precision=self.precision,
            part="decoder" if self.kept else "all",
            epochs=2 if self.kept else 1,
            copies=1,
        )


WAYS = (
    Way(name="none"),
    Way(name="true length", true_length=True),
    Way(name="bf16", precision="bf16"),
    Way(name="labels alone", labels_alone=True),
    Way(name=TOGETHER, true_length=True, precision="auto", labels_alone=True),
    Way(name=f"{TOGETHER}, {KEPT}", true_length=True, precision="auto", labels_alone=True, kept=True),
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


def as_shipped(base: Path, examples: Sequence[Example], delta: Path) -> Pass:
    """As `lect train --audio` does by default, with noise and some windows of 30 s; what was learned goes into a file."""
    return _ours(base, examples, SHIPPED, LECT, delta=delta)


def in_a_way(base: Path, examples: Sequence[Example], way: Way) -> Pass:
    """With some of what saves time; of several passes the last one counts."""
    return _ours(base, examples, way.options, way.name, everywhere=not way.labels_alone)


def _ours(
    base: Path,
    examples: Sequence[Example],
    options: TuneOptions,
    name: str,
    *,
    everywhere: bool = False,
    delta: Path | None = None,
) -> Pass:
    from lect.engines.whisper.tuning.loop import compute_with, keep_encoded, make_collator, plan_steps
    from lect.engines.whisper.tuning.trainer import Trainer

    weights = read_weights(base)
    steps, collator = plan_steps(examples, options), make_collator(weights, examples, (), options)
    in_a_pass, began = len(steps) // options.epochs, cpu_seconds()
    with compute_with(1), keep_encoded(options, None) as kept:
        trainer = Trainer(weights, options, len(steps), kept=kept)
        for step in steps:
            if trainer.done % in_a_pass == 0:
                began = cpu_seconds()
            batches = map(collator.batch, step)
            members = [examples[i] for planned in step for i in planned.members]
            trainer.learn(map(_everywhere, batches) if everywhere else batches, members)
        seconds = cpu_seconds() - began
        if delta:
            delta.write_bytes(trainer.finish(weights).to_bytes())
    labels = [sum(len(examples[i].answer) for planned in step for i in planned.members) for step in steps]
    return _passed(name, seconds, examples, trainer.losses[-in_a_pass:], labels[-in_a_pass:])


def theirs(base: Path, exported: Path, examples: Sequence[Example], delta: Path) -> Pass:
    """LoRA of the same rank and strength beside the same matrices, by the same steps and learning rates.

    Args:
        exported: the base in Hugging Face's layout
        delta: the file for what was learned
    """
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import WhisperForConditionalGeneration

    from lect.engines.whisper.tuning.trainer import learning_rate

    torch.set_num_threads(1)
    weights = read_weights(base)
    matrices = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]
    model = get_peft_model(
        WhisperForConditionalGeneration.from_pretrained(exported, dtype=torch.float32),
        LoraConfig(r=USUAL.rank, lora_alpha=2 * USUAL.rank, target_modules=matrices),
    ).train()
    trained = [each for each in model.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(trained, betas=(0.9, 0.98), weight_decay=0, fused=True)
    batches, losses, labels = _batches(examples, weights), list[float](), list[int]()
    began = cpu_seconds()
    for batch in batches:
        assert batch.mel
        loss = model(
            input_features=torch.from_numpy(batch.mel()).transpose(1, 2),
            decoder_input_ids=torch.from_numpy(batch.tokens),
            labels=torch.from_numpy(_everywhere(batch).labels.reshape(batch.tokens.shape)),
        ).loss
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, USUAL.clip)
        optimiser.param_groups[0]["lr"] = learning_rate(len(losses), len(batches), USUAL)
        optimiser.step()
        losses.append(loss.item())
        labels.append(len(batch.labels))
    seconds = cpu_seconds() - began
    tuned = delta.with_suffix(".transformers")
    model.merge_and_unload().save_pretrained(tuned)
    delta.write_bytes(difference(weights.arrays, read_weights(tuned).arrays).to_bytes())
    return _passed(THEIRS, seconds, examples, losses, labels)


def _batches(examples: Sequence[Example], weights: Weights) -> list[Batch]:
    """Those of a pass in windows of 30 s; their features are made when they are asked for."""
    steps = plan([each.length for each in examples], epochs=1, options=USUAL.batches, seed=USUAL.seed)
    collator = Collator(
        examples=examples, mels=weights.dimensions.mels, options=USUAL.batches, augmentation=None
    )
    return [collator.batch(planned) for (planned,) in steps]


def _everywhere(batch: Batch) -> Batch:
    """All positions are foretold; only at those with labels anything is learned."""
    labels = np.full(batch.tokens.size, _NOTHING)
    labels[batch.rows] = batch.labels
    return replace(batch, rows=np.arange(batch.tokens.size), labels=labels)


def _passed(
    way: str, seconds: float, examples: Sequence[Example], losses: Sequence[float], labels: Sequence[int]
) -> Pass:
    peak = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[0]
    return Pass(
        base="",
        way=way,
        cpu_seconds=round(seconds, 2),
        audio_seconds=sum(each.length.frames for each in examples) / 100,
        peak_mb=round(int(peak) / 1024, 1),
        loss=float(np.average(losses, weights=labels)),
    )
