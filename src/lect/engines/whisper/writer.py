"""An ONNX graph under construction, in the few operations that Whisper needs.

Matrices go straight into a file beside the graph, one after another: no model is too large (protobuf ends at 2 GB), and none
is ever held in memory whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from lect.settings import Precision

from . import quantise
from .weights import Array

_MICROSOFT = "com.microsoft"
_OPSET, _IR = 20, 10
_PAGE = 4096  # bytes; what is smaller stays inside the graph, what is not begins on a page and can be mapped


@dataclass
class Writer:
    """A graph under construction: nodes and constants, named by counting."""

    precision: Precision
    data: BinaryIO  # the file beside the graph
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)
    inputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    outputs: list[onnx.ValueInfoProto] = field(default_factory=list)
    count: int = 0

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def constant(self, array: npt.NDArray[np.generic]) -> str:
        name, array = self.name("constant"), np.ascontiguousarray(array)
        if array.nbytes < _PAGE:
            self.constants.append(numpy_helper.from_array(array, name))
            return name
        self.data.write(bytes(-self.data.tell() % _PAGE))
        offset = self.data.tell()
        self.data.write(array.data)
        return self.outside(array, Path(self.data.name).name, name=name, offset=offset)

    def outside(self, array: npt.NDArray[np.generic], file: str, *, name: str, offset: int = 0) -> str:
        """A constant whose bytes lie in a file beside the graph."""
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        tensor = TensorProto(name=name, data_type=kind, dims=array.shape, data_location=TensorProto.EXTERNAL)
        for key, value in (("location", file), ("offset", str(offset)), ("length", str(array.nbytes))):
            tensor.external_data.add(key=key, value=value)
        self.constants.append(tensor)
        return name

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64))

    def ops(
        self, kind: str, *inputs: str, outputs: Sequence[str], fused: bool = False, **attributes: object
    ) -> None:
        domain = _MICROSOFT if fused else ""
        self.nodes.append(helper.make_node(kind, list(inputs), list(outputs), domain=domain, **attributes))

    def op(self, kind: str, *inputs: str, output: str = "", fused: bool = False, **attributes: object) -> str:
        output = output or self.name(kind)
        self.ops(kind, *inputs, outputs=[output], fused=fused, **attributes)
        return output

    def split(self, x: str, parts: int, axis: int, sizes: str = "") -> list[str]:
        names = [self.name("split") for _ in range(parts)]
        if sizes:
            self.ops("Split", x, sizes, outputs=names, axis=axis)
        else:
            self.ops("Split", x, outputs=names, axis=axis, num_outputs=parts)
        return names

    def input(self, name: str, *shape: int | str, kind: int = TensorProto.FLOAT) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, *shape: int | str, kind: int = TensorProto.FLOAT) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def plain(self, weight: Array) -> str:
        """A float matrix ready for MatMul; fp16 is a way to store it, the product is float32."""
        transposed = np.ascontiguousarray(weight.T)
        if self.precision == "fp16":
            return self.op("Cast", self.constant(transposed.astype(np.float16)), to=TensorProto.FLOAT)
        return self.constant(transposed)

    def linear(self, x: str, weight: Array, bias: Array | None = None, *, many_rows: bool = False) -> str:
        """x (.., n_in) times weight (n_out, n_in) transposed, plus bias."""
        b = self.constant(bias) if bias is not None else ""
        if self.precision != "int8":
            y = self.op("MatMul", x, self.plain(weight))
            return self.op("Add", y, b) if b else y
        if many_rows:
            q, scale = quantise.per_channel(weight)
            inputs = (x, self.constant(q.T), self.constant(scale), "", b)
            return self.op("DynamicQuantizeMatMul", *inputs, fused=True)
        blocks, scales = quantise.per_block(weight)
        return self.blocks(x, self.constant(blocks), self.constant(scales), b, weight.shape)

    def blocks(self, x: str, blocks: str, scales: str, bias: str, shape: tuple[int, ...]) -> str:
        return self.op(
            "MatMulNBits", x, blocks, scales, "", "", bias,
            fused=True, K=shape[1], N=shape[0], bits=8, block_size=quantise.BLOCK, accuracy_level=4,
        )  # fmt: skip

    def norm(self, x: str, arrays: Mapping[str, Array], name: str) -> str:
        scale, bias = self.constant(arrays[f"{name}.weight"]), self.constant(arrays[f"{name}.bias"])
        return self.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=1e-5)

    def gelu(self, x: str) -> str:
        return self.op("Gelu", x, fused=True)

    def heads(self, x: str, shape: str) -> str:
        """(.., R, H * D) -> (B, H, R, D)"""
        return self.op("Transpose", self.op("Reshape", x, shape), perm=[0, 2, 1, 3])

    def merge(self, x: str, shape: str) -> str:
        """(B, H, R, D) -> (B, R, H * D)"""
        return self.op("Reshape", self.op("Transpose", x, perm=[0, 2, 1, 3]), shape)

    def model(self, name: str) -> onnx.ModelProto:
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, self.constants)
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=_IR, producer_name="lect")


@contextmanager
def writing(path: Path, precision: Precision) -> Iterator[Writer]:
    """Write a graph file, named after what it computes, and the file of its matrices, `*.data`."""
    with path.with_suffix(".data").open("wb") as data:
        writer = Writer(precision, data)
        yield writer
    onnx.save(writer.model(path.stem), path)
