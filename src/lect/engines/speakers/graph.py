"""CAM++ as an ONNX graph, written node by node from its arrays.

    features (B, T, 80) -> voice (B, 192)

A residual network over bands and time, a dense network of 52 dilated convolutions over time, each masked by what is around
it (100 frames, and all), mean and spread over time, one projection. From the paper "CAM++: A Fast and Efficient Network for
Speaker Verification Using Context-Aware Masking" (Wang et al., 2023).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from .archive import Array
from .features import BANDS

BLOCKS = ((12, 1), (24, 2), (16, 2))  # layers, dilation
CONTEXT = 100  # frames of the network, 20 ms each
_EPSILON = 1e-5
_OPSET, _IR = 17, 8


def write_graph(arrays: Mapping[str, Array]) -> bytes:
    """The graph of the network with these arrays."""
    g = _Network(arrays)
    x = g.op("Transpose", "features", perm=[0, 2, 1])
    x = _dense(g, _residual(g, g.op("Unsqueeze", x, g.ints(1))))
    mean = g.op("ReduceMean", x, axes=[2], keepdims=1)
    # The spread of a sample: its squares are shared out among one less than there are.
    squares = g.op("ReduceSumSquare", g.op("Sub", x, mean), axes=[2], keepdims=1)
    others = g.op("Sub", g.op("Cast", g.op("Shape", x, start=2, end=3), to=TensorProto.FLOAT), g.number(1.0))
    spread = g.op("Sqrt", g.op("Div", squares, others))
    voice = g.convolution(
        g.op("Concat", mean, spread, axis=1), "xvector.dense.linear", "xvector.dense.nonlinear.batchnorm"
    )
    g.op("Squeeze", voice, g.ints(2), output="voice")
    return g.model()


def _residual(g: _Network, x: str) -> str:
    """(B, 1, 80, T) -> (B, 320, T)"""
    x = g.relu(g.convolution(x, "head.conv1", "head.bn1", pads=(1, 1)))
    for name, stride in (("layer1.0", 2), ("layer1.1", 1), ("layer2.0", 2), ("layer2.1", 1)):
        block = f"head.{name}"
        y = g.relu(g.convolution(x, f"{block}.conv1", f"{block}.bn1", pads=(1, 1), strides=(stride, 1)))
        y = g.convolution(y, f"{block}.conv2", f"{block}.bn2", pads=(1, 1))
        if stride > 1:
            x = g.convolution(x, f"{block}.shortcut.0", f"{block}.shortcut.1", strides=(stride, 1))
        x = g.relu(g.op("Add", x, y))
    x = g.relu(g.convolution(x, "head.conv2", "head.bn2", pads=(1, 1), strides=(2, 1)))
    return g.op("Reshape", x, g.ints(0, 32 * BANDS // 8, -1))


def _dense(g: _Network, x: str) -> str:
    """(B, 320, T) -> (B, 512, T / 2)"""
    x = g.relu(
        g.convolution(x, "xvector.tdnn.linear", "xvector.tdnn.nonlinear.batchnorm", pads=(2,), strides=(2,))
    )
    for number, (layers, dilation) in enumerate(BLOCKS, start=1):
        for layer in range(1, layers + 1):
            x = g.op("Concat", x, _masked(g, x, f"xvector.block{number}.tdnnd{layer}", dilation), axis=1)
        x = g.normalised(x, f"xvector.transit{number}.nonlinear.batchnorm")
        x = g.convolution(x, f"xvector.transit{number}.linear")
    return g.normalised(x, "xvector.out_nonlinear.batchnorm")


def _masked(g: _Network, x: str, layer: str, dilation: int) -> str:
    """One layer's 32 channels, each frame weighed by its context."""
    x = g.normalised(x, f"{layer}.nonlinear1.batchnorm")
    x = g.relu(g.convolution(x, f"{layer}.linear1", f"{layer}.nonlinear2.batchnorm"))
    y = g.convolution(x, f"{layer}.cam_layer.linear_local", pads=(dilation,), dilations=(dilation,))
    context = g.op("Add", g.op("ReduceMean", x, axes=[2], keepdims=1), _surroundings(g, x))
    mask = g.relu(g.convolution(context, f"{layer}.cam_layer.linear1"))
    return g.op("Mul", y, g.op("Sigmoid", g.convolution(mask, f"{layer}.cam_layer.linear2")))


