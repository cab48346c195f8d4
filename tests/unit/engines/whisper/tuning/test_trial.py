"""What all steps will take is told by a few of them."""

from __future__ import annotations

import itertools

import pytest
import whisper_makers

import conftest

pytest.importorskip("torch")

from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.tuning.trial import foretell

BATCHES = BatchOptions(frames=120, utterances=1, padded=0)


@pytest.fixture
def tones():
    """Recordings of one length, so that all steps are alike."""
    return [conftest.tone(f"{n}.wav", 300 + n, [3, 7], 0.5) for n in range(40)]


def foretold(tones, **options):
    """By a clock that goes on by a second each time it is looked at: each step takes one."""
    ticks = itertools.count()
    return foretell(
        whisper_makers.weights(size=conftest.SIZE),
        tones,
        options=TuneOptions(batches=BATCHES, augmentation=None, precision="fp32", **options),
        clock=lambda: float(next(ticks)),
    )


def test_alike_steps_take_as_long_as_those_tried(tones):
    assert foretold(tones, epochs=3) == pytest.approx(3 * 40)


def test_epochs_that_repeat_what_a_frozen_encoder_made_are_counted(tones):
    assert foretold(tones, part="decoder", epochs=4, copies=2) == pytest.approx(4 * 40)
