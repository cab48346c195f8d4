"""LoRA begins as the base, learns beside it, and adds to the weights what it computes."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from lect.engines.whisper.delta import Delta  # noqa: E402 - torch is known to be there
from lect.engines.whisper.tuning.lora import add_lora, factors  # noqa: E402
from lect.engines.whisper.tuning.model import Whisper  # noqa: E402

MEL = torch.from_numpy(np.random.default_rng(1).normal(0, 0.5, (1, 40, 80)).astype(np.float32))
TOKENS = torch.tensor([[290, 291, 5, 6]])


def logits(model):
    with torch.no_grad():
        return model(MEL, TOKENS, torch.arange(4))


def adapted(small, **options):
    model = Whisper(small)
    add_lora(model, rng=np.random.default_rng(0), **options)
    return model


def learned(small, **options):
    """As after some training: `up` is no longer zero."""
    model, rng = adapted(small, **options), np.random.default_rng(1)
    for name, parameter in model.named_parameters():
        if name.endswith("lora.up"):
            parameter.data += torch.from_numpy(rng.normal(0, 0.05, parameter.shape).astype(np.float32))
    return model


def test_it_begins_as_the_base(small):
    assert torch.equal(logits(adapted(small)), logits(Whisper(small)))


def test_added_to_the_weights_it_computes_the_same(small):
    model = learned(small)
    added = Whisper(Delta(factors(model)).applied(small))

    assert not torch.allclose(logits(model), logits(Whisper(small)), atol=0.1)
    assert torch.allclose(logits(model), logits(added), atol=1e-3)


@pytest.mark.parametrize(
    ("part", "adapts"),
    [
        ("all", lambda name: True),
        ("decoder", lambda name: name.startswith("decoder")),
        ("language", lambda name: name.startswith("decoder") and "cross" not in name),
    ],
)
def test_only_linear_layers_of_the_part_change(small, part, adapts):
    tuned = Delta(factors(learned(small, part=part))).applied(small).arrays

    changed = {name for name, array in small.arrays.items() if not np.array_equal(tuned[name], array)}
    matrices = ("_qkv.weight", "_q.weight", "_kv.weight", "_out.weight", "_in.weight")
    assert changed == {name for name in small.arrays if name.endswith(matrices) and adapts(name)}


def test_only_lora_is_trained_and_each_stacked_matrix_has_its_own(small):
    model = adapted(small, rank=3)
    trained = {name: tuple(p.shape) for name, p in model.named_parameters() if p.requires_grad}

    assert all(".lora." in name for name in trained)
    assert trained["decoder.layers.0.self_qkv.lora.down"] == (9, 64)
    assert trained["decoder.layers.0.self_qkv.lora.up"] == (3, 64, 3)
    assert trained["decoder.layers.0.ffn_out.lora.up"] == (1, 64, 3)