def _surroundings(g: _Network, x: str) -> str:
    """The mean of each stretch of `CONTEXT` frames, at each of its frames; the last stretch may be shorter."""
    length = g.op("Shape", x, start=2, end=3)
    parts = g.op("Div", g.op("Add", length, g.ints(CONTEXT - 1)), g.ints(CONTEXT))
    missing = g.op("Sub", g.op("Mul", parts, g.ints(CONTEXT)), length)
    shape = g.op("Concat", g.ints(0, 0), parts, g.ints(CONTEXT), axis=0)
    padded = g.op("Pad", x, g.op("Concat", g.ints(0, 0, 0, 0, 0), missing, axis=0))
    sums = g.op("ReduceSum", g.op("Reshape", padded, shape), g.ints(3), keepdims=1)
    first = g.op("Mul", g.op("Range", g.scalar(0), g.op("Squeeze", parts), g.scalar(1)), g.ints(CONTEXT))
    counts = g.op("Min", g.op("Sub", length, first), g.ints(CONTEXT))
    counts = g.op("Unsqueeze", g.op("Cast", counts, to=TensorProto.FLOAT), g.ints(1))
    spread = g.op("Concat", g.ints(1, 1, 1), g.ints(CONTEXT), axis=0)
    means = g.op("Reshape", g.op("Tile", g.op("Div", sums, counts), spread), g.ints(0, 0, -1))
    return g.op("Slice", means, g.ints(0), length, g.ints(2))


@dataclass
class _Network:
    """A graph under construction; normalisations that follow a convolution become part of it."""

    arrays: Mapping[str, Array]
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: object) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, array: npt.NDArray[np.generic]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def scalar(self, value: int) -> str:
        return self.constant(np.array(value, np.int64))

    def number(self, value: float) -> str:
        return self.constant(np.array(value, np.float32))

    def relu(self, x: str) -> str:
        return self.op("Relu", x)

    def normalised(self, x: str, name: str) -> str:
        """Channels scaled and shifted, what is below 0 cut off."""
        scale, shift = (
            self.constant(each[:, None].astype(np.float32)) for each in self._scale_and_shift(name)
        )
        return self.relu(self.op("Add", self.op("Mul", x, scale), shift))

    def convolution(
        self,
        x: str,
        name: str,
        normalisation: str = "",
        *,
        pads: tuple[int, ...] = (),
        strides: tuple[int, ...] = (),
        dilations: tuple[int, ...] = (),
    ) -> str:
        weight = self.arrays[f"{name}.weight"]
        bias = self.arrays.get(f"{name}.bias", np.zeros(len(weight)))
        if normalisation:
            scale, shift = self._scale_and_shift(normalisation)
            weight = weight * scale.reshape(-1, *[1] * (weight.ndim - 1))
            bias = bias * scale + shift
        ones = (1,) * (weight.ndim - 2)
        return self.op(
            "Conv", x, self.constant(weight.astype(np.float32)), self.constant(bias.astype(np.float32)),
            pads=(pads or (0,) * len(ones)) * 2, strides=strides or ones, dilations=dilations or ones,
        )  # fmt: skip

    def model(self) -> bytes:
        source = helper.make_tensor_value_info("features", TensorProto.FLOAT, ("B", "T", BANDS))
        target = helper.make_tensor_value_info("voice", TensorProto.FLOAT, ("B", "D"))
        graph = helper.make_graph(self.nodes, "speakers", [source], [target], self.constants)
        opsets = [helper.make_opsetid("", _OPSET)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="lect")
        return bytes(made.SerializeToString())

    def _scale_and_shift(self, name: str) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        mean, variance = (
            self.arrays[f"{name}.running_{each}"].astype(np.float64) for each in ("mean", "var")
        )
        scale = self.arrays.get(f"{name}.weight", np.ones(len(mean))) / np.sqrt(variance + _EPSILON)
        return scale, self.arrays.get(f"{name}.bias", np.zeros(len(mean))) - mean * scale
