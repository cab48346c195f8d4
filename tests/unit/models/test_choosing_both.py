"""Weights and text are chosen together where both at their best would do harm."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lect.models.training import _choose_both

ALONE = 4  # errors on dev data of the weights that were taken, without text


def weights(*alphas):
    """Weights that were taken, and those nearer to the base that passed, too."""
    nearer = None
    for alpha in reversed(alphas):
        nearer = SimpleNamespace(alpha=alpha, nearer=nearer)
    return nearer


@pytest.fixture
def choose():
    """choose(results)(text, general, tuned) -> a choice: errors on dev data with text, None where it does harm."""

    def make(results):
        def choose(text, general, tuned):
            asked.append(tuned.alpha)
            errors = results[tuned.alpha]
            return SimpleNamespace(
                is_harmful=errors is None,
                taken=None if errors is None else SimpleNamespace(dev=SimpleNamespace(errors=errors)),
                before=SimpleNamespace(errors=ALONE),
            )

        return choose

    asked = []
    make.asked = asked
    return make


@pytest.mark.parametrize(
    ("results", "alpha", "has_text", "asked"),
    [
        pytest.param({0.7: 1, 0.5: 0}, 0.7, True, [0.7], id="the text does no harm"),
        pytest.param({0.7: None, 0.5: 2}, 0.5, True, [0.7, 0.5], id="it does none with less of the weights"),
        pytest.param({0.7: None, 0.5: None, 0.3: 3}, 0.3, True, [0.7, 0.5, 0.3], id="with much less"),
        pytest.param({0.7: None, 0.5: 4}, 0.7, False, [0.7, 0.5], id="but then errs as often as these alone"),
        pytest.param({0.7: None, 0.5: None}, 0.7, False, [0.7, 0.5], id="it does harm with all"),
    ],
)
def test_weights_nearer_to_the_base_leave_room_for_text_that_does_harm_with_more(
    choose, results, alpha, has_text, asked
):
    tuned, choice = _choose_both(choose(results), None, None, weights(*results))

    assert tuned.alpha == alpha
    assert (choice.taken is not None) == has_text
    assert choose.asked == asked


def test_text_alone_has_no_weights_to_go_back_with():
    choice = SimpleNamespace(is_harmful=True, taken=None)

    assert _choose_both(lambda *_: choice, None, None, None) == (None, choice)
