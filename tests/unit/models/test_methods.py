"""The rule that picks how the weights are trained."""

from __future__ import annotations

import pytest

from lect.core.errors import InvalidInput
from lect.models.methods import AudioOptions, choose_method

TINY, LARGE = 37_000_000, 1_500_000_000


@pytest.mark.parametrize(
    ("hours", "parameters", "on_gpu", "method"),
    [
        (0.3, TINY, False, "lora"),
        (5, TINY, False, "lora"),
        (5, LARGE, False, "decoder"),
        (5, LARGE, True, "lora"),
        (30, TINY, True, "full"),
    ],
)
def test_audio_base_and_machine_decide(hours, parameters, on_gpu, method):
    recipe = choose_method(audio_seconds=3600 * hours, parameters=parameters, on_gpu=on_gpu)
    assert recipe.method == method
    assert recipe.why


@pytest.mark.parametrize(("minutes", "epochs"), [(0.01, 8), (5, 4), (10, 2), (20, 1), (600, 1)])
def test_little_audio_is_heard_more_often(minutes, epochs):
    assert choose_method(audio_seconds=60 * minutes, parameters=TINY).epochs == epochs


def test_what_is_asked_for_is_done():
    options = AudioOptions(method="full", epochs=5)
    recipe = choose_method(audio_seconds=60, parameters=LARGE, options=options)
    assert (recipe.method, recipe.epochs) == ("full", 5)


@pytest.mark.parametrize("wrong", [{"method": "magic"}, {"epochs": 0}, {"alpha": 0}, {"alpha": 1.1}])
def test_options_that_make_no_sense_are_refused(wrong):
    with pytest.raises(InvalidInput):
        AudioOptions(**wrong)
