"""The graph of the speaker network computes what the network is said to compute, step by step in torch."""

from __future__ import annotations

import numpy as np
import pytest

from lect.core.runtime import onnx_runtime
from lect.engines.speakers.features import BANDS, filterbank
from lect.engines.speakers.graph import BLOCKS, CONTEXT, write_graph

torch = pytest.importorskip("torch", reason="torch is the second opinion, and is not installed")
F = torch.nn.functional


@pytest.fixture(scope="module")
def arrays():
    """Random arrays of the network's shapes."""
    made, chance = {}, np.random.default_rng(0)

    def weight(name, *shape, bias=False):
        made[f"{name}.weight"] = chance.normal(0, 1.4 / np.sqrt(np.prod(shape[1:])), shape).astype(np.float32)
        if bias:
            made[f"{name}.bias"] = chance.normal(0, 0.1, shape[0]).astype(np.float32)

    def norm(name, size, *, affine=True):
        made[f"{name}.running_mean"] = chance.normal(0, 0.1, size).astype(np.float32)
        made[f"{name}.running_var"] = chance.uniform(0.5, 2, size).astype(np.float32)
        if affine:
            made[f"{name}.weight"] = chance.uniform(0.5, 1.5, size).astype(np.float32)
            made[f"{name}.bias"] = chance.normal(0, 0.1, size).astype(np.float32)

    weight("head.conv1", 32, 1, 3, 3)
    weight("head.conv2", 32, 32, 3, 3)
    norm("head.bn1", 32)
    norm("head.bn2", 32)
    for layer in ("layer1.0", "layer1.1", "layer2.0", "layer2.1"):
        for number in (1, 2):
            weight(f"head.{layer}.conv{number}", 32, 32, 3, 3)
            norm(f"head.{layer}.bn{number}", 32)
        if layer.endswith("0"):
            weight(f"head.{layer}.shortcut.0", 32, 32, 1, 1)
            norm(f"head.{layer}.shortcut.1", 32)
    weight("xvector.tdnn.linear", 128, 320, 5)
    norm("xvector.tdnn.nonlinear.batchnorm", 128)
    channels = 128
    for number, (layers, _) in enumerate(BLOCKS, start=1):
        for layer in range(1, layers + 1):
            name = f"xvector.block{number}.tdnnd{layer}"
            norm(f"{name}.nonlinear1.batchnorm", channels)
            weight(f"{name}.linear1", 128, channels, 1)
            norm(f"{name}.nonlinear2.batchnorm", 128)
            weight(f"{name}.cam_layer.linear_local", 32, 128, 3)
            weight(f"{name}.cam_layer.linear1", 64, 128, 1, bias=True)
            weight(f"{name}.cam_layer.linear2", 32, 64, 1, bias=True)
            channels += 32
        norm(f"xvector.transit{number}.nonlinear.batchnorm", channels)
        weight(f"xvector.transit{number}.linear", channels // 2, channels, 1)
        channels //= 2
    norm("xvector.out_nonlinear.batchnorm", channels)
    weight("xvector.dense.linear", 192, 2 * channels, 1)
    norm("xvector.dense.nonlinear.batchnorm", 192, affine=False)
    return made


def plain(arrays, features):
    """The network, straight from its description."""
    named = {name: torch.tensor(array) for name, array in arrays.items()}

    def norm(x, name):
        mean, variance = named[f"{name}.running_mean"], named[f"{name}.running_var"]
        return F.batch_norm(x, mean, variance, named.get(f"{name}.weight"), named.get(f"{name}.bias"))

    def conv(x, name, **options):
        convolve = F.conv2d if x.dim() == 4 else F.conv1d
        return convolve(x, named[f"{name}.weight"], named.get(f"{name}.bias"), **options)

    def residual(x, name, stride):
        y = norm(conv(x, f"{name}.conv1", stride=(stride, 1), padding=1), f"{name}.bn1").relu()
        y = norm(conv(y, f"{name}.conv2", padding=1), f"{name}.bn2")
        if stride == 2:
            x = norm(conv(x, f"{name}.shortcut.0", stride=(2, 1)), f"{name}.shortcut.1")
        return (x + y).relu()

    def masked(x, name, dilation):
        x = conv(norm(x, f"{name}.nonlinear1.batchnorm").relu(), f"{name}.linear1")
        x = norm(x, f"{name}.nonlinear2.batchnorm").relu()
        y = conv(x, f"{name}.cam_layer.linear_local", padding=dilation, dilation=dilation)
        means = [part.mean(-1, keepdim=True).expand_as(part) for part in x.split(CONTEXT, dim=-1)]
        context = x.mean(-1, keepdim=True) + torch.cat(means, dim=-1)
        mask = conv(conv(context, f"{name}.cam_layer.linear1").relu(), f"{name}.cam_layer.linear2")
        return y * mask.sigmoid()

    x = torch.tensor(features).transpose(1, 2)[:, None]
    x = norm(conv(x, "head.conv1", padding=1), "head.bn1").relu()
    for layer, stride in (("layer1.0", 2), ("layer1.1", 1), ("layer2.0", 2), ("layer2.1", 1)):
        x = residual(x, f"head.{layer}", stride)
    x = norm(conv(x, "head.conv2", stride=(2, 1), padding=1), "head.bn2").relu().flatten(1, 2)
    x = norm(conv(x, "xvector.tdnn.linear", stride=2, padding=2), "xvector.tdnn.nonlinear.batchnorm").relu()
    for number, (layers, dilation) in enumerate(BLOCKS, start=1):
        for layer in range(1, layers + 1):
            x = torch.cat([x, masked(x, f"xvector.block{number}.tdnnd{layer}", dilation)], dim=1)
        name = f"xvector.transit{number}"
        x = conv(norm(x, f"{name}.nonlinear.batchnorm").relu(), f"{name}.linear")
    x = norm(x, "xvector.out_nonlinear.batchnorm").relu()
    pooled = torch.cat([x.mean(-1), x.std(-1)], dim=-1)[..., None]
    return norm(conv(pooled, "xvector.dense.linear"), "xvector.dense.nonlinear.batchnorm")[..., 0].numpy()


@pytest.fixture(scope="module")
def session(arrays):
    return onnx_runtime().InferenceSession(write_graph(arrays), providers=["CPUExecutionProvider"])


@pytest.mark.parametrize("frames", [48, 200, 330])  # half as many in the network: below, at, above a context
def test_the_graph_is_the_network(arrays, session, frames):
    features = np.random.default_rng(frames).normal(size=(1, frames, BANDS)).astype(np.float32)

    (voices,) = session.run(["voice"], {"features": features})

    expected = plain(arrays, features)
    assert voices.shape == (1, 192)
    assert np.abs(voices - expected).max() < 1e-3 * np.abs(expected).max()


def test_features_do_not_hear_how_loud_it_is():
    samples = np.random.default_rng(1).normal(0, 0.05, 16_000).astype(np.float32)

    features = filterbank(samples)

    assert features.shape == (98, BANDS)
    assert np.abs(features.mean(axis=0)).max() < 1e-4
    assert np.abs(filterbank(samples * 4) - features).max() < 1e-3


def test_a_tone_is_loudest_in_its_band():
    """Kaldi's 80 bands from 20 Hz to 8 kHz: 1 kHz lies in the 28th."""
    seconds = np.arange(16_000) / 16_000
    samples = (0.1 * np.sin(2 * np.pi * 1000 * seconds) * (seconds > 0.5)).astype(np.float32)
    features = filterbank(samples)

    assert int((features[-1] - features[0]).argmax()) == 27  # the first is 0
