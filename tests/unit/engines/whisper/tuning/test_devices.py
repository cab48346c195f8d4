"""A graphics card is used where torch can use one, and asked for in vain it is an error."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lect.core.errors import InvalidInput

torch = pytest.importorskip("torch")

from lect.engines.whisper.tuning.devices import Device, choose_device  # noqa: E402 - it needs torch


@pytest.fixture
def card(monkeypatch):
    """card(True) -> torch can use a graphics card of 8 GB; card(False) -> it can use none."""

    def pretend(there):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: there)
        monkeypatch.setattr(
            torch.cuda, "get_device_properties", lambda n: SimpleNamespace(total_memory=8 << 30)
        )

    return pretend


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_a_card_that_is_there_is_used(card, wanted):
    card(True)
    assert choose_device(wanted) == Device(name="cuda", memory=8 << 30)


def test_the_processor_is_used_beside_a_card_if_that_is_wanted(card):
    card(True)
    assert choose_device("cpu") == Device()


def test_without_a_card_the_processor_is_used(card):
    card(False)
    assert choose_device("auto") == Device(name="cpu", memory=0)


def test_a_card_that_is_not_there_cannot_be_asked_for(card):
    card(False)
    with pytest.raises(InvalidInput, match="no graphics card that torch can use") as caught:
        choose_device("cuda")
    assert "--device cpu" in caught.value.hint
