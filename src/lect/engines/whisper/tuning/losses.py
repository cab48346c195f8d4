"""How much a transcript surprises a model: the loss of each example, with nothing trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch.nn import functional

from lect.engines.whisper.features import log_mel
from lect.engines.whisper.recogniser import WindowPolicy
from lect.engines.whisper.weights import Weights

from .batches import Example, collate_texts
from .devices import within_memory
from .loop import compute_with
from .model import Whisper


def token_losses(
    weights: Weights,
    examples: Sequence[Example],
    *,
    threads: int = 1,
    device: str = "cpu",
    progress: Callable[[float], None] = lambda done: None,
) -> list[float]:
    """The mean loss of the tokens of each transcript, in nats, each foretold from the recording and the tokens before it.

    One recording at a time, in the window in which recognition would hear it, so that no loss depends on other recordings.

    Args:
        examples: recordings with their transcripts
        progress: told what share of them is done

    Raises:
        EngineError: a graphics card has too little memory.
    """
    if not examples:
        return []
    with compute_with(threads), within_memory(), torch.inference_mode():
        model = Whisper(weights).to(device)
        losses = list[float]()
        for each in examples:
            losses.append(_loss(model, each, mels=weights.dimensions.mels, device=device))
            progress(len(losses) / len(examples))
        return losses


def _loss(model: Whisper, example: Example, *, mels: int, device: str) -> float:
    samples = np.asarray(example.samples)
    mel = log_mel(samples, mels=mels, frames=WindowPolicy().frames(len(samples)))
    tokens, rows, labels = collate_texts([example])
    heard, given, at, right = (
        torch.from_numpy(each).to(device) for each in (mel[None], tokens, rows, labels)
    )
    return float(functional.cross_entropy(model(heard, given, at).float(), right))
