"""A few steps of a training, to know what all of them will take."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence

from lect.engines.whisper.recogniser import WINDOW_FRAMES
from lect.engines.whisper.weights import Weights
from lect.speech.audio import Samples

from .batches import Example
from .devices import within_memory
from .loop import compute_with, keep_encoded, make_collator, plan_steps
from .options import TuneOptions
from .plan import Planned
from .trainer import Trainer

_TRIED = 6  # steps, from the smallest to the largest


def foretell(
    weights: Weights,
    examples: Sequence[Example],
    *,
    options: TuneOptions,
    noises: Sequence[Samples] = (),
    clock: Callable[[], float] = time.process_time,
) -> float:
    """The CPU seconds of all steps, by the cost of a mel frame in some of them.

    The largest step is one of these, so that the process has held the most memory that a step takes.

    Raises:
        EngineError: a graphics card has too little memory.
    """
    steps = plan_steps(examples, options)
    collator = make_collator(weights, examples, noises, options)
    with compute_with(options.threads), within_memory(), keep_encoded(options, None) as kept:
        trainer = Trainer(weights, options, len(steps), kept=kept)

        def cost(step: Sequence[Planned]) -> float:
            began = clock()
            trainer.learn(
                map(collator.batch, step), [examples[i] for planned in step for i in planned.members]
            )
            return clock() - began

        tried = _spread(sorted(steps, key=lambda step: _frames(step, examples)))
        cost(tried[0])  # the first one prepares much
        frames = sum(_frames(step, examples) for step in tried)
        seen = set[int]()
        heard = sum(map(cost, tried)) / frames
        again = sum(map(cost, tried)) / frames if kept else heard  # what the encoder made of them is there
        total = 0.0
        for step in steps:
            is_new = step[0].draw not in seen
            seen.update(planned.draw for planned in step)
            total += _frames(step, examples) * (heard if is_new else again)
        return total


def _spread(steps: Sequence[Sequence[Planned]]) -> list[Sequence[Planned]]:
    """So many, evenly from the first to the last."""
    count = min(_TRIED, len(steps))
    return [steps[math.ceil(i * (len(steps) - 1) / max(count - 1, 1))] for i in range(count)]


def _frames(step: Sequence[Planned], examples: Sequence[Example]) -> int:
    """Mel frames that are heard in a step, padding included; where nothing is heard, tokens that are read."""
    if examples[0].samples is None:
        return sum(
            len(planned.members) * max(examples[i].length.tokens for i in planned.members) for planned in step
        )
    return sum(
        len(planned.members)
        * (WINDOW_FRAMES if planned.padded else max(examples[i].length.frames for i in planned.members))
        for planned in step
    )
