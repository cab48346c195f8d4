"""The torch modules compute what a plain Whisper computes, and give its weights back untouched."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import whisper_makers

torch = pytest.importorskip("torch")

from lect.engines.whisper.tuning.model import Whisper, export  # noqa: E402 - it needs torch

MEL = np.random.default_rng(1).normal(0, 0.5, (2, 120, 80)).astype(np.float32)
TOKENS = [[257, 258, 262, 266, 84, 104], [257, 258, 262, 266, 32, 99]]


def log_probs(model, mel=MEL, tokens=TOKENS, rows=None):
    rows = range(np.size(tokens)) if rows is None else rows
    with torch.no_grad():
        logits = model(torch.from_numpy(mel), torch.tensor(tokens), torch.tensor(list(rows)))
    return logits.log_softmax(-1).numpy()


@pytest.mark.parametrize("frames", [2, 4, 30, 120])
def test_it_is_a_plain_whisper_for_windows_of_any_even_length(small, frames):
    got = log_probs(Whisper(small), MEL[:, :frames]).reshape(2, len(TOKENS[0]), -1)

    for mel, tokens, each in zip(MEL[:, :frames], TOKENS, got, strict=True):
        expected, _ = whisper_makers.decode(small, whisper_makers.encode(small, mel), tokens)
        assert np.allclose(each, expected, atol=1e-3)


def test_the_shape_of_large_v3_and_turbo():
    size = replace(whisper_makers.SIZE, mels=128, vocabulary=300, encoder_layers=3, decoder_layers=1)
    turbo = whisper_makers.weights(size=size, heads=((0, 1),))
    mel = np.random.default_rng(1).normal(0, 0.5, (1, 60, 128)).astype(np.float32)

    got = log_probs(Whisper(turbo), mel, TOKENS[:1])

    expected, _ = whisper_makers.decode(turbo, whisper_makers.encode(turbo, mel[0]), TOKENS[0])
    assert np.allclose(got, expected, atol=1e-3)


def test_only_the_wanted_rows_are_foretold(small):
    model = Whisper(small)

    assert np.allclose(log_probs(model, rows=[3, 11]), log_probs(model)[[3, 11]], atol=1e-5)


def test_encoder_output_can_be_kept(small):
    model, tokens, rows = Whisper(small), torch.tensor(TOKENS), torch.arange(4)
    with torch.no_grad():
        encoded = model.encoder(torch.from_numpy(MEL))

        assert torch.equal(model.decoder(encoded, tokens, rows), model(torch.from_numpy(MEL), tokens, rows))


def test_weights_come_back_to_the_bit(small):
    exported = export(Whisper(small), small.arrays)

    assert list(exported) == list(small.arrays)
    assert all(exported[name].tobytes() == array.tobytes() for name, array in small.arrays.items())


def test_the_base_is_not_touched_by_what_happens_to_the_model(small):
    before = small.arrays["encoder.conv1.bias"].copy()
    with torch.no_grad():
        Whisper(small).encoder.conv1.bias += 1

    assert np.array_equal(small.arrays["encoder.conv1.bias"], before)


def test_the_bias_of_keys_is_never_trained(small):
    model, width = Whisper(small), small.dimensions.width
    model(torch.from_numpy(MEL), torch.tensor(TOKENS), torch.arange(6)).square().mean().backward()

    for bias, keys in (
        (model.encoder.layers[0].self_qkv.bias, slice(width, 2 * width)),
        (model.decoder.layers[1].cross_kv.bias, slice(0, width)),
    ):
        others = torch.ones(len(bias), dtype=bool)
        others[keys] = False
        assert not bias.grad[keys].any()
        assert bias.grad[others].all()
