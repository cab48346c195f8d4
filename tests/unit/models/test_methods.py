"""The rule that picks how the weights are trained."""

from __future__ import annotations

import pytest

from lect.core.errors import InvalidInput
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.weights import Dimensions
from lect.models.methods import FEWEST_STEPS, MOST_FRAMES, AudioOptions, choose_batches, choose_method

TINY, LARGE = 37_000_000, 1_540_000_000
SMALL_CARD, LARGE_CARD = 24 << 30, 80 << 30


@pytest.mark.parametrize(
    ("hours", "parameters", "card", "method"),
    [
        (0.3, TINY, 0, "lora"),
        (5, TINY, 0, "lora"),
        (5, LARGE, 0, "decoder"),
        (5, LARGE, LARGE_CARD, "lora"),
        (30, TINY, SMALL_CARD, "full"),
        (30, LARGE, SMALL_CARD, "lora"),
        (30, LARGE, LARGE_CARD, "full"),
    ],
)
def test_audio_base_and_machine_decide(hours, parameters, card, method):
    recipe = choose_method(audio_seconds=3600 * hours, parameters=parameters, card=card)
    assert recipe.method == method
    assert recipe.why


def test_all_weights_of_a_base_are_not_trained_where_the_card_cannot_hold_them():
    """Twenty hours of audio once meant full tuning on every card, which ended in a traceback of torch."""
    recipe = choose_method(audio_seconds=3600 * 30, parameters=LARGE, card=SMALL_CARD)
    assert recipe.why == (
        "30 hours of audio, but beside batches the graphics card has 12.9 GB, and training all weights takes 24.6"
    )
    told = AudioOptions(method="full")
    assert choose_method(audio_seconds=60, parameters=LARGE, card=SMALL_CARD, options=told).method == "full"


@pytest.mark.parametrize(("minutes", "epochs"), [(0.01, 8), (5, 4), (10, 2), (20, 1), (600, 1)])
def test_little_audio_is_heard_more_often(minutes, epochs):
    assert choose_method(audio_seconds=60 * minutes, parameters=TINY).epochs == epochs


def test_what_is_asked_for_is_done():
    options = AudioOptions(method="full", epochs=5)
    recipe = choose_method(audio_seconds=60, parameters=LARGE, options=options)
    assert (recipe.method, recipe.epochs) == ("full", 5)


@pytest.mark.parametrize(
    "wrong", [{"method": "magic"}, {"augment": "loud"}, {"epochs": 0}, {"alpha": 0}, {"alpha": 1.1}]
)
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        AudioOptions(**wrong)


def sizes(width, layers):
    return Dimensions(
        mels=80,
        width=width,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_heads=6,
        decoder_heads=6,
        vocabulary=51864,
        positions=448,
    )


def batches(*, hours, card=24 << 30, size=sizes(384, 4), processes=1, **options):
    return choose_batches(
        audio_seconds=3600 * hours,
        size=size,
        card=card,
        processes=processes,
        options=AudioOptions(**options),
        epochs=1,
    )


def test_a_processor_learns_from_batches_of_the_usual_size():
    assert batches(hours=50, card=0) == BatchOptions()


def test_a_card_learns_from_larger_batches_if_there_is_audio_for_enough_steps():
    assert batches(hours=0.3) == BatchOptions()
    assert batches(hours=5).frames == pytest.approx(5 * 360_000 / FEWEST_STEPS, rel=0.01)
    assert batches(hours=50).frames == MOST_FRAMES
    assert batches(hours=50).tokens == 15 * BatchOptions.tokens


def test_a_large_model_leaves_less_room_on_a_card():
    large = batches(hours=50, size=sizes(1280, 32))
    assert BatchOptions.frames <= large.frames < MOST_FRAMES / 2


def test_each_process_has_a_batch_of_every_step_unless_another_number_is_told():
    assert batches(hours=1, card=0, processes=4).per_step == 4
    assert batches(hours=1, card=0, processes=4, per_step=8).per_step == 8


def test_a_step_without_batches_is_refused():
    with pytest.raises(InvalidInput, match="0 batches in a step"):
        AudioOptions(per_step=0)
