"""A graphics card is used where torch can use one, and asked for in vain it is an error."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lect.core.errors import EngineError, InvalidInput

torch = pytest.importorskip("torch")

from lect.engines.whisper.tuning import devices  # noqa: E402 - it needs torch
from lect.engines.whisper.tuning.devices import Device, choose_device, computes_in_bf16  # noqa: E402
from lect.engines.whisper.tuning.loop import tune  # noqa: E402
from lect.engines.whisper.tuning.losses import token_losses  # noqa: E402
from lect.engines.whisper.tuning.options import TuneOptions  # noqa: E402
from lect.engines.whisper.tuning.trial import foretell  # noqa: E402


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


@pytest.mark.parametrize(
    ("capabilities", "seconds", "expected"),
    [
        ({}, {torch.float32: 2.0, torch.bfloat16: 1.0}, False),
        ({"avx512_bf16": True}, {torch.float32: 2.0, torch.bfloat16: 1.0}, True),
        ({"avx512_bf16": True}, {torch.float32: 1.0, torch.bfloat16: 1.6}, False),
        ({"amx_bf16": True}, {torch.float32: 1.0, torch.bfloat16: 1.6}, True),
    ],
)
def test_bf16_is_for_those_who_are_quicker_in_it(monkeypatch, capabilities, seconds, expected):
    """Tiles always are; other instructions are tried first."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    monkeypatch.setattr(devices, "_product_seconds", seconds.__getitem__)
    assert computes_in_bf16.__wrapped__("cpu") is expected


def test_a_product_takes_time_in_either_precision():
    assert devices._product_seconds(torch.float32) > 0
    assert devices._product_seconds(torch.bfloat16) > 0


@pytest.mark.parametrize("work", [tune, foretell, token_losses])
def test_a_card_with_too_little_memory_is_an_error_that_says_what_helps(work, small, tones, monkeypatch):
    def fill(*_):
        raise torch.OutOfMemoryError(
            "CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 7.60 GiB. Of the "
            "allocated memory much is said. See documentation."
        )

    monkeypatch.setattr(torch.nn.Module, "to", fill)
    told = {} if work is token_losses else {"options": TuneOptions()}
    with pytest.raises(EngineError, match=r"too little memory .*capacity of 7\.60 GiB\)\n") as caught:
        work(small, tones, **told)
    assert "--method lora" in caught.value.hint
    assert "--device cpu" in caught.value.hint
