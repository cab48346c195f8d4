"""The loss of each transcript is that of the model as it is, whatever stands beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("torch")

from lect.engines.whisper.tuning.loop import tune
from lect.engines.whisper.tuning.losses import token_losses
from lect.engines.whisper.tuning.options import TuneOptions


def test_neighbours_do_not_matter(small, tones):
    together = token_losses(small, tones)
    assert together == [token_losses(small, [each])[0] for each in tones]
    assert token_losses(small, []) == []


def test_what_was_learned_surprises_less_than_what_another_says(small, tones):
    options = TuneOptions(rank=0, learning_rate=3e-3, epochs=30, augmentation=None)
    weights = tune(small, tones, options=options).weights
    exchanged = [
        replace(each, answer=other.answer) for each, other in zip(tones, [*tones[1:], tones[0]], strict=True)
    ]

    for right, wrong in zip(token_losses(weights, tones), token_losses(weights, exchanged), strict=True):
        assert right < wrong


def test_progress_is_told(small, tones):
    told = []
    token_losses(small, tones, progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]
